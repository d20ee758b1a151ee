internal import CLinux
internal import Glibc
internal import Synchronization

/// The continuous clock, but a task that sleeps on it starts none of the runtime's threads (``WorkerPool``).
package struct QuietClock: Clock {
    package typealias Instant = ContinuousClock.Instant

    package init() {}

    package var now: Instant { .now }
    package var minimumResolution: Duration { ContinuousClock().minimumResolution }

    /// Suspends until a moment.
    ///
    /// - Parameter tolerance: not made use of.
    /// - Throws: `CancellationError`.
    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try await Sleepers.shared.sleep(until: deadline)
    }
}

/// Tasks that sleep, and a thread that waits for the first of them to be due.
private final class Sleepers: Sendable {
    static let shared = Sleepers()

    private struct Sleeper {
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var sleepers: [UInt64: Sleeper] = [:]
        /// Numbers of tasks that were cancelled before they slept.
        var cancelled: Set<UInt64> = []
        var lastNumber: UInt64 = 0
        /// What the timer is set to.
        var due: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    /// -1 where the system had no descriptor for it: then the runtime's own clock does.
    private let timer = linux_timer()

    private init() {
        if timer >= 0 { startThread(name: "sleepers") { self.run() } }
    }

    func sleep(until deadline: ContinuousClock.Instant) async throws {
        guard timer >= 0 else { return try await Task.sleep(until: deadline, clock: .continuous) }
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let isDue = await withTaskCancellationHandler {
            await withCheckedContinuation { add(number, Sleeper(deadline: deadline, continuation: $0)) }
        } onCancel: {
            cancel(number)
        }
        // A cancellation may have come when it was due already.
        state.withLock { _ = $0.cancelled.remove(number) }
        guard isDue else { throw CancellationError() }
    }

    private func add(_ number: UInt64, _ sleeper: Sleeper) {
        let isCancelled = state.withLock { state in
            guard state.cancelled.remove(number) == nil else { return true }
            state.sleepers[number] = sleeper
            if state.due.map({ sleeper.deadline < $0 }) ?? true { set(sleeper.deadline, &state) }
            return false
        }
        if isCancelled { sleeper.continuation.resume(returning: false) }
    }

    private func cancel(_ number: UInt64) {
        let sleeper = state.withLock { state in
            let sleeper = state.sleepers.removeValue(forKey: number)
            if sleeper == nil { state.cancelled.insert(number) }
            // The timer stays: that it wakes up once for nothing is cheaper than looking for the next.
            return sleeper
        }
        sleeper?.continuation.resume(returning: false)
    }

    private func set(_ due: ContinuousClock.Instant?, _ state: inout State) {
        state.due = due
        guard let due else { return }
        // Zero would mean never.
        let time = max(due - .now, .nanoseconds(1)).components
        let nanoseconds = Int64(time.attoseconds / 1_000_000_000)
        _ = linux_set_timer(timer, time.seconds, time.seconds == 0 ? max(nanoseconds, 1) : nanoseconds)
    }

    private func run() -> Never {
        while true {
            var count: UInt64 = 0
            // The timer's descriptor is open as long as the process lives, and `count` has the eight bytes it writes.
            guard unsafe read(timer, &count, 8) == 8 else { continue }
            let due = state.withLock { state in
                let now = ContinuousClock.now
                let due = state.sleepers.filter { $0.value.deadline <= now }
                for number in due.keys { state.sleepers[number] = nil }
                set(state.sleepers.values.map(\.deadline).min(), &state)
                return due
            }
            for sleeper in due.values { sleeper.continuation.resume(returning: true) }
        }
    }
}
