package import EventModel
internal import Pipeline
internal import Platform

/// Carries requests to servers: HTTP, or a test.
package protocol RemoteTransport: Sendable {
    /// Sends a request and waits for the whole answer.
    ///
    /// - Throws: ``RemoteFailure`` when there is none; `CancellationError`.
    func send(_ request: RemoteRequest) async throws -> RemoteAnswer

    /// Closes what is open. The transport can be used again.
    func close() async
}

extension RemoteFailure: Error {}

/// The time that a source lives by.
package struct RemoteClock: Sendable {
    /// The moment on the wall.
    package let now: @Sendable () -> Timestamp
    /// Suspends for a time; throws `CancellationError`.
    package let pause: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp, pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.pause = pause
    }

    /// The machine's.
    package static let machine = RemoteClock(
        now: { Timestamp(microseconds: LocalTime.now()) }, pause: { try await Pipeline.pause($0) })
}
