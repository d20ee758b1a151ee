import EventModel
import Pipeline
import RemoteServers
import Settings
import Synchronization
import TestSupport
import Testing

@testable import RemoteEvents

/// A source of type `iguazio` beside its simulator.
private struct Site {
    let iguazio = IguazioSimulator()
    let server: HTTPSimulator
    let runs: SourceRuns<IguazioAPI>

    init(_ change: (inout IguazioSettings) -> Void = { _ in }) async throws {
        let iguazio = self.iguazio
        server = try await HTTPSimulator { iguazio.answer($0) }
        let remote = RemoteSettings(url: server.url, pageSize: 50)
        var settings = IguazioSettings(
            remote: remote, username: IguazioSimulator.user,
            credentials: .password(Secret(Array(IguazioSimulator.password.utf8))))
        settings.remote.start = .beginning
        settings.collections = [.events]
        change(&settings)
        let final = settings
        runs = SourceRuns(final.remote, clock: LeapingClock()) { IguazioAPI(final, from: $0) }
    }

    /// The moment so many seconds before now.
    func ago(_ seconds: Double) -> Timestamp {
        Timestamp(microseconds: runs.clock.now.microseconds - Int64(seconds * 1_000_000))
    }

    /// Expects every event of these numbers once, as it was inserted, and no other.
    func expectOnce(_ numbers: some Sequence<Int>, times: [Int: Timestamp] = [:]) throws {
        let expected = Set(numbers)
        var seen: Set<Int> = []
        for event in try runs.events {
            let value = event.parameters.first { $0.name == "number" }?.value
            guard case .integer(let whole) = value else {
                Issue.record("an event without its number: \(event)")
                continue
            }
            let number = Int(whole.magnitude)
            #expect(seen.insert(number).inserted, "event \(number) came again")
            #expect(expected.contains(number), "event \(number) was not expected")
            #expect(event.severity == [.info, .warning, .critical][number % 3])
            #expect(event.user == Text("user\(number % 11)"))
            #expect(event.origin == Text("igz0.vn.\(number % 3)"))
            #expect(event.kind == "Security.User.Login.Failed")
            #expect(event.classification == .sec && event.visibility == .external && event.isSystemEvent)
            #expect(event.parameters.contains(Parameter("big", .integer(WholeNumber(magnitude: .max)))))
            if let time = times[number] { #expect(event.time == time) }
        }
        #expect(seen == expected, "missing: \(expected.subtracting(seen).sorted().prefix(20))")
    }
}

@Suite struct IguazioSourceTests {
    @Test func `a burst of 5000 events comes once and oldest first`() async throws {
        let site = try await Site { $0.remote.pageSize = 200 }
        for number in 0..<5000 { site.iguazio.insert(number, at: site.ago(400 - Double(number / 100))) }
        try await site.runs.poll(times: 2)
        try site.expectOnce(0..<5000)
        let times = try site.runs.events.map(\.time)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        await site.server.stop()
    }

    @Test func `a backlog of many pages comes in chunks from its oldest end`() async throws {
        let site = try await Site { $0.remote.pageSize = 10 }
        for number in 0..<2500 { site.iguazio.insert(number, at: site.ago(Double(9000 - number) * 3)) }
        let next = Mutex(2500)
        let clock = site.runs.clock
        site.iguazio.afterEveryAnswer { iguazio in
            next.withLock { next in
                guard next < 2600 else { return }
                iguazio.insert(next, at: clock.now)
                next += 1
            }
        }
        try await site.runs.poll(keeping: 3)
        try await site.runs.poll(times: 3)
        try site.expectOnce(0..<2600)
        let times = try site.runs.events.map(\.time)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(site.runs.batches.count > 5)
        await site.server.stop()
    }

    @Test(arguments: [
        IguazioSimulator.FirstPage.zero, .oneOrZero, .one, .oneAndEmpty,
    ])
    func `pages may begin at 0 or at 1`(firstPage: IguazioSimulator.FirstPage) async throws {
        let site = try await Site()
        site.iguazio.set(firstPage: firstPage)
        let iguazio = site.iguazio
        let now = site.runs.clock.now
        for number in 0..<120 { iguazio.insert(number, at: site.ago(120 - Double(number))) }
        try await site.runs.poll(times: 6) { poll in
            for number in 0..<60 {
                iguazio.insert(
                    60 + poll * 60 + number, at: Timestamp(microseconds: now.microseconds + Int64(poll) * 10_000_000))
            }
        }
        try site.expectOnce(0..<420)
        await site.server.stop()
    }

    @Test func `a server with smaller pages than it was asked for is read to the end`() async throws {
        let site = try await Site()
        site.iguazio.limit(to: 20)
        for number in 0..<130 { site.iguazio.insert(number, at: site.ago(5000 - Double(number))) }
        try await site.runs.poll()
        try site.expectOnce(0..<130)
        await site.server.stop()
    }

    @Test func `a source that begins now begins behind the newest event of the server`() async throws {
        let site = try await Site { $0.remote.start = .now }
        // The server's clock is behind ours.
        for number in 0..<10 { site.iguazio.insert(number, at: site.ago(500 - Double(number))) }
        let (iguazio, time) = (site.iguazio, site.ago(490))
        try await site.runs.poll(times: 2) { _ in iguazio.insert(10, at: time) }
        try site.expectOnce([10], times: [10: time])
        await site.server.stop()
    }

    @Test func `an expired session is renewed without a word`() async throws {
        let site = try await Site()
        let iguazio = site.iguazio
        let now = site.runs.clock.now
        try await site.runs.poll(times: 4) { poll in
            iguazio.insert(poll, at: now)
            iguazio.expireSessions()
        }
        try site.expectOnce(1..<4)
        #expect(iguazio.sessionCount == 4)
        #expect(site.runs.delays.isEmpty && site.runs.log.messages.isEmpty)
        await site.server.stop()
    }

    @Test func `an access key works, also behind a proxy that refuses its plain form`() async throws {
        for refusesPlain in [false, true] {
            let site = try await Site {
                $0.credentials = .accessKey(Secret(Array(IguazioSimulator.accessKey.utf8)))
            }
            if refusesPlain { site.iguazio.refusePlainKeys() }
            site.iguazio.insert(0, at: site.ago(10))
            try await site.runs.poll(times: 2)
            try site.expectOnce([0])
            #expect(site.iguazio.sessionCount == 0)
            await site.server.stop()
        }
    }

    @Test func `wrong credentials are tried once a minute at most, and never shown`() async throws {
        for credentials in [
            IguazioSettings.Credentials.password(Secret(Array("wr0ng".utf8))), .accessKey(Secret(Array("wr0ng".utf8))),
        ] {
            let site = try await Site { $0.credentials = credentials }
            try await site.runs.poll(failures: 3)
            #expect(site.runs.delays.allSatisfy { $0 >= .seconds(60) })
            let messages = site.runs.log.messages.joined()
            #expect(messages.contains("Iguazio refuses"))
            #expect(!messages.contains("wr0ng"))
            await site.server.stop()
        }
    }

    @Test func `a collection that may not be read does not stop the others`() async throws {
        let site = try await Site { $0.collections = [.audit, .events] }
        site.iguazio.forbid("audit_events")
        site.iguazio.insert(0, at: site.ago(10))
        try await site.runs.poll(times: 3)
        try site.expectOnce([0])
        #expect(site.runs.log.messages.count { $0.contains("may not read 'audit'") } == 1)
        await site.server.stop()
    }

    @Test func `three collections have a cursor each`() async throws {
        let site = try await Site { $0.collections = IguazioCollection.allCases }
        for (offset, path) in ["events", "audit_events", "communication_events"].enumerated() {
            for number in 0..<70 {
                site.iguazio.insert(number * 3 + offset, at: site.ago(Double(2000 * offset + number)), in: path)
            }
        }
        try await site.runs.poll(keeping: 2)
        try await site.runs.poll(times: 2)
        try site.expectOnce(0..<210)
        await site.server.stop()
    }

    @Test func `the filter holds, whether the server obeys it or not`() async throws {
        // The simulator knows severity only.
        for (source, numbers) in [("igz0.vn.1", Array(stride(from: 1, to: 30, by: 3))), ("igz0.vn.0", [])] {
            let site = try await Site {
                $0.filter.severity = "warning"
                $0.filter.source = source
            }
            for number in 0..<30 { site.iguazio.insert(number, at: site.ago(Double(number))) }
            try await site.runs.poll(times: 2)
            try site.expectOnce(numbers)
            #expect(site.runs.counts.read == 10 && site.runs.counts.filtered == UInt64(10 - numbers.count))
            #expect(site.server.requests.last?.value("filter[severity]") == "warning")
            await site.server.stop()
        }
    }

    @Test func `trouble of every sort loses and repeats nothing`() async throws {
        let site = try await Site()
        for number in 0..<300 { site.iguazio.insert(number, at: site.ago(1000 - Double(number))) }
        site.server.fail(with: [
            .busy(503, retryAfter: "17"), .error(500), .reset, .truncated, .busy(429, retryAfter: "3"), .resetInBody,
            .error(502, "<html>upgrading</html>"), .changed { _ in Array("{\"data\": {\"a\": 1}}".utf8) },
        ])
        try await site.runs.poll(times: 2)
        try site.expectOnce(0..<300)
        #expect(site.runs.delays.contains(.seconds(17)) && site.runs.delays.contains(.seconds(3)))
        await site.server.stop()
    }

    @Test func `one bad record is set aside once, and events without a time come once`() async throws {
        let site = try await Site()
        for number in 0..<20 { site.iguazio.insert(number, at: site.ago(Double(number))) }
        site.iguazio.insert("{\"type\": \"event\", \"attributes\": {}}", at: site.ago(3.5))
        site.iguazio.insert("{\"id\": \"x\", \"attributes\": {\"kind\": \"\\x\"}}", at: site.ago(4.5))
        site.iguazio.insert("[]", at: site.ago(5.5))
        let undated = "\"attributes\": {\"parameters_uint64\": [{\"name\": \"undated\", \"value\": 1}]}"
        site.iguazio.insert("{\"type\": \"event\", \"id\": 4711, \(undated)}", at: .latest)
        try await site.runs.poll(times: 40)
        try await site.runs.poll(times: 2)
        #expect(site.runs.counts.rejected == 3)
        #expect(site.runs.counts.accepted == 21)
        #expect(
            try site.runs.events.count { $0.parameters.contains(Parameter("id", .integer(WholeNumber(4711)))) } == 1)
        await site.server.stop()
    }

    @Test func `long descriptions make pages smaller`() async throws {
        let site = try await Site { $0.remote.pageSize = 20 }
        let long = String(repeating: "ä", count: 1 << 20)
        for number in 0..<6 { site.iguazio.insert(number, at: site.ago(Double(100 - number)), description: long) }
        for number in 6..<40 { site.iguazio.insert(number, at: site.ago(Double(90 - number))) }
        try await site.runs.poll()
        try site.expectOnce(0..<40)
        await site.server.stop()
    }

    @Test(arguments: 0..<9)
    func `random inserts, restarts and ties: each event exactly once`(seed: Int) async throws {
        let site = try await Site { $0.remote.pageSize = [5, 20, 60][seed % 3] }
        let state = Mutex((random: SeededGenerator(seed: seed), next: 0, times: [Int: Timestamp](), whilePaging: 20))
        let clock = site.runs.clock
        @Sendable func insertSome(_ iguazio: IguazioSimulator, upTo most: Int) {
            state.withLock { state in
                for _ in 0..<Int.random(in: 0...most, using: &state.random) {
                    let age = Bool.random(using: &state.random) ? 0 : Int64.random(in: -20...200, using: &state.random)
                    let time = Timestamp(microseconds: clock.now.microseconds - age * 1_000_000)
                    iguazio.insert(state.next, at: time)
                    state.times[state.next] = time
                    state.next += 1
                }
            }
        }
        insertSome(site.iguazio, upTo: 150)
        site.iguazio.afterEveryAnswer { iguazio in
            let isLeft = state.withLock { state in
                state.whilePaging -= 1
                return state.whilePaging > 0
            }
            if isLeft { insertSome(iguazio, upTo: 3) }
        }
        for _ in 0..<5 {
            let keeping = state.withLock { state in
                state.whilePaging = 20
                return Int.random(in: 0...6, using: &state.random)
            }
            try await site.runs.poll(times: 3, keeping: keeping)
            insertSome(site.iguazio, upTo: 30)
        }
        site.iguazio.afterEveryAnswer(nil)
        try await site.runs.poll(times: 3)
        let (count, times) = state.withLock { ($0.next, $0.times) }
        try site.expectOnce(0..<count, times: times)
        await site.server.stop()
    }
}
