internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Pipeline
internal import Platform
internal import Synchronization

/// A stream to one receiver. What is sent is counted as delivered only when the receiver's kernel has it.
final class SyslogConnection: Sendable {
    /// How long connecting may take, and the handshake after it.
    static let connectTimeout = TimeAmount.seconds(10)
    /// Idle time before the first keep-alive probe, seconds between probes, and probes without an answer.
    private static let keepAlive: (idle: Int, interval: Int, count: Int) = (30, 10, 3)
    /// How long sent data may stay without an acknowledgement, in milliseconds. A receiver that has stopped reading
    /// for a minute keeps its connection; a dead one does not for hours.
    private static let userTimeout: Int = 120_000
    /// Largest stretch that goes into TLS at once: a record of RFC 8446, section 5.1.
    private static let recordByteCount = 1 << 14
    /// Largest stretch that goes to the socket at once without TLS: its memory is free again when it was written.
    private static let pieceByteCount = 1 << 16

    let address: SyslogAddress
    /// 1 when no more can be sent.
    let ended = Watermark(0)

    private let channel: any Channel
    private let shared: StreamShared
    private let socket: SocketHandle
    /// What the kernel had counted when the connection was made.
    private let baseline: UInt64

    private init(
        address: SyslogAddress, channel: any Channel, shared: StreamShared, socket: consuming SocketHandle,
        baseline: UInt64
    ) {
        self.address = address
        self.channel = channel
        self.shared = shared
        self.socket = socket
        self.baseline = baseline
        shared.onEnd(ended)
    }

    /// Resolves the name, connects, and with TLS believes the receiver.
    ///
    /// - Parameter grace: how long a silent receiver may take to refuse us.
    static func open(
        to address: SyslogAddress, tls settings: SyslogTLSSettings, grace: TLSGuardian.RefusalGrace = .init()
    ) async throws(ConnectionProblem) -> SyslogConnection {
        let guardian = address.transport == .tls ? try TLSGuardian(settings, address, grace) : nil
        let shared = StreamShared(isEncrypted: guardian != nil)
        let channel = try await connect(to: address, shared)
        do throws(ConnectionProblem) {
            let socket = try await handle(of: channel)
            guard let status = socket.status() else {
                throw ConnectionProblem(
                    .unreachable, "this kernel does not count acknowledged bytes; Linux 4.1 or later does")
            }
            if let guardian { try await guardian.secure(channel, shared) }
            return SyslogConnection(
                address: address, channel: channel, shared: shared, socket: socket, baseline: status.acknowledged)
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    /// Connects; a cancelled task does not wait for the end of it.
    static func connect(
        to address: SyslogAddress, _ shared: StreamShared
    ) async throws(ConnectionProblem) -> any Channel {
        let connecting = bootstrap(shared).connect(host: address.host, port: address.port)
        let promise = connecting.eventLoop.makePromise(of: (any Channel).self)
        connecting.cascade(to: promise)
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(CancellationError())
                connecting.whenSuccess { $0.close(promise: nil) }
            }
        } catch {
            throw ConnectionProblem(.unreachable, "cannot connect: \(Self.reason(error))")
        }
    }

    private static func bootstrap(_ shared: StreamShared) -> ClientBootstrap {
        ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(connectTimeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(
                .tcpOption(.init(rawValue: TCP_KEEPIDLE)),
                value: keepAlive.idle
            )
            .channelOption(
                .tcpOption(.init(rawValue: TCP_KEEPINTVL)),
                value: keepAlive.interval
            )
            .channelOption(
                .tcpOption(.init(rawValue: TCP_KEEPCNT)),
                value: keepAlive.count
            )
            .channelOption(
                .tcpOption(.init(rawValue: TCP_USER_TIMEOUT)),
                value: userTimeout
            )
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A receiver that will say no more may still read: what is on its way is not torn off.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WireCounter(shared))
                    try channel.pipeline.syncOperations.addHandler(PeerWatch(shared), position: .last)
                }
            }
    }

    /// The innermost reason of NIO's errors, in a few words.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(first.error) }
            return "the name '\(error.host)' is not known"
        case let error as IOError: return systemMessage(error.errnoCode)
        case ChannelError.connectTimeout:
            return "no answer within \(connectTimeout.nanoseconds / 1_000_000_000) seconds"
        default: return "\(error)"
        }
    }

    private static func handle(of channel: any Channel) async throws(ConnectionProblem) -> SocketHandle {
        let descriptor: Int32?
        do {
            // On the loop, where NIO's descriptor cannot be closed and given to another socket meanwhile.
            descriptor = try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                    SocketHandle.duplicate($0)
                }
            }.get()
        } catch {
            throw ConnectionProblem(.ended, "the connection ended at once: \(reason(error))")
        }
        guard let descriptor, descriptor >= 0 else {
            throw ConnectionProblem(
                .unreachable, "no descriptor is left for the connection", remedy: "Raise LimitNOFILE of the service.")
        }
        return SocketHandle(owning: descriptor)
    }

    /// Hands bytes over. They go out in the order of the calls, unless the connection has ended.
    func send(_ bytes: [UInt8]) {
        let channel = channel
        let shared = shared
        let stretchByteCount = shared.isEncrypted ? Self.recordByteCount : Self.pieceByteCount
        channel.eventLoop.execute {
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + stretchByteCount)
                guard shared.mayStillSend(end - start) else { return }
                let before = shared.wireByteCount
                let written = channel.writeAndFlush(ByteBuffer(bytes: bytes[start..<end]))
                let after = shared.wireByteCount
                // TLS may hold a record back, as after a request to change keys.
                let isWhole = after - before >= UInt64(end - start)
                let through = shared.didSend(end - start, wireEnd: isWhole ? after : nil)
                if !isWhole { written.whenSuccess { shared.didWrite(through: through) } }
                start = end
            }
        }
    }

    /// Why nothing should be sent any more; `nil` while the receiver is there. Asks the kernel.
    func problem() -> ConnectionProblem? {
        if let problem = shared.problem { return problem }
        guard let reason = socket.peerProblem() else { return nil }
        shared.end(ConnectionProblem(.ended, reason))
        return shared.problem
    }

    /// Bytes of what was sent that the receiver's kernel has. Asks the kernel.
    func acknowledgedByteCount() -> UInt64 {
        guard let status = socket.status() else { return shared.acknowledged(wire: 0) }
        return shared.acknowledged(wire: status.acknowledged - min(baseline, status.acknowledged))
    }

    /// Bytes that were sent on a stream that has ended; `nil` before, when more may be.
    var finalByteCount: UInt64? { shared.finalByteCount }

    /// Whether nothing more will ever be acknowledged.
    var isClosed: Bool { socket.status()?.isClosed ?? true }

    /// Says goodbye; what the kernel has not sent yet still goes out.
    func close() {
        shared.end(ConnectionProblem(.ended, "closed by Tributary"))
        channel.close(promise: nil)
    }

    /// The receiver's certificate; `nil` without TLS.
    func certificate() async -> NIOSSLCertificate? {
        try? await channel.nioSSL_peerCertificate().get()
    }

    /// The version of TLS, as RFCs write it; `nil` without TLS.
    func version() async -> String? {
        switch try? await channel.nioSSL_tlsVersion().get() {
        case .tlsv12: "TLS 1.2"
        case .tlsv13: "TLS 1.3"
        case .tlsv1, .tlsv11, .none: nil
        }
    }

    /// Bytes that the receiver has said, which syslog has no use for.
    var receivedByteCount: Int { shared.receivedByteCount }
}
