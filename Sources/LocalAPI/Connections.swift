internal import CLinux
internal import EventModel
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization

/// Who is at the other end of a connection.
enum Peer: Sendable {
    /// A process of this machine.
    case process(linux_peer)
    /// Somebody at an IP address.
    case address(Text)
}

/// A client's connection and who is at its other end.
struct Connection: Sendable {
    let stream: HTTP1Channel.Value
    let peer: Peer
}

/// The connections that are open, and their end.
///
/// NIO ends the process when a stream of a connection goes away unused, and it drops connections that it had
/// accepted when the listener is closed. So all that are not served yet are kept here, too.
final class Connections: Sendable {
    private struct Open {
        let channel: any Channel
        var hasRequest = false
    }

    private struct State {
        var open: [ObjectIdentifier: Open] = [:]
        /// Connections that the accept loop has not got.
        var unserved: [ObjectIdentifier: Connection] = [:]
        /// Streams that are being made at this moment.
        var openingCount = 0
        /// Whether no more streams may be made.
        var isClosed = false
        /// Connections that were let in, and the one that waits for it.
        var servedCount = 0
        var isStopped = false
        /// The accept loop, when the connections are at their limit.
        var waitingForRoom: CheckedContinuation<Void, Never>?
        /// Whoever waits for streams that are being made.
        var waitingForUnserved: CheckedContinuation<Void, Never>?
        /// Whoever waits for the end of the last one.
        var waitingForEnd: CheckedContinuation<Void, Never>?
    }

    /// How long after ``stop()`` a connection's first request may come: its client has it on its way, and would not
    /// know what became of it.
    private static let patience = TimeAmount.milliseconds(500)

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Makes the stream of a new connection; called on the connection's event loop.
    ///
    /// The connection goes away by itself when it is closed. After ``stop()`` that is soon.
    func open(
        _ channel: any Channel, peer: Peer, _ makeStream: () -> EventLoopFuture<HTTP1Channel.Value>
    ) -> EventLoopFuture<Connection> {
        let key = ObjectIdentifier(channel)
        let isAllowed = state.withLock { state in
            if !state.isClosed { state.openingCount += 1 }
            return !state.isClosed
        }
        guard isAllowed else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        let connection = makeStream().map { Connection(stream: $0, peer: peer) }
        connection.whenComplete { result in
            self.opened(channel, try? result.get())
            channel.closeFuture.whenComplete { _ in self.remove(key) }
        }
        return connection
    }

    private func opened(_ channel: any Channel, _ connection: Connection?) {
        let (isStopped, waiting) = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = Open(channel: channel)
            state.unserved[ObjectIdentifier(channel)] = connection
            state.openingCount -= 1
            return (state.isStopped, state.openingCount == 0 ? state.waitingForUnserved.take() : nil)
        }
        if isStopped { endWithoutRequest(channel) }
        waiting?.resume()
    }

    /// Says that a request has come. After ``stop()`` it is the connection's last one.
    func requestArrived(_ channel: any Channel) {
        let isStopped = state.withLock { state in
            state.open[ObjectIdentifier(channel)]?.hasRequest = true
            return state.isStopped
        }
        if isStopped { end(channel) }
    }

    /// Says that a connection has come through the accept loop.
    func claim(_ connection: Connection) {
        state.withLock { $0.unserved[ObjectIdentifier(connection.stream.channel)] = nil }
    }

    /// Closes the door, and takes the connections that did not come through the accept loop.
    func takeUnserved() async -> [Connection] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                state.isClosed = true
                if state.openingCount > 0 { state.waitingForUnserved = continuation }
                return state.openingCount == 0
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { state in
            defer { state.unserved = [:] }
            return Array(state.unserved.values)
        }
    }

    /// Waits until one more connection may be served; ``leave()`` ends that. One task calls this.
    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                state.servedCount += 1
                if state.isStopped || state.servedCount <= limit { return true }
                state.waitingForRoom = continuation
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Says that a connection is no longer served.
    func leave() {
        let waiting = state.withLock { state in
            state.servedCount -= 1
            return state.waitingForRoom.take()
        }
        waiting?.resume()
    }

    private func remove(_ key: ObjectIdentifier) {
        let waiting = state.withLock { state in
            state.open[key] = nil
            return state.open.isEmpty ? state.waitingForEnd.take() : nil
        }
        waiting?.resume()
    }

    /// Ends every connection after its answer: now, where it had a request and no other one came, and where it had
    /// none, after a moment.
    func stop() {
        let (connections, waiting) = state.withLock { state in
            state.isStopped = true
            return (Array(state.open.values), state.waitingForRoom.take())
        }
        for connection in connections {
            if connection.hasRequest { end(connection.channel) } else { endWithoutRequest(connection.channel) }
        }
        waiting?.resume()
    }

    private func end(_ channel: any Channel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    private func endWithoutRequest(_ channel: any Channel) {
        channel.eventLoop.scheduleTask(in: Self.patience) { self.end(channel) }
    }

    /// Closes every connection, whatever it is doing.
    func closeAll() {
        for channel in state.withLock({ $0.open.values.map(\.channel) }) { channel.close(promise: nil) }
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
