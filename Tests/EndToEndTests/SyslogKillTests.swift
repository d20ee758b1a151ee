import EventModel
import EventText
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// What a SIEM gets when receiver and daemon fail.
    @Suite(.enabled(if: RsyslogReceiver.isInstalled, "rsyslogd is not installed")) struct SyslogKillTests {
        /// Number of entries; `TRIBUTARY_TEST_KILLED` overrides it.
        private static let count = environmentNumber("TRIBUTARY_TEST_KILLED", default: 40_000)

        @Test func `nothing is lost when the receiver is down and the daemon is killed`() async throws {
            let journal = try JournalFixture()
            try journal.write((0..<Self.count).map { .plain($0) }, to: "a.journal")
            let receiver = try RsyslogReceiver()
            let site = try await Site()
            try site.configure(journal: journal, syslog: [("siem", receiver.address(.tcp), "")])
            let first = try await site.daemon()
            try await first.says("Events do not reach")
            try await eventually("the journal is read") { try site.lastNumber() ?? 0 > Self.count / 3 }
            try await first.kill9()
            try await site.expectLedger()

            // Killed again while events flow to a receiver that is up.
            try await receiver.start()
            let second = try await site.daemon()
            try await receiver.hasMessages(Self.count / 10, .tcp)
            try await second.kill9()
            try await site.expectLedger()
            // And while the receiver is away again.
            try await receiver.stop()
            let third = try await site.daemon()
            try await eventually("the journal is read") { try site.lastNumber() == Self.count - 1 }
            try await third.kill9()
            try await site.expectLedger()
            try await receiver.start()
            #expect(try await site.runOnce() == .exit(0))
            try await receiver.hasText("message=\"entry \(Self.count - 1)\"", .tcp)
            try await receiver.stop()
            try await site.expectLedger()
            let numbers = try Self.numbers(receiver)
            let missing = Set(0..<Self.count).subtracting(numbers)
            #expect(missing.isEmpty, "\(missing.count) are missing, such as \(missing.prefix(5))")
            print("repeated after two kills: \(numbers.count - Self.count) of \(Self.count)")
        }

        @Test func `a receiver that stops reading costs the file beside it nothing, and loses nothing`() async throws {
            let journal = try JournalFixture()
            try journal.write((0..<Self.count).map { .plain($0, filler: 200) }, to: "a.journal")
            let receiver = try RsyslogReceiver()
            try await receiver.start()
            let site = try await Site()
            try site.configure(journal: journal, syslog: [("siem", receiver.address(.tcp), "")])
            try await receiver.freezing {
                let daemon = try await site.daemon()
                try await eventually("the file has all") { try site.lastNumber() == Self.count - 1 }
                let memory = try daemon.anonymousByteCount()
                let limit = environmentNumber("TRIBUTARY_TEST_MEMORY_MIB", default: 40)
                #expect(memory < limit << 20, "\(memory >> 20) MiB")
                let seconds = environmentNumber("TRIBUTARY_TEST_STALL_SECONDS", default: 3)
                let end = ContinuousClock.now + .seconds(seconds)
                try await eventually(within: .seconds(seconds + 60), "a while") { ContinuousClock.now > end }
                #expect(try daemon.anonymousByteCount() < memory + (4 << 20))
                #expect(daemon.isRunning)
                daemon.send(SIGTERM)
                #expect(try await daemon.end() == .exit(0))
            }
            #expect(try await site.runOnce() == .exit(0))
            try await receiver.hasMessages(Self.count, .tcp)
            try await receiver.stop()
            #expect(Set(try Self.numbers(receiver)) == Set(0..<Self.count))
        }

        /// Numbers of the entries that have arrived.
        private static func numbers(_ receiver: RsyslogReceiver) throws -> [Int] {
            try receiver.messages(.tcp).compactMap { message in
                let text = String(decoding: message, as: UTF8.self)
                guard let mark = text.firstRange(of: "message=\"entry ") else { return nil }
                return Int(text[mark.upperBound...].prefix { $0.isNumber })
            }
        }
    }
}

extension Program {
    /// Memory of the process and its children that is in no file.
    func anonymousByteCount() throws -> Int {
        try ([pid] + children).reduce(0) { sum, pid in
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
            return sum + (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
        }
    }
}
