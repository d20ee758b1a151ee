import EventModel
import Pipeline
import RemoteServers
import Synchronization
import TestSupport
import Testing

@testable import RemoteEvents

/// Ends a source that runs for ever.
private struct Enough: Error {}

/// Whole sources of all APIs, with a clock of the test's: when they ask, and what trouble does to them.
@Suite struct RemoteSourceTests {
    private static let start = "2024-05-17T09:00:00Z"
    private let acceptor = RecordingAcceptor()

    /// Runs a source until `onPause` has enough.
    private func run(
        _ api: RemoteWorld.API, _ prepare: (RemoteWorld) -> Void = { _ in },
        onPause: @escaping @Sendable (RemoteWorld, Duration) throws -> Void
    ) async throws -> RemoteWorld {
        let holder = Mutex<RemoteWorld?>(nil)
        let world = RemoteWorld(
            api,
            time: ManualTime(Self.start) { duration in
                if let world = holder.withLock({ $0 }) { try onPause(world, duration) }
            })
        holder.withLock { $0 = world }
        defer { holder.withLock { $0 = nil } }
        prepare(world)
        await #expect(throws: Enough.self) {
            try await world.source().run(from: nil, mode: .forever, into: acceptor)
        }
        return world
    }

    private func seconds(_ world: RemoteWorld) -> [Double] { world.time.pauses.map { $0 / .seconds(1) } }

    private var readCount: UInt64 { acceptor.batches.reduce(0) { $0 + $1.counts.read } }

    @Test(arguments: RemoteWorld.API.allCases, [429, 503])
    func `Retry-After is obeyed to the second, at the first request and later, in both forms`(
        api: RemoteWorld.API, status: Int
    ) async throws {
        let world = try await run(api) { world in
            world.insert(30)
            world.fail(with: [.answer(status: status, headers: [RemoteHeader("Retry-After", "7")])])
        } onPause: { world, _ in
            switch world.time.pauses.count {
            // 9:00:17.
            case 2:
                let date = RemoteHeader("Retry-After", "Fri, 17 May 2024 09:00:40 GMT")
                world.fail(with: [.answer(status: status, headers: [date])])
            case 4:
                world.fail(
                    with: (1...3).map { _ in
                        .answer(status: status, headers: [RemoteHeader("Retry-After", "1000")])
                    })
            case 8: throw Enough()
            default: break
            }
        }
        #expect(seconds(world) == [7, 10, 23, 10, 1000, 1000, 1000, 10])
        #expect(readCount == 30)
    }

    @Test(arguments: RemoteWorld.API.allCases)
    func `an idle source polls at its interval and no faster`(api: RemoteWorld.API) async throws {
        let world = try await run(api, { $0.insert(30) }) { world, _ in
            if world.time.pauses.count == 200 { throw Enough() }
        }
        #expect(world.time.pauses.allSatisfy { $0 == .seconds(10) })
        var perPoll: [Timestamp: Int] = [:]
        for moment in world.requests { perPoll[moment, default: 0] += 1 }
        #expect(perPoll.count == 200)
        // Two streams at most, each with a look whether it is still the same server; a new token now and then.
        let idle = perPoll.filter { $0.key > Timestamp(Self.start) ?? .latest }
        #expect(idle.values.allSatisfy { $0 <= 4 }, "\(idle.values.max() ?? 0) requests in one poll")
        #expect(readCount == 30)
    }

    private static let outages: [(String, RemoteWorld.Trouble)] = [
        ("no connection", .failure(RemoteFailure(.server, "down"))), ("500", .answer(status: 500, headers: [])),
        ("502", .answer(status: 502, headers: [])), ("503", .answer(status: 503, headers: [])),
        ("403", .answer(status: 403, headers: [])), ("401", .answer(status: 401, headers: [])),
        ("a page that is none", .answer(status: 200, headers: [])),
    ]

    @Test(arguments: RemoteWorld.API.allCases, 0..<7)
    func `a server that is down for a day is tried once in five minutes, and read at once when it returns`(
        api: RemoteWorld.API, outage: Int
    ) async throws {
        let (name, trouble) = Self.outages[outage]
        let end = Timestamp("2024-05-18T09:00:00Z") ?? .latest
        let returned = Mutex<Int?>(nil)
        let world = try await run(api, { $0.insert(30) }) { world, _ in
            let count = world.time.pauses.count
            if count == 2 { world.fail(with: trouble) }
            guard world.time.now >= end else { return }
            let first = returned.withLock { returned in
                if returned == nil { returned = count }
                return returned ?? count
            }
            if first == count {
                world.fail(with: nil)
                world.insert(5)
            }
            if count == first + 1 { throw Enough() }
        }
        // Counted for the second half, when the delays have long grown.
        let noon = Timestamp("2024-05-17T21:00:00Z") ?? .latest
        // Iguazio's collections are forbidden one by one: each is asked for in a try.
        let late = Set(world.requests.filter { $0 > noon && $0 < end }).sorted()
        #expect(late.count <= 12 * 12 + 1, "\(name): \(late.count) tries in twelve hours")
        #expect(world.requests.count < 2 * 24 * 12 + 100, "\(name)")
        #expect(zip(late, late.dropFirst()).allSatisfy { $1.microseconds - $0.microseconds >= 300_000_000 }, "\(name)")
        #expect(readCount == 35, "\(name): what came meanwhile is there after one poll")
        let messages = world.log.messages.filter { $0.hasPrefix("warning") || $0.hasPrefix("error") }
        #expect(messages.count <= 3, "\(name): \(messages.prefix(5))")
        #expect(world.log.messages.contains { $0.contains("reachable again after") }, "\(name)")
    }

    @Test(arguments: RemoteWorld.API.allCases)
    func `a record that cannot be read is set aside, and its page is not`(api: RemoteWorld.API) async throws {
        let world = RemoteWorld(api)
        world.insert(7)
        world.insertBroken()
        world.insert(7)
        try await world.source().run(from: nil, mode: .once, into: acceptor)
        let counts = acceptor.batches.reduce(SourceCounts()) { $0 + $1.counts }
        #expect(counts == SourceCounts(read: 15, accepted: 14, rejected: 1))
        #expect(try acceptor.events().count == 14)
        #expect(world.log.messages.count { $0.hasPrefix("warning") } == 1, "\(world.log.messages)")
        let kept = try #require(world.quarantine.records.first)
        #expect(kept.part == .source(api.rawValue) && kept.cause == .undecodable)
        guard case .bytes(let bytes) = kept.content else {
            Issue.record("the record's bytes are not kept")
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("{") && text.hasSuffix("}"), "\(text)")
        #expect(api != .maas || text == #"{"id": 8, "level": [], "created": 5}"#, "\(text)")
        #expect(api != .mws || text == #"{"id": 8, "eventDate": [], "code": {}}"#, "\(text)")
        #expect(api != .iguazio || text == #"{"type": "event", "id": null, "attributes": "none"}"#, "\(text)")
        let cursor = acceptor.batches.last?.cursor
        try await world.source().run(from: cursor, mode: .once, into: acceptor)
        #expect(acceptor.batches.reduce(0) { $0 + $1.counts.rejected } == 1)
        #expect(world.quarantine.records.count == 1)
    }

    @Test(arguments: RemoteWorld.API.allCases)
    func `a wait and a request end at once when they are cancelled`(api: RemoteWorld.API) async throws {
        for isInRequest in [false, true] {
            let world = RemoteWorld(api)
            let reached = Watermark(0)
            if isInRequest { world.fail(with: .silence) }
            let source = world.source(
                clock: RemoteClock(
                    now: { world.time.now },
                    pause: { _ in
                        reached.advance(to: 1)
                        try await untilCancelled()
                    }))
            let acceptor = acceptor
            let run = Task { try await source.run(from: nil, mode: .forever, into: acceptor) }
            if isInRequest {
                _ = try await world.requestCount.wait(for: 1)
            } else {
                _ = try await reached.wait(for: 1)
            }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
        }
    }

    @Test func `a request over a real connection ends at once when it is cancelled`() async throws {
        let server = try await HTTPSimulator { _ in SimulatedResponse("[]") }
        server.fail(with: [.silence])
        var settings = RemoteSettings(url: server.url, pageSize: 1)
        settings.timeout = .seconds(600)
        let transport = HTTPTransport(settings, version: "1")
        let url = server.url
        let run = Task { try await transport.send(RemoteRequest(url: url, purpose: "events")) }
        _ = try await server.requestCount.wait(for: 1)
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        await transport.close()
        await server.stop()
    }

    @Test(arguments: RemoteWorld.API.allCases)
    func `a spool without room stops the requests, and nothing is lost by it`(api: RemoteWorld.API) async throws {
        let world = RemoteWorld(api)
        world.insert(1000)
        acceptor.setRoom(forBatches: 2)
        let (source, acceptor) = (world.source(), acceptor)
        let run = Task { try await source.run(from: nil, mode: .once, into: acceptor) }
        try await acceptor.waitForHeldBatch()
        // What comes after the page that waits for room is asked for meanwhile, and no more.
        var before = -1
        while before != world.requests.count {
            before = world.requests.count
            for _ in 0..<1000 { await Task.yield() }
        }
        #expect(acceptor.batches.count == 2)
        acceptor.setRoom(forBatches: .max)
        try await run.value
        #expect(readCount == 1000 && world.requests.count > before)
    }
}
