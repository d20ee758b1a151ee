internal import Logging
internal import Pipeline

/// A part of the daemon that runs as a child task and can be stopped by itself.
final class RunningPart: Sendable {
    let name: String

    private let stopRequest = Watermark(0)
    private let end = Watermark(0)

    init(name: String) {
        self.name = name
    }

    /// Runs `body` until it ends or ``stop()`` is called.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        defer { end.advance(to: 1) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let stopRequest = stopRequest
            group.addTask { try await body() }
            group.addTask { _ = try await stopRequest.wait(for: 1) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Stops the part and returns when it has ended.
    func stop() async throws {
        stopRequest.advance(to: 1)
        _ = try await end.wait(for: 1)
    }
}
