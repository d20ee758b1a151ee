import EventModel
import Pipeline
import RemoteServers
import TestSupport

@testable import RemoteEvents

/// A tail of a real Panko through the whole source, which can be killed between any two requests.
final class PankoTail {
    let acceptor = RecordingAcceptor()
    let log = RecordedLog()
    private let settings: PankoSettings
    private let clock: RemoteClock

    init(_ settings: PankoSettings, now: @escaping @Sendable () -> Timestamp = RemoteClock.machine.now) {
        self.settings = settings
        clock = RemoteClock(now: now, pause: { _ in })
    }

    /// Reads all there is, from where the last run got to.
    ///
    /// - Parameter hook: called before each request with its number, from 0; what it throws, the transport throws.
    func run(before hook: @escaping @Sendable (Int, RemoteRequest) async throws -> Void = { _, _ in }) async throws {
        let settings = settings
        let transport = HookedTransport(HTTPTransport(settings.remote, version: "test"), hook)
        let source = RemoteSource(
            name: "panko", settings: settings.remote, transport: transport, clock: clock, logger: log.logger
        ) { PankoAPI(settings: settings, cursor: $0) }
        try await source.run(from: acceptor.batches.last?.cursor, mode: .once, into: acceptor)
    }

    /// The ids that an event of each of these has.
    func ids(_ natives: [String]) -> [EventID] {
        let page = RemotePage(source: "panko", observedTime: second(0))
        return natives.map { page.id(of: Text($0)) }
    }
}

/// Does something before each request.
private actor HookedTransport: RemoteTransport {
    private let transport: HTTPTransport
    private let hook: @Sendable (Int, RemoteRequest) async throws -> Void
    private var count = 0

    init(_ transport: HTTPTransport, _ hook: @escaping @Sendable (Int, RemoteRequest) async throws -> Void) {
        self.transport = transport
        self.hook = hook
    }

    func send(_ request: RemoteRequest) async throws -> RemoteAnswer {
        count += 1
        try await hook(count - 1, request)
        return try await transport.send(request)
    }

    func close() async { await transport.close() }
}
