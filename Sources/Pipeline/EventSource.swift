package import EventModel

/// Where events come from.
package protocol EventSource: Sendable {
    /// The configured name, which is a part of the identity of every event (G5).
    var name: String { get }

    /// Reads and hands over batches until it is cancelled, or, when `mode` is ``RunMode/once``, until all there
    /// is has been handed over.
    ///
    /// A failure that may pass is not thrown but retried here. Holds nothing when it returns.
    /// - Parameter cursor: where the spool says this source stands; `nil` at its first start.
    func run(from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor) async throws
}

/// Whether a run ends by itself.
package enum RunMode: Sendable {
    /// Goes on for ever.
    case forever
    /// Ends when all there is has been read and delivered.
    case once
}

/// Takes batches: the spool, or a test.
package protocol BatchAcceptor: Sendable {
    /// Takes a batch; it is then ordered after all that the same source handed over before.
    ///
    /// Suspends while the spool has no room (backpressure). Returns before the batch is durable.
    /// - Returns: what ``waitUntilDurable(_:)`` waits for.
    /// - Throws: `CancellationError`; ``AcceptanceError``.
    @discardableResult
    func accept(_ batch: consuming Batch) async throws -> AcceptanceTicket

    /// Returns when the batch that ``accept(_:)`` gave this ticket for, and all before it, is on stable storage.
    func waitUntilDurable(_ ticket: AcceptanceTicket) async throws
}

/// Names a batch that was taken. Later batches have greater tickets.
package struct AcceptanceTicket: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }

    package static func < (left: AcceptanceTicket, right: AcceptanceTicket) -> Bool {
        left.number < right.number
    }
}

/// Why a batch was not taken.
package enum AcceptanceError: Error, Equatable, CustomStringConvertible {
    /// It is larger than a frame may be.
    case tooLarge(byteCount: Int, limit: Int)
    /// The spool is stopped.
    case stopped

    package var description: String {
        switch self {
        case .tooLarge(let byteCount, let limit): "batch of \(byteCount) bytes is over the spool's limit of \(limit)"
        case .stopped: "the spool is stopped"
        }
    }
}
