import EventModel
import Foundation
import Glibc
import RemoteServers
import TestSupport
import Testing

extension EndToEnd {
    /// Records that cannot be decoded or delivered, and events that are delivered again.
    @Suite struct QuarantineTests {
        @Test func `an event on which the receiver closes is skipped, and nothing else is lost`() async throws {
            let receiver = try PoisonReceiver()
            defer { receiver.stop() }
            let site = try await Site()
            try site.configure(
                journal: nil,
                syslog: [("siem", "tcp://127.0.0.1:\(receiver.port)", "message: text, maximum-size: 1MiB")])
            let daemon = try await site.daemon()
            let expected = (0..<6).map { "good \($0)" }
            for message in expected.prefix(3) { try await site.emit(message) }
            let poison = String(repeating: "x", count: 100_000)
            let id = try await site.emit(poison)
            for message in expected.suffix(3) { try await site.emit(message) }
            try await eventually("refused again and again") { receiver.refusalCount >= 2 }
            #expect(Set(receiver.messages.filter { $0.hasPrefix("good") }) == Set(expected.prefix(3)))

            let skip = try site.tributary("skip", "siem", "--config", site.settingsFile)
            #expect(try await skip.end() == .exit(0), "\(skip.messages)")
            #expect(skip.output.contains(id) && skip.output.contains("record 1 of the quarantine"), "\(skip.output)")
            try await eventually("the others arrive: \(receiver.messages)") {
                Set(receiver.messages.filter { $0.hasPrefix("good") }) == Set(expected)
            }
            #expect(!receiver.messages.contains { $0.hasPrefix("xxx") })

            let show = try site.tributary("quarantine", "show", "1", "--raw", "--config", site.settingsFile)
            #expect(try await show.end() == .exit(0), "\(show.messages)")
            #expect(show.output.contains(id) && show.output.contains(poison))
            let list = try site.tributary("quarantine", "--sink", "siem", "--config", site.settingsFile)
            #expect(try await list.end() == .exit(0), "\(list.messages)")
            #expect(list.output.contains("sink siem") && list.output.contains("skipped by root"), "\(list.output)")

            let again = try site.tributary("skip", "siem", "--config", site.settingsFile)
            #expect(try await again.end() == .exit(0), "\(again.messages)")
            let file = try site.tributary("skip", "events", "--config", site.settingsFile)
            #expect(try await file.end() == .exit(65) && file.messages.contains("takes every event"))
            let none = try site.tributary("skip", "nosuch", "--config", site.settingsFile)
            #expect(try await none.end() == .exit(65) && none.messages.contains("events, siem"), "\(none.messages)")
            try await site.expectLedger()
            try await daemon.kill9()
            let remove = try site.tributary("quarantine", "remove", "--all", "--config", site.settingsFile)
            #expect(try await remove.end() == .exit(0) && remove.output.contains("records are removed"))
            #expect(try await site.runOnce() == .exit(0))
            let own = try await site.events().filter { $0.kind == "Software.Log.Quarantined" }
            #expect(own.count == 1 && own[0].message?.string.contains("skipped by root") == true)
        }

        @Test func `a record of a page that cannot be decoded is in the quarantine with its bytes`() async throws {
            let platform = IguazioSimulator()
            let server = try await HTTPSimulator { platform.answer($0) }
            let site = try await Site()
            let secret = "\(site.directory)/secret"
            try Data(IguazioSimulator.password.utf8).write(to: URL(fileURLWithPath: secret))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
            try site.write(
                """
                spool: {directory: \(site.directory)/disk/spool, max-size: 64MiB}
                sources:
                  iguazio:
                    {type: iguazio, url: "\(server.url)", username: \(IguazioSimulator.user), password: {file: \(secret)},
                     collections: [events], start: beginning}
                sinks: {events: {type: file, path: \(site.file())}}
                api: {socket: \(site.socket)}
                normalization: {shipped-rules: false}
                """)
            let time = Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000 - 60_000_000)
            let broken = #"{"type": "event", "attributes": {"description": "no \"id\", ü", "severity": 7}}"#
            platform.insert(0, at: time)
            platform.insert(broken, at: time)
            platform.insert(1, at: time)
            #expect(try await site.runOnce() == .exit(0))
            await server.stop()

            let show = try site.tributary("quarantine", "show", "1", "--raw", "--config", site.settingsFile)
            #expect(try await show.end() == .exit(0), "\(show.messages)")
            #expect(show.output == broken)
            let list = try site.tributary("quarantine", "list", "--source", "iguazio", "--config", site.settingsFile)
            #expect(try await list.end() == .exit(0), "\(list.messages)")
            #expect(list.output.split(separator: "\n").count == 1 && list.output.contains("it has no 'id'"))
            let other = try site.tributary("quarantine", "list", "--sink", "iguazio", "--config", site.settingsFile)
            #expect(try await other.end() == .exit(0) && other.output.contains("no record"))
            let unknown = try site.tributary("quarantine", "show", "2", "--config", site.settingsFile)
            #expect(try await unknown.end() == .exit(65) && unknown.messages.contains("no record 2"))
            let events = try await site.events()
            #expect(events.filter { $0.source == "iguazio" }.count == 2)
            #expect(events.filter { $0.kind == "Software.Log.Quarantined" }.count == 1)
        }

        @Test func `events are delivered again to one sink, once, also when the daemon is killed after the answer`()
            async throws
        {
            let site = try await Site()
            try site.configure(sinks: ["events": "", "again": "", "third": "format: json"])
            let daemon = try await site.daemon()
            let ids = Set(try await emit(20, at: site))
            try await eventually("written") { try site.messages().filter { $0.hasPrefix("entry") }.count == 20 }
            let replay = try site.tributary(
                "replay", "again", "--since", "2020-01-01", "--until", "2999-01-01", "--where", "message=entry*",
                "--config", site.settingsFile)
            #expect(try await replay.end() == .exit(0), "\(replay.messages)")
            try await daemon.kill9()
            #expect(replay.output.contains("20 events were handed over for sink 'again'"), "\(replay.output)")
            #expect(try await site.runOnce() == .exit(0))
            try await site.expectLedger()
            for (sink, times) in [("events", 1), ("third", 1), ("again", 2)] {
                let delivered = try await site.events(of: sink).filter { $0.number != nil }
                let counts = Dictionary(grouping: delivered, by: \.id).mapValues(\.count)
                #expect(counts.count == 20 && counts.values.allSatisfy { $0 == times }, "\(sink): \(counts)")
                #expect(Set(counts.keys.map { "\($0)" }) == ids)
            }
            let again = try await site.events(of: "again").filter { $0.number != nil }
            #expect(Set(again).count == 20, "a replayed event is the same in every field")

            let stopped = try site.tributary(
                "replay", "again", "--since", "2020-01-01", "--until", "2999-01-01", "--config", site.settingsFile)
            #expect(try await stopped.end() == .exit(69), "\(stopped.messages)")
            let second = try await site.daemon()
            let unknown = try site.tributary(
                "replay", "nosuch", "--since", "2020-01-01", "--until", "2999-01-01", "--config", site.settingsFile)
            #expect(try await unknown.end() == .exit(65) && unknown.messages.contains("again, events, third"))
            let none = try site.tributary(
                "replay", "again", "--since", "2998-01-01", "--until", "2999-01-01", "--config", site.settingsFile)
            #expect(try await none.end() == .exit(0) && none.output.contains("No event"), "\(none.output)")
            second.send(SIGTERM)
            #expect(try await second.end() == .exit(0))
        }

        /// - Returns: the events' ids.
        private func emit(_ count: Int, at site: Site) async throws -> [String] {
            var ids: [String] = []
            for number in 0..<count { ids.append(try await site.emit("entry \(number)")) }
            return ids
        }
    }
}
