import EventModel
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct DamageTests {
        @Test func `files damaged under the running daemon cost their own entries and are told`() async throws {
            let journal = try JournalFixture()
            for (index, name) in ["a", "b", "c", "d"].enumerated() {
                let numbers = index * 8_000..<(index + 1) * 8_000
                try journal.write(numbers.map { .plain($0, filler: 300) }, to: "\(name).journal")
            }
            let site = try await Site()
            try site.configure(journal: journal)
            let daemon = try await site.daemon()
            try await eventually("entries flow") { try site.byteCount() > 0 }
            // The reader waits for a daemon that stands still, so the damage comes before it is through.
            daemon.send(SIGSTOP)
            try journal.truncate("b.journal", toShare: 0.5)
            var random = SeededGenerator(seed: 7)
            try journal.overwrite(
                "c.journal", atShare: 0.5, with: (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) })
            daemon.send(SIGCONT)
            try await eventually("the last file is read") { try site.lastNumber() == 31_999 }
            try journal.write((32_000..<32_100).map { .plain($0, filler: 300) }, to: "e.journal")
            try await eventually("what comes later is read") { try site.lastNumber() == 32_099 }
            try await eventually("the damage is told") { try site.messages().contains { $0.contains("b.journal") } }
            #expect(daemon.isRunning, "\(daemon.messages)")
            try expect(try await site.events(), journal)
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
        }

        private func expect(_ events: [Event], _ journal: JournalFixture) throws {
            let numbers = events.compactMap(\.number)
            #expect(Set(numbers).count == numbers.count)
            #expect(numbers.filter { $0 < 8_000 } == Array(0..<8_000))
            #expect(numbers.filter { $0 >= 24_000 } == Array(24_000..<32_100))
            // Nothing can be read of a file that ends before its header says so, unless it was read before.
            let cut = numbers.filter { (8_000..<16_000).contains($0) }
            #expect(cut == Array(8_000..<8_000 + cut.count))
            // Around a few damaged blocks the others can be read.
            #expect(numbers.filter { (16_000..<24_000).contains($0) }.count > 3_000)
            let gaps = events.filter { $0.kind == "Software.Log.Gap" }
            let truncated = gaps.filter { $0.text("file") == Array(journal.path("b.journal").utf8) }
            #expect(truncated.count == 1, "\(gaps.map { $0.message?.string ?? "" })")
        }
    }
}
