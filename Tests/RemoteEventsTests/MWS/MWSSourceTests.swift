import EventModel
import EventText
import Pipeline
import RemoteServers
import Settings
import Synchronization
import TestSupport
import Testing

@testable import RemoteEvents

/// A source of type `mws` beside its simulator.
private struct Site {
    /// 2026-03-01T12:00:00Z, when the clock begins.
    static let now = 1_772_366_400

    let mws = MWSSimulator()
    let server: HTTPSimulator
    let runs: SourceRuns<MWSAPI>

    init(_ change: (inout MWSSettings) -> Void = { _ in }) async throws {
        let mws = self.mws
        server = try await HTTPSimulator { mws.answer($0) }
        let remote = RemoteSettings(url: server.url + "/mws", pageSize: 100)
        var settings = MWSSettings(
            remote: remote, username: MWSSimulator.user, password: Secret(Array(MWSSimulator.password.utf8)))
        settings.remote.start = .beginning
        change(&settings)
        let final = settings
        runs = SourceRuns(final.remote, clock: LeapingClock()) { MWSAPI(final, from: $0) }
    }

    /// Expects every event of these numbers once, as it was inserted, and no other.
    func expectOnce(_ numbers: some Sequence<Int>, dates: [Int: Int] = [:]) throws {
        let events = try runs.events
        let expected = Set(numbers)
        var seen: Set<Int> = []
        for event in events {
            let number = try #require(event.arguments.first.flatMap { Int($0.string) })
            #expect(seen.insert(number).inserted, "event \(number) came again")
            #expect(expected.contains(number), "event \(number) was not expected")
            #expect(event.severity == (number % 5 == 0 ? .major : .info))
            #expect(event.host == Text("node\(number % 7)"))
            #expect(event.user == Text("user\(number % 11)"))
            #expect(event.type == "Node Up")
            #expect(event.kind == "Compute.Node.Restored")
            #expect(event.origin == Text("scheduler \(number % 3)"))
            #expect(event.code == UInt32(number + 1))
            #expect(event.parameters.contains(Parameter("id", .text(Text(MWSSimulator.id(number))))))
            #expect(event.parameters.contains(Parameter("number", .integer(WholeNumber(number)))))
            if let date = dates[number] { #expect(event.time.seconds == Int64(date)) }
        }
        #expect(seen == expected, "missing: \(expected.subtracting(seen).sorted().prefix(20))")
    }
}

@Suite struct MWSSourceTests {
    @Test func `a burst of 5000 events comes once, ties included, and keeps its order`() async throws {
        let site = try await Site { $0.remote.pageSize = 500 }
        site.mws.shuffleTies()
        var dates: [Int: Int] = [:]
        for number in 0..<5000 {
            dates[number] = Site.now - 600 + (number < 2000 ? 0 : number / 10)
            site.mws.insert(number, at: dates[number] ?? 0)
        }
        try await site.runs.poll(times: 2)
        try site.expectOnce(0..<5000, dates: dates)
        let times = try site.runs.events.map(\.time)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(site.runs.counts.read == 5000)
        await site.server.stop()
    }

    @Test func `a server that gives fewer events than it was asked for is read to the end`() async throws {
        let site = try await Site()
        site.mws.limit(to: 30)
        for number in 0..<500 { site.mws.insert(number, at: Site.now - 500 + number / 40) }
        try await site.runs.poll()
        try site.expectOnce(0..<500)
        await site.server.stop()
    }

    @Test func `an event that comes late is found, as far back as the overlap reaches`() async throws {
        let site = try await Site { $0.remote.overlap = .seconds(300) }
        site.mws.insert(0, at: Site.now - 10)
        let mws = site.mws
        try await site.runs.poll(times: 4) { poll in
            if poll == 1 {
                mws.insert(1, at: Site.now - 250)
                mws.insert(2, at: Site.now - 400)
            }
            if poll == 2 { mws.insert(3, at: Site.now - 10) }
        }
        try site.expectOnce([0, 1, 3])
        await site.server.stop()
    }

    @Test func `an event from the future hides nothing`() async throws {
        let site = try await Site()
        site.mws.insert(0, at: Site.now + 3600)
        let mws = site.mws
        try await site.runs.poll(times: 60) { poll in mws.insert(poll, at: Site.now + poll * 10) }
        try site.expectOnce(0..<60)
        await site.server.stop()
    }

    @Test func `start says where reading begins`() async throws {
        for (start, first) in [
            (RemoteSettings.Start.now, 3), (.beginning, 0), (.time(Timestamp("2026-03-01T11:59:00.5Z") ?? .latest), 2),
        ] {
            let site = try await Site { $0.remote.start = start }
            for (number, age) in [(0, 1000), (1, 100), (2, 60), (3, 0)] { site.mws.insert(number, at: Site.now - age) }
            try await site.runs.poll()
            try site.expectOnce(first..<4)
            await site.server.stop()
        }
    }

    @Test func `a source that begins now and sees nothing goes on from there after a restart`() async throws {
        let site = try await Site { $0.remote.start = .now }
        try await site.runs.poll()
        site.mws.insert(0, at: Site.now + 5)
        site.runs.clock.advance(seconds: 100)
        try await site.runs.poll()
        try site.expectOnce([0])
        await site.server.stop()
    }

    @Test func `trouble of every sort loses and repeats nothing`() async throws {
        let site = try await Site()
        for number in 0..<1000 { site.mws.insert(number, at: Site.now - 1000 + number / 3) }
        site.server.fail(with: [
            .busy(503, retryAfter: "17"), .busy(429, retryAfter: "3"), .error(500), .truncated, .reset, .resetInBody,
            .changed { _ in Array("{\"totalCount\": \"many\", \"results\": {\"a\": 1}}".utf8) },
            .changed { _ in Array("[]".utf8) }, .error(404, "<html>starting</html>"),
        ])
        try await site.runs.poll(times: 2)
        try site.expectOnce(0..<1000)
        #expect(site.runs.delays.contains(.seconds(17)))
        #expect(site.runs.delays.contains(.seconds(3)))
        #expect(site.runs.log.messages.contains { $0.contains("reachable again") })
        await site.server.stop()
    }

    @Test func `one bad record is set aside once, and the others of its page come`() async throws {
        let site = try await Site()
        for number in 0..<50 { site.mws.insert(number, at: Site.now - 50 + number) }
        site.mws.insertBroken("{\"id\": \"x\", \"eventDate\": \"yesterday\"}", at: Site.now - 40)
        site.mws.insertBroken("{\"id\": \"y\", \"message\": \"\\x\"}", at: Site.now - 30)
        site.mws.insertBroken("{\"eventDate\": \"2026-03-01 11:59:50 UTC\"}", at: Site.now - 10)
        site.mws.insertBroken("17", at: Site.now - 10)
        site.mws.insertBroken("{\"id\": {}, \"id\": 3}", at: Site.now - 1)
        try await site.runs.poll(times: 3)
        try await site.runs.poll(times: 2)
        try site.expectOnce(0..<50)
        #expect(site.runs.counts.rejected == 5)
        #expect(site.runs.counts.read == 55)
        await site.server.stop()
    }

    @Test func `long messages make pages smaller, and one that is too long to be read is set aside`() async throws {
        let site = try await Site()
        let long = "\"" + String(repeating: "ä", count: 1 << 20) + "\""
        for number in 0..<5 { site.mws.insert(number, at: Site.now - 50 + number / 3, message: long) }
        let huge = "\"" + String(repeating: "x", count: 9 << 20) + "\""
        site.mws.insert(5, at: Site.now - 45, message: huge)
        for number in 6..<30 { site.mws.insert(number, at: Site.now - 44 + number) }
        try await site.runs.poll()
        try site.expectOnce(Array(0..<5) + Array(6..<30))
        #expect(site.runs.counts.rejected == 1)
        let event = try #require(try site.runs.events.first)
        #expect(event.message?.bytes.count == 1 << 20)
        #expect(event.parameters.contains(Parameter("truncated.message", .integer(WholeNumber(2 << 20)))))
        await site.server.stop()
    }

    @Test func `the operator's query is asked together with the dates`() async throws {
        let site = try await Site { $0.query = [JSONMember("severity", .text("ERROR"))] }
        for number in 0..<300 { site.mws.insert(number, at: Site.now - 300 + number) }
        try await site.runs.poll(times: 2)
        try site.expectOnce((0..<300).filter { $0 % 5 == 0 })
        await site.server.stop()
    }

    @Test func `a wrong password is tried once a minute at most, and never shown`() async throws {
        let site = try await Site { $0.password = Secret(Array("wr0ng".utf8)) }
        try await site.runs.poll(failures: 3)
        #expect(site.server.requests.count == 3)
        #expect(site.runs.delays.allSatisfy { $0 >= .seconds(60) })
        let messages = site.runs.log.messages.joined()
        #expect(messages.contains("'username' 'tail' or its 'password'"))
        #expect(messages.contains("You must be authenticated"))
        #expect(!messages.contains("wr0ng"))
        await site.server.stop()
    }

    @Test(arguments: 0..<9)
    func `random inserts, restarts and ties: each event exactly once`(seed: Int) async throws {
        let site = try await Site { settings in
            settings.remote.pageSize = [7, 20, 60][seed % 3]
            settings.remote.overlap = .seconds(300)
        }
        if seed % 2 == 0 { site.mws.shuffleTies() }
        let state = Mutex((random: SeededGenerator(seed: seed), next: 0, dates: [Int: Int](), whilePaging: 60))
        let clock = site.runs.clock
        @Sendable func insertSome(_ mws: MWSSimulator, upTo most: Int) {
            state.withLock { state in
                for _ in 0..<Int.random(in: 0...most, using: &state.random) {
                    let age = Bool.random(using: &state.random) ? 0 : Int.random(in: -20...200, using: &state.random)
                    let date = Int(clock.now.seconds) - age
                    mws.insert(state.next, at: date)
                    state.dates[state.next] = date
                    state.next += 1
                }
            }
        }
        insertSome(site.mws, upTo: 150)
        site.mws.afterEveryAnswer { mws in
            let isLeft = state.withLock { state in
                state.whilePaging -= 1
                return state.whilePaging > 0
            }
            if isLeft { insertSome(mws, upTo: 2) }
        }
        for _ in 0..<5 {
            state.withLock { $0.whilePaging = 20 }
            let keeping = state.withLock { Int.random(in: 0...12, using: &$0.random) }
            try await site.runs.poll(times: 3, keeping: keeping)
            insertSome(site.mws, upTo: 30)
        }
        site.mws.afterEveryAnswer(nil)
        try await site.runs.poll(times: 3)
        let (count, dates) = state.withLock { ($0.next, $0.dates) }
        try site.expectOnce(0..<count, dates: dates)
        await site.server.stop()
    }
}
