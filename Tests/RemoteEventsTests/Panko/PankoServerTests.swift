import EventModel
import Foundation
import Pipeline
import RemoteServers
import Settings
import Synchronization
import TestSupport
import Testing

@testable import RemoteEvents

/// Stands for `kill -9` between two requests.
private struct Killed: Error {}

/// Against a real Panko 10.0.0 with the real keystonemiddleware.
@Suite(.serialized) struct PankoServerTests {
    @Test func `a burst of 5,000 comes out once each and in order`() async throws {
        let server = try await PankoServer(events: 0)
        let ids = try await server.control.insert(5000)
        let tail = PankoTail(pankoSettings(url: server.url, pageSize: 700))
        try await tail.run()
        let events = try tail.acceptor.events()
        #expect(events.count == 5000)
        let isSame = Set(events.map(\.id)) == Set(tail.ids(ids))
        #expect(isSame)
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(events.allSatisfy { !$0.kind.isEmpty && !$0.type.isEmpty && $0.message?.isEmpty == false })
        let before = tail.acceptor.batches.count
        try await tail.run()
        #expect(tail.acceptor.batches[before...].allSatisfy { $0.counts == SourceCounts() })
        await server.stop()
    }

    /// Events come late, tie, and come while pages are read; the marker's event vanishes, tokens are revoked, requests
    /// fail, and the process is killed, all at random.
    @Test(arguments: 0..<2)
    func `each event comes out exactly once, whatever happens`(seed: Int) async throws {
        let server = try await PankoServer(events: 0)
        let inserted = Mutex([String: Timestamp]())
        let random = Mutex(SeededGenerator(seed: seed))
        let clock = Mutex(0)
        let tail = PankoTail(pankoSettings(url: server.url, pageSize: 7) { $0.remote.overlap = .seconds(30) })
        let roll = { @Sendable (range: Range<Int>) in random.withLock { Int.random(in: range, using: &$0) } }
        let control = server.control
        for _ in 0..<40 {
            do {
                try await tail.run { _, request in
                    guard request.purpose == "events" else { return }
                    switch roll(0..<10) {
                    case 0...4:
                        for _ in 0..<roll(1..<6) {
                            let time = second(clock.withLock { $0 } - roll(0..<20), roll(0..<2) * 250_000)
                            let id = "m\(roll(0..<Int.max))"
                            inserted.withLock { $0[id] = time }
                            try await control.insert(id, at: time)
                        }
                    case 5: try await control.revoke()
                    case 6: throw RemoteFailure(.server, "The network is down.")
                    case 7: if let marker = request.marker { try await control.delete([marker]) }
                    case 8: throw Killed()
                    default: break
                    }
                    clock.withLock { $0 += roll(0..<3) }
                }
            } catch is Killed {
                continue
            } catch is RemoteSourceError {
                continue
            }
        }
        try await tail.run()
        let events = try tail.acceptor.events()
        let expected = inserted.withLock { $0 }
        #expect(expected.count > 100)
        #expect(events.count == expected.count)
        let times = Dictionary(uniqueKeysWithValues: zip(tail.ids(Array(expected.keys)), expected.values))
        #expect(events.allSatisfy { times[$0.id] == $0.time })
        #expect(events.allSatisfy { $0.type == "compute.instance.create.error" && $0.severity == .major })
        await server.stop()
    }

    @Test func `a marker that vanishes and a token that is revoked in mid-round lose nothing`() async throws {
        let server = try await PankoServer(events: 200)
        let control = server.control
        let tail = PankoTail(pankoSettings(url: server.url, pageSize: 30))
        let vanished = Mutex(0)
        try await tail.run { number, request in
            if number == 3 { try await control.revoke() }
            if number == 6, let marker = request.marker {
                try await control.delete([marker])
                vanished.withLock { $0 += 1 }
            }
        }
        let events = try tail.acceptor.events()
        #expect(vanished.withLock { $0 } == 1)
        #expect(events.count == 200)
        #expect(Set(events.map(\.id)).count == 200)
        await server.stop()
    }

    @Test func `traits come out with their types, and host, user and project in their keys`() async throws {
        let server = try await PankoServer(events: 0)
        try await server.control.insert(
            "m1", at: second(3, 102_960),
            traits: """
                [{"name": "host", "type": "string", "value": "compute-01"}, {"name": "ratio", "type": "float", "value": 1e22},
                 {"name": "size", "type": "integer", "value": 9007199254740993}, {"name": "size", "type": "string", "value": "big"},
                 {"name": "launched_at", "type": "datetime", "value": "2024-05-17T08:00:00"},
                 {"name": "instance_id", "type": "string", "value": "i1"}, {"name": "project_id", "type": "string", "value": "p1"},
                 {"name": "user_id", "type": "string", "value": "u1"}, {"name": "message", "type": "string", "value": "no\\u0000 \\ud83d\\ude00"}]
                """)
        let tail = PankoTail(pankoSettings(url: server.url))
        try await tail.run()
        let event = try #require(try tail.acceptor.events().first)
        #expect(event.time == second(3, 102_960))
        #expect(event.host == "compute-01")
        #expect(event.user == "u1")
        #expect(event.tenant == Tenant(id: "p1"))
        #expect(event.objects == [AssociatedObject(type: "instance", id: "i1")])
        #expect(event.kind == "Compute.Instance.Create.Failed")
        #expect(event.severity == .major)
        #expect(event[parameter: "ratio"] == .number(1e22))
        #expect(event[parameter: "launched_at"] == .time(second(0)))
        let sizes: Set<ParameterValue?> = [.integer(WholeNumber(9_007_199_254_740_993)), .text("big")]
        let names = event.parameters.map(\.name).filter { $0.string.hasPrefix("size") }
        #expect(Set(names.map { event[parameter: $0] }) == sizes)
        #expect(event[parameter: "message"] == .text("no\u{0} 😀"))
        await server.stop()
    }

    @Test func `what retention has taken is a gap`() async throws {
        let server = try await PankoServer(events: 30)
        let now = Mutex(second(60))
        let tail = PankoTail(pankoSettings(url: server.url)) { now.withLock { $0 } }
        try await tail.run()
        try await server.control.delete(before: second(80_000))
        try await server.control.insert("late", at: second(90_000))
        now.withLock { $0 = second(90_010) }
        try await tail.run()
        try await tail.run()
        let events = try tail.acceptor.events()
        #expect(events.count == 32)
        #expect(events.count { $0.kind == "Software.Log.Gap" } == 1)
        await server.stop()
    }

    @Test func `filters are obeyed, whoever applies them`() async throws {
        let server = try await PankoServer(events: 300)
        let all = PankoTail(pankoSettings(url: server.url))
        try await all.run()
        let events = try all.acceptor.events()
        let read = { (change: @escaping (inout PankoSettings) -> Void) async throws -> [EventID] in
            let tail = PankoTail(pankoSettings(url: server.url, change))
            try await tail.run()
            return try tail.acceptor.events().map(\.id)
        }
        let logins = events.filter { $0.type == "identity.authenticate" }
        #expect(try await read { $0.eventTypes = [Glob("identity.authenticate")] } == logins.map(\.id))
        let network = events.filter { $0.type.string.hasPrefix("i") || $0.type == "network.create.end" }
        #expect(try await read { $0.eventTypes = [Glob("i*"), Glob("network.create.end")] } == network.map(\.id))
        let failures = logins.filter { $0[parameter: "outcome"] == .text("failure") }
        #expect(!failures.isEmpty)
        #expect(try await read { $0.traits = [.init(name: "outcome", values: ["failure"])] } == failures.map(\.id))
        let small = events.filter { $0[parameter: "vcpus"] == .integer(WholeNumber(1)) }
        #expect(!small.isEmpty)
        #expect(try await read { $0.traits = [.init(name: "vcpus", values: ["1"])] } == small.map(\.id))
        await server.stop()
    }

    @Test func `who logs in sees what is theirs, and wrong secrets are said`() async throws {
        let server = try await PankoServer(events: 300)
        func login(_ id: String, _ secret: String) -> PankoSettings {
            pankoSettings(url: server.url) { settings in
                settings.readsAllTenants = false
                settings.credential = .applicationCredential(id: id, secret: Secret(Array(secret.utf8)))
            }
        }
        let alice = PankoTail(login("c0000000000000000000000000000002", "tail-secret"))
        try await alice.run()
        let own = try alice.acceptor.events()
        #expect(!own.isEmpty)
        #expect(own.allSatisfy { $0.tenant.id == "a0000000000000000000000000000002" })
        var blind = login("c0000000000000000000000000000002", "tail-secret")
        blind.readsAllTenants = true
        let tail = PankoTail(blind)
        try await tail.run()
        #expect(try tail.acceptor.events().isEmpty)
        try await tail.log.waitForMessage(containing: "has not the role 'admin'")
        let wrong = PankoTail(login("c0000000000000000000000000000001", "wr0ng"))
        await #expect(throws: RemoteSourceError.self) { try await wrong.run() }
        #expect(wrong.log.messages.contains { $0.contains("refuses the login") })
        #expect(!wrong.log.messages.contains { $0.contains("wr0ng") })
        await server.stop()
    }
}

extension RemoteRequest {
    /// The marker of a request for events.
    fileprivate var marker: String? {
        url.split(separator: "&").first { $0.hasPrefix("marker=") }.map { String($0.dropFirst("marker=".count)) }
    }
}
