import EventModel
import Pipeline
import RemoteServers
import Settings
import Synchronization
import TestSupport

@testable import RemoteEvents

/// A remote API with its server in memory and a clock of the test's, for what all of them have in common.
final class RemoteWorld: Sendable {
    enum API: String, CaseIterable, Sendable {
        case maas, panko, mws, iguazio
    }

    /// What becomes of a request in place of its answer.
    enum Trouble: Sendable {
        case answer(status: Int, headers: [RemoteHeader])
        case failure(RemoteFailure)
        /// Nothing comes until the request is cancelled.
        case silence
    }

    private struct State {
        var requests: [Timestamp] = []
        var faults: [Trouble] = []
        var outage: Trouble?
        var inserted = 0
        var panko = FakePanko()
    }

    let api: API
    let time: ManualTime
    let quarantine = RecordingQuarantine()
    let log = RecordedLog()
    /// Counts the requests, so that a test can wait for one.
    let requestCount = Watermark(0)
    private let region = MAASSimulator()
    private let moab = MWSSimulator()
    private let platform = IguazioSimulator()
    private let state = Mutex(State())
    private let start: Timestamp

    /// - Parameter time: must not be before 2024-05-17T09:00:00Z. The records are of the hour before.
    init(_ api: API, time: ManualTime = ManualTime("2024-05-17T09:00:00Z")) {
        self.api = api
        self.time = time
        start = Timestamp(microseconds: time.now.microseconds - 3_600_000_000)
    }

    /// When requests were made.
    var requests: [Timestamp] { state.withLock { $0.requests } }

    /// Makes trouble with the next requests, one each.
    func fail(with faults: [Trouble]) { state.withLock { $0.faults += faults } }

    /// Makes trouble with every request, or no more.
    func fail(with outage: Trouble?) { state.withLock { $0.outage = outage } }

    /// Adds the next records, each a second after the one before.
    func insert(_ count: Int) {
        for _ in 0..<count { insert(isBroken: false) }
    }

    /// Adds a record that is JSON, and not what the API documents.
    func insertBroken() { insert(isBroken: true) }

    private func insert(isBroken: Bool) {
        let number = state.withLock { state in
            state.inserted += 1
            return state.inserted
        }
        let moment = Timestamp(microseconds: start.microseconds + Int64(number) * 1_000_000)
        switch api {
        case .maas:
            let element = isBroken ? "{\"id\": \(number), \"level\": [], \"created\": 5}" : nil
            region.add([
                MAASSimulator.Row(
                    id: number, level: number % 3 == 0 ? "AUDIT" : "INFO", created: moment,
                    description: "event \(number)", element: element)
            ])
        case .panko:
            state.withLock { $0.panko.insert(FakePanko.Row(id: "m\(number)", generated: moment, isBroken: isBroken)) }
        case .mws:
            guard isBroken else { return moab.insert(number, at: Int(moment.seconds)) }
            moab.insertBroken("{\"id\": \(number), \"eventDate\": [], \"code\": {}}", at: Int(moment.seconds))
        case .iguazio:
            guard isBroken else { return platform.insert(number, at: moment) }
            platform.insert("{\"type\": \"event\", \"id\": null, \"attributes\": \"none\"}", at: moment)
        }
    }

    /// A source that reads from the beginning, in pages of 20.
    ///
    /// - Parameter clock: default: time passes only while it waits, and then at once.
    func source(clock: RemoteClock? = nil) -> any EventSource {
        let clock = clock ?? time.clock
        switch api {
        case .maas:
            var settings = MAASSettings(
                remote: remote("http://127.0.0.1/MAAS"),
                key: MAASKey(Secret(Array(MAASSimulator.key.utf8)))
                    ?? MAASKey(consumer: "", token: "", secret: Secret([])))
            settings.level = .debug
            let final = settings
            return source(final.remote, clock) { MAASAPI(final, from: $0) }
        case .panko:
            let settings = pankoSettings { $0.remote = self.remote("") }
            return source(settings.remote, clock) { PankoAPI(settings: settings, cursor: $0) }
        case .mws:
            let settings = MWSSettings(
                remote: remote("http://127.0.0.1/mws"), username: MWSSimulator.user,
                password: Secret(Array(MWSSimulator.password.utf8)))
            return source(settings.remote, clock) { MWSAPI(settings, from: $0) }
        case .iguazio:
            let settings = IguazioSettings(
                remote: remote("http://127.0.0.1"), username: IguazioSimulator.user,
                credentials: .password(Secret(Array(IguazioSimulator.password.utf8))))
            return source(settings.remote, clock) { IguazioAPI(settings, from: $0) }
        }
    }

    private func remote(_ url: String) -> RemoteSettings {
        var remote = RemoteSettings(url: url, pageSize: 20)
        remote.start = .beginning
        return remote
    }

    private func source<Remote: RemoteAPI>(
        _ settings: RemoteSettings, _ clock: RemoteClock, _ makeAPI: @escaping @Sendable (Cursor?) -> Remote
    ) -> any EventSource {
        RemoteSource(
            name: api.rawValue, settings: settings, transport: WorldTransport(world: self), clock: clock,
            quarantine: quarantine, logger: log.logger, makeAPI: makeAPI)
    }

    fileprivate func trouble() -> Trouble? {
        let trouble = state.withLock { state in
            state.requests.append(time.now)
            return state.faults.isEmpty ? state.outage : state.faults.removeFirst()
        }
        requestCount.advance(to: requests.count)
        return trouble
    }

    fileprivate func answer(_ request: RemoteRequest) async throws -> RemoteAnswer {
        switch api {
        case .panko: state.withLock { $0.panko.answer(request, now: time.now) }
        case .maas: try await SimulatedTransport { self.region.answer($0) }.send(request)
        case .mws: try await SimulatedTransport { self.moab.answer($0) }.send(request)
        case .iguazio: try await SimulatedTransport { self.platform.answer($0) }.send(request)
        }
    }
}

/// Leads to a world.
private struct WorldTransport: RemoteTransport {
    let world: RemoteWorld

    func send(_ request: RemoteRequest) async throws -> RemoteAnswer {
        try Task.checkCancellation()
        switch world.trouble() {
        case .none: return try await world.answer(request)
        case .answer(let status, let headers):
            return .response(RemoteResponse(status: status, headers: headers, body: Array("trouble".utf8)))
        case .failure(let failure): throw failure
        case .silence:
            try await untilCancelled()
            throw CancellationError()
        }
    }

    func close() async {}
}

/// Suspends for ever.
func untilCancelled() async throws {
    _ = try await Watermark(0).wait(for: 1)
}
