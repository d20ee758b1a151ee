internal import CLinux
package import EventModel
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOPosix
package import Pipeline

/// The local HTTP API (`design.md`, section 7): takes events that programs and people send by hand over a Unix
/// socket, and answers once they are on stable storage.
///
/// It reads no records of others, so it has no cursor; its events carry the source name ``sourceName``. Who sends is
/// asked of the kernel once per connection.
package struct LocalAPI: Sendable {
    /// The source name of events sent by hand.
    package static let sourceName = "manual"

    /// Bounds that are no settings.
    package struct Limits: Sendable {
        /// Connections that are served at a time; others wait in the kernel's queue. One holds at most about 90 KiB.
        package var connections = 64
        /// Events in one request.
        package var events = 100_000
        /// Bodies up to this size, in bytes, are read at once; of larger ones one is in memory at a time.
        package var smallBody = 64 << 10
        /// How long a request may wait for room in memory, and then for room in the spool.
        package var acceptance = Duration.seconds(30)
        /// How long a body may take to arrive.
        package var transmission = Duration.seconds(30)
        /// How long requests may go on after cancellation.
        package var grace = Duration.seconds(1)

        package init() {}
    }

    private let settings: APISettings
    private let limits: Limits
    private let logger: Logger
    private let events: EventsEndpoint
    private let status: StatusEndpoint
    private let sinks: SinkEndpoint
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - acceptor: what takes the events: the spool.
    ///   - host: the `host` of events that name none: this machine.
    ///   - control: what an operator may do to the sinks; `nil` for nothing.
    ///   - newID: makes ids for events that bring none; no two may be equal.
    ///   - now: the time of events that bring none, and the observed time of all.
    ///   - status: what the daemon says of itself.
    package init(
        settings: APISettings, acceptor: any BatchAcceptor, host: String, control: (any SinkControl)? = nil,
        limits: Limits = Limits(),
        clock: any Clock<Duration> = ContinuousClock(), newID: @escaping @Sendable () -> EventID = { EventID.random() },
        now: @escaping @Sendable () -> Timestamp, status: @escaping @Sendable () async -> StatusReport, logger: Logger
    ) {
        self.settings = settings
        self.limits = limits
        self.logger = logger
        self.clock = clock
        self.status = StatusEndpoint(report: status)
        events = EventsEndpoint(
            acceptor: acceptor, mapping: ManualMapping(host: Text(host)), maximumBody: settings.maximumBody,
            limits: limits, clock: clock, newID: newID, now: now)
        sinks = SinkEndpoint(
            control: control, acceptor: acceptor, maximumBody: settings.maximumBody, limits: limits, clock: clock,
            now: now)
    }

    /// Serves until it is cancelled; then lets requests finish for ``Limits/grace`` and removes the socket's file.
    ///
    /// - Parameter whenListening: called once, when clients can connect.
    /// - Throws: ``LocalSocketError``; an error of the system when the socket breaks.
    package func run(whenListening: @Sendable () async -> Void = {}) async throws {
        let socket = try LocalSocket.listen(at: settings.socket, mode: settings.socketMode)
        defer { socket.remove() }
        let connections = Connections(limit: limits.connections)
        let listener = try await bind(socket.descriptor, connections)
        logger.notice("The local API listens at '\(settings.socket)'.")
        await whenListening()
        // No child of this task: its cancellation must not reach requests that are being answered. It ends before
        // this function returns.
        let serving = Task { try await serve(listener, connections) }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            listener.channel.close(promise: nil)
            connections.stop()
        }
        guard Task.isCancelled else { throw LocalSocketError.failed(settings.socket, "the socket was closed") }
    }

    private func bind(
        _ descriptor: Int32, _ connections: Connections
    ) async throws -> NIOAsyncChannel<Connection, Never> {
        let http = HTTP1Channel(responder: { _, _, _ in }, configuration: channelConfiguration)
        let logger = logger
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // A connection whose request waits for its turn holds a few reads; with this they are small.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8 << 10))
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .bind(descriptor) { channel in
                channel.peerCredentials().flatMap { peer in
                    connections.open(channel, peer: peer) { http.setup(channel: channel, logger: logger) }
                }
            }
    }

    private var channelConfiguration: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            // Longer than a request may wait with its body unread.
            idleTimeout: TimeAmount(limits.acceptance + .seconds(30)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64))
    }

    private func serve(_ listener: NIOAsyncChannel<Connection, Never>, _ connections: Connections) async throws {
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
            for connection in await connections.takeUnserved() {
                connection.stream.channel.close(promise: nil)
                group.addTask { await handle(connection) }
            }
            await connections.waitUntilEmpty(atMost: limits.grace, clock: clock)
            connections.closeAll()
            group.cancelAll()
        }
    }

    private func handle(_ connection: Connection) async {
        let sender = await Sender.find(connection.peer)
        let http = HTTP1Channel(
            responder: { request, writer, channel in
                try await Exchange(
                    request: request, sender: sender, channel: channel, events: events, status: status, sinks: sinks,
                    limits: limits
                )
                .respond(writer)
            }, configuration: channelConfiguration)
        await http.handle(value: connection.stream, logger: logger)
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

extension EventID {
    /// An id of 128 random bits of the system's generator.
    package static func random() -> EventID {
        var generator = SystemRandomNumberGenerator()
        return EventID(high: generator.next(), low: generator.next())
    }
}
