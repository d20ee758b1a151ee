internal import Synchronization

/// A bound on what several tasks hold together: connections, bytes of bodies. First come, first served.
final class Budget: Sendable {
    private struct Waiter {
        let ticket: Int
        let count: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var tickets = 0
        var waiting: [Waiter] = []

        /// Takes from the queue whoever can go now.
        mutating func grant() -> [Waiter] {
            var granted = 0
            while granted < waiting.count, waiting[granted].count <= free {
                free -= waiting[granted].count
                granted += 1
            }
            defer { waiting.removeFirst(granted) }
            return Array(waiting.prefix(granted))
        }
    }

    private let state: Mutex<State>

    /// - Parameter total: what all together may hold.
    init(_ total: Int) {
        state = Mutex(State(free: total))
    }

    /// Takes `count`, which is at most the total, and waits for it in the order of the calls.
    ///
    /// - Throws: `CancellationError`, and then holds nothing.
    func take(_ count: Int) async throws {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait(Waiter(ticket: ticket, count: count, continuation: continuation))
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    /// Gives back `count` that was taken.
    func giveBack(_ count: Int) {
        let granted = state.withLock { state in
            state.free += count
            return state.grant()
        }
        for waiter in granted { waiter.continuation.resume() }
    }

    private func wait(_ waiter: Waiter) {
        let granted: [Waiter]? = state.withLock { state in
            // Looked at under the lock: a cancellation from here on finds the waiter in the queue.
            if Task.isCancelled { return nil }
            state.waiting.append(waiter)
            return state.grant()
        }
        guard let granted else { return waiter.continuation.resume(throwing: CancellationError()) }
        for waiter in granted { waiter.continuation.resume() }
    }

    private func cancel(_ ticket: Int) {
        let (cancelled, granted) = state.withLock { state -> (Waiter?, [Waiter]) in
            guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return (nil, []) }
            let waiter = state.waiting.remove(at: index)
            return (waiter, state.grant())  // Smaller ones may have stood behind it.
        }
        cancelled?.continuation.resume(throwing: CancellationError())
        for waiter in granted { waiter.continuation.resume() }
    }
}
