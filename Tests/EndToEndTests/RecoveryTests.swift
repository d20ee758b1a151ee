import EventModel
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// States that a sink recovers from by itself.
    @Suite struct RecoveryTests {
        @Test func `a missing folder is made`() async throws {
            let site = try await Site()
            try site.configure(sinks: ["events": "path: \(site.directory)/disk/log/some/where/events.log"])
            let daemon = try await site.daemon()
            let id = try await site.emit("entry 0")
            let file = site.path("log/some/where/events.log")
            try await eventually("the event is written") {
                FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self).contains(id) }
                    ?? false
            }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
        }

        @Test func `a file in the folder's place is a state until somebody removes it`() async throws {
            let site = try await Site()
            try site.configure()
            let obstacle = site.path("log")
            try await recovers(site) {
                #expect(FileManager.default.createFile(atPath: obstacle, contents: nil))
            } repaired: {
                try FileManager.default.removeItem(atPath: obstacle)
            }
        }

        @Test func `a folder in the file's place is a state until somebody removes it`() async throws {
            let site = try await Site()
            try site.configure()
            let obstacle = site.path("log/events.log")
            try await recovers(site) {
                try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
            } repaired: {
                try FileManager.default.removeItem(atPath: obstacle)
            }
        }

        @Test(.enabled(if: Mounts.isPossible, "mounting needs root"))
        func `a folder that cannot be written is a state until it can`() async throws {
            let site = try await Site(mounting: "-t tmpfs none")
            try site.configure()
            try FileManager.default.createDirectory(atPath: site.path("log"), withIntermediateDirectories: true)
            let folder = site.directory + "/disk/log"
            try await recovers(site) {
                try await site.run("mount", "--bind", folder, folder)
                let mount = try await site.run("mount", "-o", "remount,ro,bind", folder)
                #expect(try await mount.end() == .exit(0), "\(mount.messages)")
            } repaired: {
                let mount = try await site.run("mount", "-o", "remount,rw,bind", folder)
                #expect(try await mount.end() == .exit(0), "\(mount.messages)")
            }
        }

        /// Starts a daemon whose file cannot be written, sends events, repairs, and looks for all of them.
        private func recovers(
            _ site: Site, broken: () async throws -> Void, repaired: () async throws -> Void
        ) async throws {
            try await broken()
            let daemon = try await site.daemon()
            for number in 0..<10 { try await site.emit("entry \(number)") }
            try await daemon.says("Events wait in the spool")
            #expect(daemon.messages.contains("sinks.events.path"), "\(daemon.messages)")
            try await daemon.kill9()
            #expect(try await site.runOnce() == .exit(75))
            try await site.expectLedger()
            let second = try await site.daemon()
            try await second.says("Events wait in the spool")
            try await repaired()
            try await eventually("all events are written") { try site.messages().count >= 10 }
            #expect(second.isRunning)
            second.send(SIGTERM)
            #expect(try await second.end() == .exit(0))
            try await site.expectLedger()
            #expect(try await site.events().compactMap(\.number) == Array(0..<10))
        }

        @Test(.enabled(if: Mounts.isPossible, "mounting needs root"))
        func `a full disk is a state, and with room again nothing is lost or doubled`() async throws {
            let journal = try JournalFixture()
            try journal.write((0..<40_000).map { .plain($0, filler: 200) }, to: "a.journal")
            // Three quarters of the disk belong to somebody else.
            let site = try await Site(mounting: "-t tmpfs -o size=40m none")
            let ballast = site.path("ballast")
            try Data(count: 28 << 20).write(to: URL(fileURLWithPath: ballast))
            try site.configure(journal: journal, sinks: ["events": "rotate: {size: 2MiB, keep: all, compress: none}"])
            let daemon = try await site.daemon()
            try await daemon.says("No space left on device")
            #expect(daemon.isRunning)
            try FileManager.default.removeItem(atPath: ballast)
            try await eventually(within: .seconds(120), "the last entry is written") { try site.lastNumber() == 39_999 }
            #expect(daemon.isRunning)
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            #expect(try await site.runOnce() == .exit(0))
            #expect(try await site.events().compactMap(\.number) == Array(0..<40_000))
        }
    }
}
