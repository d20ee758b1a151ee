internal import Synchronization

/// A value that only grows, and that tasks wait for.
package final class Watermark<Value: Comparable & Sendable>: Sendable {
    private struct State {
        var value: Value
        var isFinished = false
        var nextWaiter = 0
        var waiters: [Int: (target: Value, continuation: CheckedContinuation<Bool, Never>)] = [:]
    }

    private let state: Mutex<State>

    package init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    package var value: Value { state.withLock { $0.value } }

    /// Raises the value; a smaller one changes nothing.
    package func advance(to value: Value) {
        let reached = state.withLock { state in
            guard value > state.value else { return [CheckedContinuation<Bool, Never>]() }
            state.value = value
            let ready = state.waiters.filter { $0.value.target <= value }
            for key in ready.keys { state.waiters[key] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in reached { continuation.resume(returning: true) }
    }

    /// Says that the value will not grow any more: those who wait for more are told.
    package func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiters.removeAll() }
            return state.waiters.values.map(\.continuation)
        }
        for continuation in waiting { continuation.resume(returning: false) }
    }

    /// Suspends until the value is at least `target`.
    ///
    /// - Returns: `false` when it was finished below.
    /// - Throws: `CancellationError`.
    package func wait(for target: Value) async throws -> Bool {
        let key = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let isReached = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.value >= target { return true }
                    if state.isFinished || Task.isCancelled { return false }
                    state.waiters[key] = (target, continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: key) }
            waiter?.continuation.resume(returning: false)
        }
        if !isReached { try Task.checkCancellation() }
        return isReached
    }
}
