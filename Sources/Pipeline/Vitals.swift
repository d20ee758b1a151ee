package import EventModel
internal import Synchronization

/// How a source or sink is doing, as it says itself while it runs. Status, health and watchdog read it.
package final class Vitals: Sendable {
    /// What a part does at a moment.
    package enum Activity: Equatable, Sendable {
        /// Something that comes to an end by itself: soon there is another beat.
        case working
        /// It waits for something outside: a peer, a time, room in the spool.
        case waiting
        /// There is nothing to do.
        case idle
    }

    /// Why a part cannot do its work for now. It tries again.
    package struct Trouble: Equatable, Sendable {
        /// The last reason.
        package var reason: String
        /// When it began.
        package var since: ContinuousClock.Instant
    }

    /// All that is known of a part.
    package struct State: Equatable, Sendable {
        package var activity = Activity.working
        /// The last sign of life.
        package var beat: ContinuousClock.Instant
        package var trouble: Trouble?
        /// Times that something failed and was tried again, since the start.
        package var retries: UInt64 = 0
        /// Time of the first event of the batch that was handed over last.
        package var lastEvent: Timestamp?
        /// Whether a source has read all there is.
        package var isCaughtUp = false
    }

    private let storage: Mutex<State>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter now: the clock.
    package init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
        storage = Mutex(State(beat: now()))
    }

    package var state: State { storage.withLock { $0 } }

    /// It does something, or has done a piece of it.
    package func works() { become(.working) }

    /// It waits for something outside.
    package func waits() { become(.waiting) }

    /// It waits for something to do.
    package func rests() { become(.idle) }

    /// A source has handed over all there is, and waits for more.
    package func caughtUp() {
        storage.withLock { state in
            state.isCaughtUp = true
            state.trouble = nil
        }
        become(.idle)
    }

    /// A source hands over a batch whose first event is of this time; `nil` for a batch without events.
    package func handsOver(_ time: Timestamp?) {
        storage.withLock { state in
            state.isCaughtUp = false
            if let time { state.lastEvent = time }
        }
        become(.waiting)
    }

    /// Something failed and will be tried again.
    package func failed(_ reason: String) {
        let moment = now()
        storage.withLock { state in
            state.retries += 1
            state.trouble = Trouble(reason: reason, since: state.trouble?.since ?? moment)
            state.activity = .waiting
            state.beat = moment
        }
    }

    /// What it exists for has been done: there is no trouble any more.
    package func succeeded() {
        let moment = now()
        storage.withLock { state in
            state.trouble = nil
            state.beat = moment
        }
    }

    private func become(_ activity: Activity) {
        let moment = now()
        storage.withLock { state in
            state.activity = activity
            state.beat = moment
        }
    }
}
