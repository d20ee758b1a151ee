import EventModel
import Synchronization

@testable import RemoteEvents

/// Time that passes only while a source waits, and a record of how long it waited.
final class ManualTime: Sendable {
    private struct State {
        var now: Timestamp
        var pauses: [Duration] = []
        var isStopped = false
    }

    private let state: Mutex<State>
    private let onPause: @Sendable (Duration) throws -> Void

    /// - Parameter onPause: is called for each wait, after the time has passed; what it throws ends the source.
    init(_ start: String = "2024-05-17T08:00:00Z", onPause: @escaping @Sendable (Duration) throws -> Void = { _ in }) {
        state = Mutex(State(now: Timestamp(start) ?? .earliest))
        self.onPause = onPause
    }

    var now: Timestamp { state.withLock { $0.now } }
    /// How long was waited, each time.
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func advance(by duration: Duration) {
        state.withLock { state in
            state.now = Timestamp(microseconds: state.now.microseconds + Int64(duration / .microseconds(1)))
        }
    }

    var clock: RemoteClock {
        RemoteClock(
            now: { self.now },
            pause: { duration in
                try Task.checkCancellation()
                await Task.yield()
                self.state.withLock { $0.pauses.append(duration) }
                self.advance(by: duration)
                try self.onPause(duration)
            })
    }
}
