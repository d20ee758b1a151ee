package import EventModel
package import Pipeline
internal import Synchronization

/// A spool for tests: keeps what it is given, and does on command what a spool does when it has trouble.
package final class RecordingAcceptor: BatchAcceptor {
    private struct State {
        var batches: [Batch] = []
        var refusal: AcceptanceError?
        var hasRoom = true
        /// Batches that it takes before it has no room.
        var room = Int.max
        /// Batches that wait for room.
        var heldCount = 0
        var isDurabilityHeld = false
        /// Whoever waits for the state to change, by a ticket.
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var tickets = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// What was accepted, in order.
    package var batches: [Batch] { state.withLock { $0.batches } }

    /// The events of all batches.
    package func events() throws -> [Event] {
        try batches.flatMap { batch in
            var reader = BatchReader(batch.payload)
            var events: [Event] = []
            while try reader.next() { events.append(reader.event()) }
            return events
        }
    }

    /// From now on nothing that is accepted becomes durable.
    package func holdDurability() {
        change { $0.isDurabilityHeld = true }
    }

    /// Makes everything durable.
    package func releaseDurability() {
        change { $0.isDurabilityHeld = false }
    }

    /// From now on ``accept(_:)`` suspends, as with a full disk, or does so no more.
    package func setHasRoom(_ hasRoom: Bool) {
        change { $0.hasRoom = hasRoom }
    }

    /// Has no room for more than so many batches in all.
    package func setRoom(forBatches count: Int) {
        change { $0.room = count }
    }

    /// From now on every batch is refused; `nil`: none.
    package func refuse(with error: AcceptanceError?) {
        change { $0.refusal = error }
    }

    /// Returns once so many batches were accepted.
    package func waitForBatches(count: Int) async throws {
        try await wait(until: { $0.batches.count >= count })
    }

    /// Returns once batches were accepted for which so many records were read.
    package func waitForRecords(count: UInt64) async throws {
        try await wait(until: { $0.batches.reduce(0) { $0 + $1.counts.read } >= count })
    }

    /// Returns once a batch waits for room.
    package func waitForHeldBatch() async throws {
        try await wait(until: { $0.heldCount > 0 && $0.batches.count >= $0.room })
    }

    package func accept(_ batch: consuming Batch) async throws -> AcceptanceTicket {
        let batch = batch
        change { $0.heldCount += 1 }
        defer { change { $0.heldCount -= 1 } }
        try await wait(until: { $0.hasRoom && $0.batches.count < $0.room || $0.refusal != nil })
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
        var position = AcceptanceTicket(number: 0)
        change { state in
            state.batches.append(batch)
            position = AcceptanceTicket(number: UInt64(state.batches.count))
        }
        return position
    }

    package func waitUntilDurable(_ position: AcceptanceTicket) async throws {
        try await wait(until: { !$0.isDurabilityHeld || $0.refusal != nil })
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when the condition holds.
    private func wait(until condition: @Sendable (borrowing State) -> Bool) async throws {
        while !state.withLock({ condition($0) }) {
            try Task.checkCancellation()
            await waitForChange(unless: condition)
        }
    }

    private func waitForChange(unless condition: @Sendable (borrowing State) -> Bool) async {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || condition(state) { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }
}
