import EventModel
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct RulesTests {
        private static func rules(kind: String) -> String {
            """
            source: journal
            identifiers: [app]
            rules:
              - {name: entry, match: "entry {number:int}", kind: \(kind), severity: major, user: "u{number}"}
            """
        }

        /// Writes settings with a rule file, and the file.
        private func configure(_ site: Site, _ journal: JournalFixture, rules: String) throws {
            let file = site.directory + "/rules.yaml"
            try Data(rules.utf8).write(to: URL(fileURLWithPath: file))
            try site.configure(journal: journal, more: "normalization: {rules: [\(file)], shipped-rules: false}\n")
        }

        @Test func `rules say what entries are, and a reload takes new ones`() async throws {
            let journal = try JournalFixture()
            try journal.write([.plain(0)], to: "a.journal")
            let site = try await Site()
            try configure(site, journal, rules: Self.rules(kind: "Software.First.Seen"))
            let daemon = try await site.daemon()
            try await eventually("the first is written") { try site.messages().contains("entry 0") }
            try configure(site, journal, rules: Self.rules(kind: "Software.Second.Seen"))
            daemon.send(SIGHUP)
            try await daemon.says("Reloaded the settings.")
            try journal.write([.plain(1)], to: "b.journal")
            try await eventually("the second is written") { try site.messages().contains("entry 1") }
            try configure(site, journal, rules: "source: jornal\nrules: []\n")
            daemon.send(SIGHUP)
            try await daemon.says("the old ones stay")
            #expect(daemon.messages.contains("\(site.directory)/rules.yaml:1:9: source"), "\(daemon.messages)")
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            let events = try await site.events().filter { $0.source == "journal" }
            #expect(events.map(\.kind) == ["Software.First.Seen", "Software.Second.Seen"])
            #expect(events.map(\.severity) == [.major, .major])
            #expect(events.map(\.user) == ["u0", "u1"])
        }

        @Test func `check names mistakes in rule files with their line and column`() async throws {
            let site = try await Site()
            let file = site.directory + "/rules.yaml"
            try Data("source: journal\nrules:\n  - {name: a, match: \"x {y\", kind: Software.Test.Seen}\n".utf8)
                .write(to: URL(fileURLWithPath: file))
            try site.configure(more: "normalization: {rules: [\(file), /nowhere.yaml], shipped-rules: /nowhere}\n")
            let check = try site.tributary("check", "--config", site.settingsFile)
            #expect(try await check.end() == .exit(78))
            #expect(check.messages.contains("\(file):3:25: rules.1.match: "), "\(check.messages)")
            #expect(check.messages.contains("/nowhere.yaml: there is no such file"), "\(check.messages)")
            #expect(check.messages.contains("/nowhere: there is no such file"), "\(check.messages)")
        }

        @Test func `an event that is sent by hand is never changed`() async throws {
            let site = try await Site()
            let file = site.directory + "/rules.yaml"
            let rules = "source: journal\nrules: [{name: a, match: \"{rest}\", kind: Software.Test.Seen}]\n"
            try Data(rules.utf8).write(to: URL(fileURLWithPath: file))
            try site.configure(more: "normalization: {rules: [\(file)], shipped-rules: false}\n")
            let daemon = try await site.daemon()
            try await site.emit("entry 0")
            try await eventually("it is written") { try site.messages().contains("entry 0") }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            #expect(try await site.events().first { $0.message == "entry 0" }?.kind != "Software.Test.Seen")
        }
    }
}
