import EventModel
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.largeJournal) struct KillTests {
        /// Kills while entries flow.
        static let killCount = 25

        /// Names the moments and the settings; `TRIBUTARY_TEST_SEED` repeats a run.
        private let seed: Int

        init() {
            seed =
                ProcessInfo.processInfo.environment["TRIBUTARY_TEST_SEED"].flatMap { Int($0) }
                ?? Int.random(in: 0...999_999)
            print("TRIBUTARY_TEST_SEED=\(seed)")
        }

        @Test func `each entry is in the files once, whenever the daemon is killed and whatever changes`() async throws
        {
            var random = SeededGenerator(seed: seed)
            let site = try await Site()
            for kill in 1...Self.killCount {
                try configure(site, using: &random)
                let last = try site.lastNumber() ?? -1
                let daemon = try site.startDaemon()
                // Every other kill meets a daemon at work, the others one that may still be starting.
                if kill.isMultiple(of: 2) { try await eventually("lines flow") { try site.lastNumber() ?? -1 > last } }
                // The moment is what is random here, but on a fast machine the entries must last for all kills.
                let moment = ContinuousClock.now + .milliseconds(Int.random(in: 20...500, using: &random))
                let most = LargeJournal.count * kill / (Self.killCount + 1)
                try await eventually("a moment") { try ContinuousClock.now >= moment || site.lastNumber() ?? 0 > most }
                #expect(daemon.isRunning, "seed \(seed): \(daemon.messages)")
                try await daemon.kill9()
                try await site.expectLedger("seed \(seed)")
            }
            let before = try Set(await site.events().compactMap(\.number)).count
            #expect(before > 0 && before < LargeJournal.count, "seed \(seed): the last kill met a daemon at work")
            try configure(site, using: &random)
            #expect(try await site.runOnce() == .exit(0))
            try await expectAll(site)
        }

        @Test func `the daemon stays when its reader is killed, and each entry is in the files once`() async throws {
            var random = SeededGenerator(seed: seed)
            let site = try await Site()
            try configure(site, using: &random)
            let daemon = try site.startDaemon()
            var killed: Set<pid_t> = []
            while killed.count < 5 {
                try await eventually("a reader runs") { daemon.children.contains { !killed.contains($0) } }
                try await Task.sleep(for: .milliseconds(Int.random(in: 10...300, using: &random)))
                for child in daemon.children where killed.insert(child).inserted { kill(child, SIGKILL) }
            }
            #expect(daemon.isRunning, "seed \(seed): \(daemon.messages)")
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0), "seed \(seed)")
            #expect(try await site.runOnce() == .exit(0))
            try await expectAll(site)
        }

        @Test func `a stop in the middle of a backlog takes less than two seconds and loses nothing`() async throws {
            let journal = try #require(LargeJournal.current)
            let site = try await Site()
            try site.configure(journal: journal, sinks: ["events": "rotate: {size: 2MiB, keep: all}"])
            let daemon = try await site.daemon()
            try await eventually("entries flow") { try site.byteCount() > 1 << 20 }
            let start = ContinuousClock.now
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(try await site.events().count < LargeJournal.count)
            #expect(try await site.runOnce() == .exit(0))
            try await expectAll(site)
        }

        /// Settings that change everything of a sink but which events it gets.
        private func configure(_ site: Site, using random: inout SeededGenerator) throws {
            let lines = ["dialect: extended", "dialect: moab", "format: json", "dialect: extended, time-zone: local"]
            let filters = ["", ", where: {severity: \">= debug\"}", ", where: {origin: [app, tributary]}"]
            let sizes = ["2MiB", "2MiB", "1MiB", "300KiB"]
            let keys = lines.randomElement(using: &random)! + filters.randomElement(using: &random)!
            let size = sizes.randomElement(using: &random)!
            let journal = try #require(LargeJournal.current)
            try site.configure(
                journal: journal,
                sinks: ["events": "\(keys), rotate: {size: \(size), keep: all, compress: gzip}"])
        }

        private func expectAll(_ site: Site) async throws {
            try await site.expectLedger("seed \(seed)")
            let numbers = try await site.events().compactMap(\.number)
            var seen = [Int](repeating: 0, count: LargeJournal.count)
            for number in numbers { seen[number] += 1 }
            let missing = seen.indices.filter { seen[$0] == 0 }
            let repeated = seen.indices.filter { seen[$0] > 1 }
            #expect(missing.isEmpty, "seed \(seed): \(missing.count) are missing, the first are \(missing.prefix(5))")
            #expect(
                repeated.isEmpty, "seed \(seed): \(repeated.count) are repeated, the first are \(repeated.prefix(5))")
            #expect(numbers == numbers.sorted(), "seed \(seed)")
            let leftovers = try site.files().filter { $0.contains("partial") || $0.contains("unexpected") }
            #expect(leftovers.isEmpty, "seed \(seed)")
        }
    }
}
