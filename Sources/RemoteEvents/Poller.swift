internal import Pipeline

/// When a source asks its server, and what is said about it. Decides; performs no I/O.
struct Poller {
    private enum State: Equatable {
        /// The server answers. Next: `failing`.
        case answering
        /// It did not, so many times in a row, the last time for this reason. Next: `failing`, `answering`.
        case failing(attempts: Int, RemoteFailure.Kind)
    }

    /// What is worth a line in the log.
    enum Report: Equatable {
        case none
        /// The server does not give what it is asked for, or not for another reason than before.
        case failing
        /// It does again, after so many attempts that failed.
        case recovered(attempts: Int)
    }

    /// What to do after a failure.
    enum Action: Equatable {
        case retry(after: Duration, Report)
        /// The run should end by itself and has tried often enough.
        case giveUp
    }

    /// Growth and limit of the delay between tries.
    static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(300))
    /// Least delay after credentials were refused: servers lock accounts that try too often.
    static let credentialsDelay = Duration.seconds(60)
    /// Failures in a row after which a run that should end by itself gives up.
    static let attemptsOfOneRun = 3

    private var state = State.answering
    private let pollInterval: Duration
    private let mode: RunMode

    init(pollInterval: Duration, mode: RunMode) {
        self.pollInterval = pollInterval
        self.mode = mode
    }

    /// The server gave what it was asked for. The next request goes out at once.
    mutating func answered() -> Report {
        defer { state = .answering }
        switch state {
        case .answering: return .none
        case .failing(let attempts, _): return .recovered(attempts: attempts)
        }
    }

    /// Nothing more is there.
    ///
    /// - Returns: how long to wait; `nil` when the run ends here.
    func caughtUp() -> Duration? {
        switch mode {
        case .forever: pollInterval
        case .once: nil
        }
    }

    /// A request was answered badly or not at all.
    ///
    /// - Parameter retryAfter: how long the server asked us to wait.
    mutating func failed(
        _ failure: RemoteFailure, retryAfter: Duration?, using random: inout some RandomNumberGenerator
    ) -> Action {
        let attempts: Int
        let report: Report
        switch state {
        case .answering:
            attempts = 1
            report = .failing
        case .failing(let before, let kind):
            attempts = before + 1
            report = kind == failure.kind ? .none : .failing
        }
        state = .failing(attempts: attempts, failure.kind)
        if mode == .once, attempts >= Self.attemptsOfOneRun { return .giveUp }
        return .retry(after: delay(attempts, failure.kind, retryAfter, using: &random), report)
    }

    private func delay(
        _ attempts: Int, _ kind: RemoteFailure.Kind, _ retryAfter: Duration?,
        using random: inout some RandomNumberGenerator
    ) -> Duration {
        let least = kind == .credentials ? Self.credentialsDelay : .zero
        if let retryAfter { return max(least, retryAfter) }
        let bound = Self.backoff.bound(afterFailures: attempts)
        // At the limit without jitter: never more than one try in that time, and the jitter before has long spread
        // what failed together.
        if bound == Self.backoff.maximum { return bound }
        return max(least, bound * Double.random(in: 0...1, using: &random))
    }
}
