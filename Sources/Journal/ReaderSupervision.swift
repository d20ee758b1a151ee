/// Decides when a reader that ended is started again.
struct ReaderSupervision: Equatable, Sendable {
    /// What to do after a reader ended.
    enum Action: Equatable, Sendable {
        case restart(after: Duration)
        /// Look for the file that is deadly first.
        case examineFiles(after: Duration)
    }

    /// First and longest time between two starts; the one in use is random below it (full jitter).
    static let shortestDelay = Duration.milliseconds(250)
    static let longestDelay = Duration.seconds(30)
    /// Ends without progress after which the files are examined.
    static let failuresBeforeExamination = 3

    /// Ends since the last progress.
    private(set) var failureCount = 0

    /// The reader moved the cursor, or told that there is no more.
    mutating func progressed() {
        failureCount = 0
    }

    /// A reader ended that should not have.
    mutating func ended(using random: inout some RandomNumberGenerator) -> Action {
        failureCount += 1
        let ceiling = min(Self.shortestDelay * (1 << min(failureCount - 1, 10)), Self.longestDelay)
        let delay = ceiling * Double.random(in: 0...1, using: &random)
        return failureCount.isMultiple(of: Self.failuresBeforeExamination)
            ? .examineFiles(after: delay) : .restart(after: delay)
    }
}
