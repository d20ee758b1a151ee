import EventModel
import Foundation
import RemoteServers
import TestSupport
import Testing

extension EndToEnd {
    /// The four remote APIs through the whole daemon.
    @Suite struct RemoteTests {
        private static let killCount = 10

        /// Names the moments and the trouble; `TRIBUTARY_TEST_SEED` repeats a run.
        private let seed: Int

        init() {
            seed =
                ProcessInfo.processInfo.environment["TRIBUTARY_TEST_SEED"].flatMap { Int($0) }
                ?? Int.random(in: 0...999_999)
            print("TRIBUTARY_TEST_SEED=\(seed)")
        }

        @Test func `each event of every API is in the files once, whatever fails and whenever the daemon is killed`()
            async throws
        {
            var random = SeededGenerator(seed: seed)
            let remote = try await RemoteSite()
            for api in RemoteSite.API.allCases {
                for burst in 0..<5 { try await remote.insert(200, into: api, ago: 2000 - burst * 300) }
            }
            for _ in 1...Self.killCount {
                let daemon = try remote.site.startDaemon()
                let moment = ContinuousClock.now + .milliseconds(Int.random(in: 100...2500, using: &random))
                while ContinuousClock.now < moment {
                    try await change(remote, using: &random)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 5...100, using: &random)))
                }
                try #require(daemon.isRunning, "seed \(seed): \(daemon.messages)")
                try await daemon.kill9()
                try await remote.site.expectLedger("seed \(seed)")
                remote.reveal()
            }
            for server in remote.servers.values { server.recover() }
            let daemon = try remote.site.startDaemon()
            try await remote.insert(1, into: .maas, ago: 0)
            try await expectAll(remote, daemon)
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0), "seed \(seed): \(daemon.messages)")
            #expect(remote.region.complaints.isEmpty, "seed \(seed)")
            try await remote.site.expectLedger("seed \(seed)")
            await remote.stop()
        }

        private func change(_ remote: RemoteSite, using random: inout SeededGenerator) async throws {
            let api = RemoteSite.API.allCases.randomElement(using: &random) ?? .maas
            switch Int.random(in: 0..<8, using: &random) {
            case 0: try await remote.makeTrouble(using: &random)
            case 1: remote.reveal()
            case 2: try await remote.insert(1, into: .maas, ago: 0, hidden: true)
            default:
                try await remote.insert(
                    Int.random(in: 1...5, using: &random), into: api, ago: Int.random(in: 0...20, using: &random))
            }
        }

        /// Waits until everything was delivered, and looks at each event.
        private func expectAll(_ remote: RemoteSite, _ daemon: Program) async throws {
            let end = ContinuousClock.now + .seconds(180)
            var delivered = try await remote.delivered()
            while RemoteSite.API.allCases.contains(where: { delivered[$0]?.count != remote.inserted[$0]?.count }),
                ContinuousClock.now < end
            {
                try await Task.sleep(for: .milliseconds(500))
                delivered = try await remote.delivered()
            }
            for api in RemoteSite.API.allCases {
                let (inserted, found) = (remote.inserted[api] ?? [:], delivered[api] ?? [:])
                let missing = Set(inserted.keys).subtracting(found.keys).sorted()
                let isComplete = missing.isEmpty
                #expect(
                    isComplete,
                    "seed \(seed): \(missing.count) of \(api) are missing: \(missing.prefix(5)); \(daemon.messages)")
                let repeated = found.filter { $1.count > 1 }.keys.sorted()
                #expect(repeated.isEmpty, "seed \(seed): of \(api) are repeated: \(repeated.prefix(5))")
                for (number, events) in found {
                    if let event = events.first { remote.expectRight(event, number, api) }
                }
            }
        }
    }
}
