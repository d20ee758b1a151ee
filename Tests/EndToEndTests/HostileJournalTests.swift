import EventModel
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct HostileJournalTests {
        static let count = 20_000

        @Test func `a hostile journal becomes one line an entry, once, under ids that never change`() async throws {
            let journal = try JournalFixture()
            let entries = Self.entries()
            try journal.write(entries, to: "a.journal")
            let site = try await Site()
            try site.configure(journal: journal, sinks: ["events": "", "moab": "dialect: moab"])
            #expect(try await site.runOnce() == .exit(0))
            let events = try await site.events()
            try #require(events.count == Self.count)
            for (event, entry) in zip(events, entries) { expect(event, isLike: entry) }
            #expect(Set(events.map(\.id)).count == Self.count)
            #expect(try await site.lines(of: "moab").count == Self.count)

            #expect(try await site.runOnce() == .exit(0))
            #expect(try await site.events().count == Self.count)

            let other = try await Site()
            try other.configure(journal: journal)
            #expect(try await other.runOnce() == .exit(0))
            #expect(try await other.events().map(\.id) == events.map(\.id))
        }

        private static func entries() -> [JournalFixture.Entry] {
            var random = SeededGenerator(seed: 1)
            var entries = (0..<count).map { JournalFixture.hostileEntry($0, using: &random) }
            entries[777].fields.removeAll { $0.name == "MESSAGE" }
            entries[777].fields.append(("MESSAGE", [UInt8](repeating: 0x5C, count: 1 << 20)))
            return entries
        }

        /// Compares an event with what the entry says, field by field.
        private func expect(_ event: Event, isLike entry: JournalFixture.Entry) {
            let number = String(decoding: entry.value("NUMBER") ?? [], as: UTF8.self)
            #expect(event.message?.bytes == entry.value("MESSAGE"), "entry \(number)")
            #expect(event.time.microseconds == Int64(entry.realtime), "entry \(number)")
            #expect(event.host == "host1" && event.origin == "app" && event.type == "syslog", "entry \(number)")
            #expect(event.objects.map(\.id) == ["app.service"], "entry \(number)")
            var texts: [String: Set<[UInt8]>] = [:]
            for parameter in event.parameters {
                guard case .text(let text) = parameter.value else { continue }
                // The second and later values of a field have its name and a number.
                let name = parameter.name.string.split(separator: ".")[0]
                texts[String(name), default: []].insert(text.bytes)
            }
            var kept: [String: Set<[UInt8]>] = [:]
            for (name, value) in entry.fields where !Self.consumed.contains(name) {
                if name != "PRIORITY" || value != [0x36] { kept[name, default: []].insert(value) }
            }
            texts["_BOOT_ID"] = nil
            #expect(texts == kept, "entry \(number)")
        }

        /// Fields that a key of the event stands for.
        private static let consumed: Set = [
            "MESSAGE", "_TRANSPORT", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "_HOSTNAME",
        ]
    }
}
