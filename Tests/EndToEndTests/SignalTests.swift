import EventModel
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct SignalTests {
        @Test func `a reload applies another dialect and a second sink`() async throws {
            let site = try await Site()
            try site.configure()
            let daemon = try await site.daemon()
            try await site.emit("entry 0")
            try site.configure(sinks: ["events": "dialect: moab", "second": "format: json"])
            daemon.send(SIGHUP)
            try await daemon.says("Reloaded the settings.")
            try await site.emit("entry 1")
            try await eventually("both sinks have it") {
                try site.messages().contains("entry 1") && site.messages(of: "second").contains("entry 1")
            }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            let lines = try await site.lines().map { String(decoding: $0, as: UTF8.self) }
            #expect(lines.filter { $0.contains("entry 0") }.map { $0.contains(" id=\"") } == [true])
            #expect(lines.filter { $0.contains("entry 1") }.map { $0.contains(" id=\"") } == [false])
            #expect(try await site.events(of: "second").filter { $0.number == 1 }.count == 1)
        }

        @Test func `a reload of wrong settings is refused and the daemon runs on`() async throws {
            let site = try await Site()
            try site.configure()
            let daemon = try await site.daemon()
            try site.configure(sinks: ["events": "dialect: moabb", "second": ""])
            daemon.send(SIGHUP)
            try await daemon.says("the old ones stay")
            #expect(daemon.messages.contains("\(site.settingsFile):"), "\(daemon.messages)")
            try await site.emit("entry 0")
            try await eventually("it runs on as before") { try site.messages().contains("entry 0") }
            #expect(try site.files(of: "second").isEmpty)
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            let event = try #require(try await site.events().first { $0.number == 0 })
            #expect(event.source == "manual")
        }

        @Test func `a file that was renamed is followed by a new one, and nothing is lost or doubled`() async throws {
            let journal = try JournalFixture()
            try journal.write((0..<20_000).map { .plain($0) }, to: "a.journal")
            let site = try await Site()
            try site.configure(journal: journal, sinks: ["events": "rotate: never"])
            let daemon = try await site.daemon()
            for round in 1...3 {
                try await eventually("entries flow") { try !site.messages().isEmpty }
                try FileManager.default.moveItem(
                    atPath: site.path("log/events.log"), toPath: site.path("log/events.log-\(round)"))
                daemon.send(SIGUSR1)
                try await daemon.says("Reopened", times: round)
                try await site.emit("round \(round)")
            }
            try await eventually("the last entry is written") {
                try site.files().contains { text($0).contains("entry 19999") }
            }
            try await eventually("what was sent is written") { try site.messages().contains("round 3") }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            #expect(try site.files().count == 4)
            let events = try await site.events()
            #expect(events.compactMap(\.number) == Array(0..<20_000))
            #expect(events.filter { $0.source == "manual" }.map(\.message) == ["round 1", "round 2", "round 3"])
        }

        private func text(_ file: String) -> String {
            String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
        }
    }
}
