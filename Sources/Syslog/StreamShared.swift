internal import NIOCore
internal import NIOSSL
internal import Pipeline
internal import Synchronization

/// What the event loop and the sink both know of a stream.
final class StreamShared: Sendable {
    private struct State {
        var account: StreamAccount
        var wireByteCount: UInt64 = 0
        /// Bytes of ours of which sending has begun.
        var begunByteCount: UInt64 = 0
        var receivedByteCount = 0
        var isHandshakeFinished = false
        var problem: ConnectionProblem?
        var ended: Watermark<Int>?
    }

    let isEncrypted: Bool
    /// 1 when anything came from the receiver after the handshake, or the stream has ended.
    let heard = Watermark(0)
    private let state: Mutex<State>

    init(isEncrypted: Bool) {
        self.isEncrypted = isEncrypted
        state = Mutex(State(account: StreamAccount(isEncrypted: isEncrypted)))
    }

    var isEnded: Bool { problem != nil }
    var problem: ConnectionProblem? { state.withLock { $0.problem } }
    /// Bytes of ours that were sent before the end; `nil` while there is none.
    var finalByteCount: UInt64? { state.withLock { $0.problem == nil ? nil : $0.begunByteCount } }
    /// Bytes that were handed to the socket, those of the handshake included.
    var wireByteCount: UInt64 { state.withLock { $0.wireByteCount } }
    var receivedByteCount: Int { state.withLock { $0.receivedByteCount } }

    /// Names who is told of the end.
    func onEnd(_ ended: Watermark<Int>) {
        let isEnded = state.withLock { state in
            state.ended = ended
            return state.problem != nil
        }
        if isEnded { ended.advance(to: 1) }
    }

    /// Says that the stream has ended; the first reason counts.
    func end(_ problem: ConnectionProblem) {
        let ended = state.withLock { state in
            state.problem = state.problem ?? problem
            return state.ended
        }
        heard.advance(to: 1)
        ended?.advance(to: 1)
    }

    /// Says that sending so many bytes of ours begins, unless the stream has ended.
    func mayStillSend(_ byteCount: Int) -> Bool {
        state.withLock { state in
            guard state.problem == nil else { return false }
            state.begunByteCount += UInt64(byteCount)
            return true
        }
    }

    /// - Returns: bytes of ours that were handed over so far.
    func didSend(_ byteCount: Int, wireEnd: UInt64?) -> UInt64 {
        state.withLock { state in
            state.account.didSend(byteCount, wireEnd: wireEnd)
            return state.account.sent
        }
    }

    func didWrite(through end: UInt64) {
        state.withLock { $0.account.didWrite(through: end, wireEnd: $0.wireByteCount) }
    }

    func acknowledged(wire: UInt64) -> UInt64 {
        state.withLock { state in
            state.account.didAcknowledge(wire: wire)
            return state.account.acknowledged
        }
    }

    fileprivate func countWire(_ byteCount: Int) {
        state.withLock { $0.wireByteCount += UInt64(byteCount) }
    }

    fileprivate func hear() {
        heard.advance(to: 1)
    }

    /// Says that the handshake is over on our side.
    func finishHandshake() {
        state.withLock { $0.isHandshakeFinished = true }
    }

    fileprivate var isHandshakeFinished: Bool { state.withLock { $0.isHandshakeFinished } }

    fileprivate func countReceived(_ byteCount: Int) {
        state.withLock { $0.receivedByteCount += byteCount }
    }
}

/// Counts what goes to the socket and what comes from it: ciphertext, as it stands before TLS.
final class WireCounter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let shared: StreamShared
    /// Whether anything came in a read that began after the handshake.
    private var isAfterHandshake = false

    init(_ shared: StreamShared) {
        self.shared = shared
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        shared.countWire(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isAfterHandshake = isAfterHandshake || shared.isHandshakeFinished
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // By now TLS has looked at it: had it been a refusal, the stream's end would be known.
        if isAfterHandshake { shared.hear() }
    }
}

/// Notices when the receiver goes away, and lets what it says fall.
final class PeerWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let shared: StreamShared

    init(_ shared: StreamShared) {
        self.shared = shared
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        shared.countReceived(unwrapInboundIn(data).readableBytes)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            shared.end(ConnectionProblem(.ended, "the receiver has closed the connection"))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        shared.end(ConnectionProblem(.ended, "the receiver has closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOSSLError, error == .uncleanShutdown {
            shared.end(ConnectionProblem(.ended, "the receiver has closed the connection without a farewell of TLS"))
        } else {
            shared.end(ConnectionProblem(.ended, "the connection is broken: \(CertificateText.reason(error))"))
        }
        context.close(promise: nil)
    }
}
