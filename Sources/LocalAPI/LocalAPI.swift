package import EventModel
package import Logging
package import Pipeline
internal import Platform

/// The local HTTP API (`design.md`, section 7): takes events that programs and people send by hand over a Unix
/// socket, and answers once they are on stable storage.
///
/// It reads no records of others, so it has no cursor; its events carry the source name ``sourceName``. Who sends is
/// asked of the kernel once per connection. The same over TCP for those who show a token or a certificate.
package struct LocalAPI: Sendable {
    /// The source name of events sent by hand.
    package static let sourceName = "manual"

    /// Bounds that are no settings.
    package struct Limits: Sendable {
        /// Connections that are served at a time; others wait in the kernel's queue. One holds at most about 90 KiB.
        package var connections = 64
        /// Connections over TCP that are served at a time, beside those.
        package var remoteConnections = 32
        /// Taps at a time.
        package var taps = 8
        /// How long a tap says nothing before it sends a blank line.
        package var heartbeat = Duration.seconds(15)
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

    private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(30))

    private let settings: APISettings
    private let passed: PassedSocket?
    private let limits: Limits
    private let logger: Logger
    private let events: EventsEndpoint
    private let status: StatusEndpoint
    private let sinks: SinkEndpoint
    private let taps: any TapSource
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - passed: the Unix socket that systemd listens at, in the place of the one of the settings.
    ///   - acceptor: what takes the events: the spool.
    ///   - taps: where accepted events can be looked at: the spool.
    ///   - host: the `host` of events that name none: this machine.
    ///   - control: what an operator may do to the sinks; `nil` for nothing.
    ///   - newID: makes ids for events that bring none; no two may be equal.
    ///   - now: the time of events that bring none, and the observed time of all.
    ///   - status: what the daemon says of itself.
    package init(
        settings: APISettings, passed: PassedSocket? = nil, acceptor: any BatchAcceptor, taps: any TapSource,
        host: String, control: (any SinkControl)? = nil, limits: Limits = Limits(),
        clock: any Clock<Duration> = QuietClock(),
        newID: @escaping @Sendable () -> EventID = { EventID.random() },
        now: @escaping @Sendable () -> Timestamp, status: @escaping @Sendable () async -> StatusReport, logger: Logger
    ) {
        self.settings = settings
        self.passed = passed
        self.limits = limits
        self.logger = logger
        self.clock = clock
        self.taps = taps
        self.status = StatusEndpoint(report: status)
        sinks = SinkEndpoint(
            control: control, acceptor: acceptor, maximumBody: settings.maximumBody, limits: limits, clock: clock,
            now: now)
        events = EventsEndpoint(
            acceptor: acceptor,
            decoder: BodyDecoder(
                mapping: ManualMapping(host: Text(host)), maximumEventCount: limits.events, newID: newID, now: now),
            maximumBody: settings.maximumBody, limits: limits, clock: clock)
    }

    /// Serves until it is cancelled; then lets requests finish for ``Limits/grace`` and removes the socket's file.
    ///
    /// - Parameters:
    ///   - whenListening: called once, when clients can connect to the Unix socket.
    ///   - whenReachable: called when clients can connect over TCP, with the port.
    /// - Throws: ``LocalSocketError``; an error of the system when the socket breaks.
    package func run(
        whenListening: @Sendable () async -> Void = {},
        whenReachable: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws {
        let socket = try passed == nil ? LocalSocket.listen(at: settings.socket, mode: settings.socketMode) : nil
        defer { socket?.remove() }
        let tap = TapEndpoint(taps, limits: limits, clock: clock)
        let descriptor = try socket?.descriptor ?? passed?.duplicate() ?? -1
        let server = try await server(limits.connections, tap).local(descriptor)
        logger.notice(
            "The local API listens at \(socket == nil ? "the socket that systemd has passed" : "'\(settings.socket)'")."
        )
        await whenListening()
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await server.run()
                    guard Task.isCancelled else {
                        throw LocalSocketError.failed(settings.socket, "the socket was closed")
                    }
                }
                if let address = settings.listen {
                    group.addTask { await serve(address, tap, whenReachable) }
                }
                try await group.waitForAll()
            }
        } onCancel: {
            tap.stop()
        }
    }

    /// Serves over TCP until it is cancelled. An address that cannot be used is tried again: it may not be there yet.
    private func serve(
        _ address: APIAddress, _ tap: TapEndpoint, _ whenReachable: @Sendable (Int) async -> Void
    ) async {
        let doorkeeper = Doorkeeper(token: settings.token, logger: logger)
        var failures = 0
        while !Task.isCancelled {
            do {
                let server = try await server(limits.remoteConnections, tap, doorkeeper)
                    .remote(address, settings.tls)
                logger.notice("The local API listens at \(address)\(settings.tls == nil ? "" : " with TLS").")
                failures = 0
                await whenReachable(server.port)
                try await server.run()
            } catch {
                failures += 1
                if failures == 1 { logger.error("Cannot listen at \(address) (api.listen): \(error). Trying again.") }
            }
            var random = SystemRandomNumberGenerator()
            guard !Task.isCancelled else { return }
            try? await pause(Self.backoff.delay(afterFailures: max(failures, 1), using: &random))
        }
    }

    private func server(_ connectionLimit: Int, _ tap: TapEndpoint, _ doorkeeper: Doorkeeper? = nil) -> Server.Plan {
        Server.Plan(
            events: events, tap: tap, status: status, sinks: sinks, doorkeeper: doorkeeper, limits: limits,
            connectionLimit: connectionLimit, clock: clock, logger: logger)
    }
}

extension EventID {
    /// An id of 128 random bits of the system's generator.
    package static func random() -> EventID {
        var generator = SystemRandomNumberGenerator()
        return EventID(high: generator.next(), low: generator.next())
    }
}
