internal import Platform

/// How long to wait between tries of something that fails: doubling, with jitter.
package struct Backoff: Equatable, Sendable {
    /// Upper bound of the first delay.
    package let initial: Duration
    /// Upper bound of all delays.
    package let maximum: Duration

    package init(initial: Duration, maximum: Duration) {
        self.initial = initial
        self.maximum = maximum
    }

    /// Upper bound of the delay after so many failures in a row, from 1.
    package func bound(afterFailures failures: Int) -> Duration {
        guard failures < 32 else { return maximum }
        return min(maximum, initial * (1 << (max(1, failures) - 1)))
    }

    /// A delay between half of the bound and the bound, so that what failed together does not try together.
    package func delay(afterFailures failures: Int, using random: inout some RandomNumberGenerator) -> Duration {
        bound(afterFailures: failures) * Double.random(in: 0.5...1, using: &random)
    }
}

/// Suspends for a time. The one place where the event path sleeps.
///
/// - Throws: `CancellationError`.
package func pause(_ duration: Duration) async throws {
    try await QuietClock().sleep(for: duration)
}
