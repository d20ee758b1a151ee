internal import NIOCore
internal import Synchronization

/// The connections that are open, and their end.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isStopped = false
        /// The accept loop, when the connections are at their limit.
        var waitingForRoom: CheckedContinuation<Void, Never>?
        /// Whoever waits for the end of the last one.
        var waitingForEnd: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Adds a connection, and then waits while there are as many as there may be. One task calls this.
    ///
    /// After ``stop()`` the connection is closed at once.
    func add(_ channel: any Channel) async {
        let isStopped = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = channel
            return state.isStopped
        }
        if isStopped { channel.close(promise: nil) }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isStopped || state.open.count < limit { return true }
                state.waitingForRoom = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func remove(_ channel: any Channel) {
        let waiting = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            return [state.waitingForRoom.take(), state.open.isEmpty ? state.waitingForEnd.take() : nil]
        }
        for continuation in waiting { continuation?.resume() }
    }

    /// Ends connections without a request now, and the others after their answer.
    func stop() {
        let (channels, waiting) = state.withLock { state in
            state.isStopped = true
            return (Array(state.open.values), state.waitingForRoom.take())
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        waiting?.resume()
    }

    /// Closes every connection, whatever it is doing.
    func closeAll() {
        for channel in state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
    }

    /// Waits until no connection is left, or for `grace`.
    func waitUntilEmpty(atMost grace: Duration, clock: any Clock<Duration>) async {
        await withTaskGroup { group in
            group.addTask { await self.waitUntilEmpty() }
            group.addTask { try? await clock.sleep(for: grace) }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitUntilEmpty() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || state.open.isEmpty { return true }
                    state.waitingForEnd = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waitingForEnd.take() }?.resume()
        }
    }
}
