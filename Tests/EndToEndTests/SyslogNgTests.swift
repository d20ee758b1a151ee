import EventModel
import EventText
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A real syslog-ng receives, with the file that we ship.
    @Suite(.enabled(if: SyslogNgReceiver.isPresent, "syslog-ng is neither installed nor unpacked")) struct SyslogNgTests
    {
        /// Number of entries; `TRIBUTARY_TEST_HOSTILE` overrides it.
        private static let count = environmentNumber("TRIBUTARY_TEST_HOSTILE", default: 3_000)

        @Test func `syslog-ng takes the settings that we ship for it`() async throws {
            #expect(try await SyslogNgReceiver().checkSettings() == "")
        }

        @Test func `hostile events arrive at syslog-ng over every transport, each as what it is`() async throws {
            let receiver = try SyslogNgReceiver()
            try await receiver.start()
            var random = SeededGenerator(seed: 7)
            let journal = try JournalFixture()
            try journal.write(
                (0..<Self.count).map { JournalFixture.hostileEntry($0, using: &random) }, to: "a.journal")
            let site = try await Site()
            let tls = "tls: {ca-file: \(receiver.certificates.authority)}"
            try site.configure(
                journal: journal,
                syslog: [
                    ("udp", receiver.address(.udp), "maximum-size: 60000B"),
                    ("tcp", receiver.address(.tcp), "maximum-size: 1000KiB"),
                    ("tls", receiver.address(.tls), "maximum-size: 1000KiB, \(tls)"),
                ])
            #expect(try await site.runOnce() == .exit(0))
            for input in SyslogNgReceiver.Input.allCases { try await receiver.hasMessages(Self.count, input) }
            try await receiver.stop()
            let events = try await site.events()
            for input in SyslogNgReceiver.Input.allCases {
                let messages = try receiver.messages(input)
                try #require(messages.count == events.count)
                for (message, event) in zip(messages, events) {
                    let reading = try SyslogReading(message)
                    #expect(try EventLineDecoder().decode(Array(reading.message.utf8).span) == event)
                    #expect(reading.stamp == event.time.canonicalText.replacing("Z", with: "+00:00"))
                    #expect(reading.host == event.host.string && reading.app == event.origin.string)
                    #expect(reading.messageID == String(event.kind.string.prefix(32)))
                }
            }
        }
    }
}
