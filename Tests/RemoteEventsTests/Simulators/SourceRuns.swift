import EventModel
import Logging
import Pipeline
import Synchronization
import TestSupport
import Testing

@testable import RemoteEvents

/// Time that passes only when a source waits, and then at once.
final class LeapingClock: Sendable {
    private let moment: Mutex<Timestamp>

    init(_ start: String = "2026-03-01T12:00:00Z") {
        moment = Mutex(Timestamp(start) ?? .earliest)
    }

    var now: Timestamp { moment.withLock { $0 } }

    func advance(seconds: Double) {
        moment.withLock { $0 = Timestamp(microseconds: $0.microseconds + Int64(seconds * 1_000_000)) }
    }
}

/// Runs a source against a simulator, stops it, and starts it again from what a spool would have kept.
final class SourceRuns<API: RemoteAPI>: Sendable {
    private struct State {
        var durable: [Batch] = []
        var waits = 0
        var delays: [Duration] = []
    }

    let clock: LeapingClock
    let log = RecordedLog()
    private let remote: RemoteSettings
    private let makeAPI: @Sendable (Cursor?) -> API
    private let state = Mutex(State())

    init(_ remote: RemoteSettings, clock: LeapingClock, makeAPI: @escaping @Sendable (Cursor?) -> API) {
        self.remote = remote
        self.clock = clock
        self.makeAPI = makeAPI
    }

    /// What is durable, in order.
    var batches: [Batch] { state.withLock { $0.durable } }
    /// How long the source waited each time but between polls.
    var delays: [Duration] { state.withLock { $0.delays } }

    var counts: SourceCounts { batches.map(\.counts).reduce(SourceCounts(), +) }

    var events: [Event] {
        get throws {
            try batches.flatMap { batch in
                var reader = BatchReader(batch.payload)
                var events: [Event] = []
                while try reader.next() { events.append(reader.event()) }
                return events
            }
        }
    }

    /// Polls so many times from the last durable cursor on.
    ///
    /// - Parameters:
    ///   - keeping: of the batches that come, so many become durable before the crash; `nil` for all.
    ///   - failures: it ends after so many requests that failed.
    ///   - between: happens after each poll but the last.
    func poll(
        times: Int = 1, keeping: Int? = nil, failures: Int = 1000, between: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        state.withLock { $0.waits = 0 }
        let pollInterval = remote.pollInterval
        let clock = self.clock
        let sourceClock = RemoteClock(
            now: { clock.now },
            pause: { duration in
                try Task.checkCancellation()
                clock.advance(
                    seconds: Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
                guard duration == pollInterval else {
                    let count = self.state.withLock { state in
                        state.delays.append(duration)
                        return state.delays.count
                    }
                    if count >= failures { throw CancellationError() }
                    return
                }
                let waits = self.state.withLock { state in
                    state.waits += 1
                    return state.waits
                }
                guard waits < times else { throw CancellationError() }
                between(waits)
            })
        let source = RemoteSource(
            name: "remote", settings: remote, transport: HTTPTransport(remote, version: "0"), clock: sourceClock,
            logger: log.logger, makeAPI: makeAPI)
        let acceptor = RecordingAcceptor()
        let cursor = state.withLock { $0.durable.last?.cursor }
        await #expect(throws: CancellationError.self) {
            try await source.run(from: cursor, mode: .forever, into: acceptor)
        }
        let batches = acceptor.batches
        state.withLock { $0.durable += batches.prefix(keeping ?? batches.count) }
    }
}
