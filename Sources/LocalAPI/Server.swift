internal import CLinux
internal import EventModel
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Platform

/// A socket that listens, and those who are connected to it.
struct Server: Sendable {
    /// What a server does, before it has a socket.
    struct Plan: Sendable {
        let events: EventsEndpoint
        let tap: TapEndpoint
        let status: StatusEndpoint
        let sinks: SinkEndpoint
        /// Who is let in; `nil` on the Unix socket.
        let doorkeeper: Doorkeeper?
        let limits: LocalAPI.Limits
        /// Connections that are served at a time.
        let connectionLimit: Int
        let clock: any Clock<Duration>
        let logger: Logger
    }

    private let plan: Plan
    private let connections: Connections
    private let listener: NIOAsyncChannel<Connection, Never>

    /// The port of a TCP socket; 0 for another.
    var port: Int { listener.channel.localAddress?.port ?? 0 }

    fileprivate init(_ plan: Plan, _ connections: Connections, _ listener: NIOAsyncChannel<Connection, Never>) {
        self.plan = plan
        self.connections = connections
        self.listener = listener
    }

    /// Serves until it is cancelled; then lets requests finish for ``LocalAPI/Limits/grace``.
    func run() async throws {
        // No child of this task: its cancellation must not reach requests that are being answered. It ends before
        // this function returns.
        let serving = Task(executorPreference: WorkerPool.shared) { try await serve() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            closeListener()
            connections.stop()
        }
    }

    /// Accepts no more, and closes the listener when what it has accepted is a connection: NIO closes what it has still on
    /// its way then, and a client would not know what became of its request.
    private func closeListener() {
        let channel = listener.channel
        var settled = channel.setOption(.autoRead, value: false)
        // An accepted socket goes to its loop and back twice, for its options and for its handlers.
        for _ in 0..<2 {
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
                settled = settled.flatMap { loop.submit {} }
            }
        }
        settled.whenComplete { _ in channel.close(promise: nil) }
    }

    private func serve() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { accepted in
                for try await connection in accepted {
                    connections.claim(connection)
                    await connections.enter()
                    group.addTask {
                        await handle(connection)
                        connections.leave()
                    }
                }
            }
            connections.stop()
            for connection in await connections.takeUnserved() { group.addTask { await handle(connection) } }
            await connections.waitUntilEmpty(atMost: plan.limits.grace, clock: plan.clock)
            connections.closeAll()
            group.cancelAll()
        }
    }

    private func handle(_ connection: Connection) async {
        let sender: Sender
        switch connection.peer {
        case .process(let peer): sender = await Sender.find(peer)
        case .address(let address): sender = Sender(address: address)
        }
        let plan = plan
        let connections = connections
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                connections.requestArrived(channel)
                try await Exchange(
                    request: request, sender: sender, channel: channel, events: plan.events, tap: plan.tap,
                    status: plan.status, sinks: plan.sinks, doorkeeper: plan.doorkeeper, limits: plan.limits
                ).respond(writer)
            }, configuration: plan.channelConfiguration)
        await http.handle(value: connection.stream, logger: plan.logger)
    }
}

extension Server.Plan {
    /// A server on a Unix socket that listens.
    ///
    /// - Parameter descriptor: is closed with the server.
    func local(_ descriptor: Int32) async throws -> Server {
        let connections = Connections(limit: connectionLimit)
        let http = http
        let logger = logger
        let listener =
            try await bootstrap
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(descriptor) { channel in
                channel.peerCredentials().flatMap { peer in
                    connections.open(channel, peer: .process(peer)) { http.setup(channel: channel, logger: logger) }
                }
            }
        return Server(self, connections, listener)
    }

    /// A server on a TCP address, with TLS where there are settings for it.
    func remote(_ address: APIAddress, _ tls: APITLSSettings?) async throws -> Server {
        let connections = Connections(limit: connectionLimit)
        let http = http
        let logger = logger
        let context = try tls.map { try NIOSSLContext(configuration: $0.serverConfiguration()) }
        let listener =
            try await bootstrap
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .bind(host: address.host, port: address.port) { channel in
                let peer = Peer.address(Text(channel.remoteAddress?.ipAddress ?? ""))
                return channel.eventLoop.makeCompletedFuture {
                    guard let context else { return }
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }.flatMap {
                    connections.open(channel, peer: peer) { http.setup(channel: channel, logger: logger) }
                }
            }
        return Server(self, connections, listener)
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // A connection whose request waits for its turn holds a few reads; with this they are small.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8 << 10))
            .childChannelOption(.maxMessagesPerRead, value: 1)
    }

    private var http: HTTP1Channel {
        HTTP1Channel(responder: { _, _, _ in }, configuration: channelConfiguration)
    }

    fileprivate var channelConfiguration: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            // Longer than a request may wait with its body unread.
            idleTimeout: TimeAmount(limits.acceptance + .seconds(30)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64))
    }
}

extension Channel {
    /// Who is at the other end of this Unix socket.
    fileprivate func peerCredentials() -> EventLoopFuture<linux_peer> {
        guard let options = self as? any SocketOptionProvider else {
            return eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        // SO_PEERCRED of unix(7) fills a `struct ucred`, which `linux_peer` has the layout of.
        return options.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET), name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
    }
}
