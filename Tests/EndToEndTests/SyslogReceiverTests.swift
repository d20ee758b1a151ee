import EventModel
import EventText
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// A real rsyslogd receives.
    @Suite(.enabled(if: RsyslogReceiver.isInstalled, "rsyslogd is not installed")) struct SyslogReceiverTests {
        /// Number of entries; `TRIBUTARY_TEST_HOSTILE` overrides it.
        private static let count = environmentNumber("TRIBUTARY_TEST_HOSTILE", default: 3_000)

        @Test func `hostile events arrive over TCP, each as what it is`() async throws {
            let receiver = try RsyslogReceiver()
            try await receiver.start()
            let journal = try Self.hostileJournal(Self.count)
            let site = try await Site()
            try Self.configure(
                site, journal: journal, receiver,
                ["tcp": (.tcp, "structured-data: full, enterprise-id: 32473, maximum-size: 1MiB")])
            #expect(try await site.runOnce() == .exit(0))
            try await receiver.hasMessages(Self.count, .tcp)
            try await receiver.stop()
            let messages = try receiver.messages(.tcp)
            try expect(messages, areLike: try await site.events())
            try expect(try receiver.fields(), areFieldsOf: messages)
        }

        @Test func `hostile events arrive over every transport and in both framings`() async throws {
            let count = environmentNumber("TRIBUTARY_TEST_HOSTILE", default: 2_000)
            let receiver = try RsyslogReceiver()
            try await receiver.start()
            let journal = try Self.hostileJournal(count)
            let site = try await Site()
            let tls = "ca-file: \(receiver.certificates.authority)"
            let client = "certificate: \(receiver.client.certificate), key: \(receiver.client.key)"
            try Self.configure(
                site, journal: journal, receiver,
                [
                    "udp": (.udp, "maximum-size: 60000B, structured-data: safe, enterprise-id: 32473"),
                    "newline": (.tcp, "framing: newline, maximum-size: 1MiB"),
                    "tls": (.tls, "maximum-size: 1MiB, tls: {\(tls)}"),
                    "mutual": (.mutualTLS, "maximum-size: 1MiB, tls: {\(tls), \(client)}"),
                ])
            #expect(try await site.runOnce() == .exit(0))
            for input in RsyslogReceiver.Input.allCases { try await receiver.hasMessages(count, input) }
            try await receiver.stop()
            let events = try await site.events()
            for input in RsyslogReceiver.Input.allCases { try expect(receiver.messages(input), areLike: events) }
        }

        @Test(arguments: [
            ("DNS:localhost", -1, true, "its certificate expired on "),
            (
                "DNS:elsewhere.example.com", 3650, true,
                "its certificate is for 'elsewhere.example.com', not for 'localhost'"
            ),
            ("DNS:localhost", 3650, false, "its certificate was issued by 'Test Authority', which is not among"),
        ])
        func `a receiver that cannot be trusted gets nothing, and the events wait`(
            names: String, days: Int, isKnown: Bool, reason: String
        ) async throws {
            let receiver = try RsyslogReceiver(names: names, days: days)
            try await receiver.start()
            let other = TemporaryFolder()
            let authority =
                isKnown
                ? receiver.certificates.authority
                : try TestCertificates(in: other.path + "/tls", name: "Other Authority").authority
            let site = try await Site()
            try Self.configure(site, journal: nil, receiver, ["tls": (.tls, "tls: {ca-file: \(authority)}")])
            let check = try await site.run(Program.tributary, "check", "--config", site.settingsFile, "--connect")
            #expect(try await check.end() == .exit(69))
            #expect(check.output.contains("FAILED: \(reason)"), "\(check.output)\(check.messages)")
            let daemon = try await site.daemon()
            try await site.emit("entry 0")
            try await daemon.says("\(reason)")
            try await eventually("the file has it") { try site.messages() == ["entry 0"] }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            #expect(try receiver.messages(.tls).isEmpty)

            // Believed at last.
            try Self.configure(site, journal: nil, receiver, ["tls": (.tls, "tls: {verify: none}")])
            #expect(try await site.runOnce() == .exit(0))
            try await receiver.hasMessages(1, .tls)
        }

        @Test func `check says what it sees of each receiver, and sends one event to each when asked`() async throws {
            let receiver = try RsyslogReceiver()
            try await receiver.start()
            let site = try await Site()
            let tls = "tls: {ca-file: \(receiver.certificates.authority)}"
            try Self.configure(
                site, journal: nil, receiver, ["udp": (.udp, ""), "tcp": (.tcp, ""), "tls": (.tls, tls)])
            let look = try await site.run(Program.tributary, "check", "--config", site.settingsFile, "--connect")
            #expect(try await look.end() == .exit(0), "\(look.output)")
            #expect(look.output.contains(", certificate for 'localhost'"), "\(look.output)")
            #expect(look.output.contains("issued by 'Test Authority'"), "\(look.output)")
            #expect(look.output.contains("a receiver does not say which one it wants"), "\(look.output)")
            #expect(!look.output.contains("seems"), "\(look.output)")
            for input in [RsyslogReceiver.Input.udp, .tcp, .tls] { #expect(try receiver.messages(input).isEmpty) }

            let send = try await site.run(
                Program.tributary, "check", "--config", site.settingsFile, "--connect", "--send")
            #expect(try await send.end() == .exit(0), "\(send.output)")
            for input in [RsyslogReceiver.Input.udp, .tcp, .tls] {
                try await receiver.hasMessages(1, input)
                let reading = try SyslogReading(try #require(try receiver.messages(input).first))
                #expect(reading.messageID == "Software.Log.Test")
            }
        }

        private static func hostileJournal(_ count: Int) throws -> JournalFixture {
            var random = SeededGenerator(seed: 5)
            let journal = try JournalFixture()
            try journal.write((0..<count).map { JournalFixture.hostileEntry($0, using: &random) }, to: "a.journal")
            return journal
        }

        private static func configure(
            _ site: Site, journal: JournalFixture?, _ receiver: RsyslogReceiver,
            _ sinks: KeyValuePairs<String, (RsyslogReceiver.Input, String)>
        ) throws {
            try site.configure(
                journal: journal, syslog: sinks.map { ($0.key, receiver.address($0.value.0), $0.value.1) })
        }

        /// Compares what arrived with what a file has of the same events, field by field.
        private func expect(_ messages: [[UInt8]], areLike events: [Event]) throws {
            try #require(messages.count == events.count)
            for (message, event) in zip(messages, events) {
                let reading = try SyslogReading(message)
                let number = event.text("NUMBER").map { String(decoding: $0, as: UTF8.self) } ?? "?"
                #expect(try EventLineDecoder().decode(Array(reading.message.utf8).span) == event, "entry \(number)")
                #expect(reading.stamp == event.time.canonicalText, "entry \(number)")
                #expect(reading.host == event.host.string && reading.app == event.origin.string, "entry \(number)")
                #expect(reading.process == "\(1000 + (Int(number) ?? 0) % 7)", "entry \(number)")
                #expect(reading.messageID == String(event.kind.string.prefix(32)), "entry \(number)")
                #expect(reading.priority >> 3 == 3, "entry \(number)")
                #expect(Self.severities[event.severity]?.contains(reading.priority & 7) == true, "entry \(number)")
                for element in reading.elements {
                    #expect(element.id.hasSuffix("@32473"), "entry \(number)")
                }
            }
        }

        private static let severities: [Severity: [Int]] = [
            .critical: [0, 1, 2], .major: [3], .warning: [4], .info: [5, 6], .debug: [7], .unknown: [5, 6],
        ]

        /// Compares rsyslog's own reading of messages with ours.
        private func expect(_ lines: [[UInt8]], areFieldsOf messages: [[UInt8]]) throws {
            try #require(lines.count == messages.count)
            for (line, message) in zip(lines, messages) {
                let text = String(decoding: message, as: UTF8.self)
                let priority = text.dropFirst().prefix { $0 != ">" }
                // Behind PRI and version the message is its fields, one space between.
                var rest = text.drop { $0 != " " }.dropFirst()
                let stamp = rest.prefix { $0 != " " }
                rest = rest.dropFirst(stamp.count)
                let expected = "\(priority) \(stamp)\(rest)"
                #expect(String(decoding: line, as: UTF8.self) == expected)
            }
        }
    }
}

/// A number that the environment may set.
func environmentNumber(_ name: String, default value: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
}
