internal import Logging
internal import Pipeline
internal import Platform

/// Keeps the service manager informed: feeds its watchdog while every part makes progress, with a line of status.
///
/// A part that waits for something outside (a receiver that is down, a server that refuses, a full spool) is no reason
/// to start the daemon anew; one that hangs is. Without a watchdog nothing here ever wakes up.
struct Supervision: Sendable {
    let wiring: Wiring
    let logger: Logger

    /// Runs until it is cancelled.
    func run() async throws {
        guard let interval = ServiceManager.watchdogInterval() else {
            _ = try await Watermark(0).wait(for: 1)
            return
        }
        var line = StatusLine()
        var hangs = false
        while true {
            let findings = await wiring.findings().filter(\.isStuck)
            if findings.isEmpty {
                ServiceManager.tell(.watchdog, .status(line.text(of: await wiring.standing(), at: .now)))
                if hangs { logger.notice("Every part makes progress again.") }
                hangs = false
            } else if !hangs {
                hangs = true
                for finding in findings {
                    logger.critical(
                        """
                        \(finding.title) \(finding.reason). The watchdog is no longer fed; the service manager will \
                        start the daemon anew.
                        """)
                }
            }
            try await pause(interval / 3)
        }
    }
}

/// The line that `systemctl status` shows: rate and backlog.
struct StatusLine {
    /// What was taken when the line was last made.
    private var last: (taken: UInt64, time: ContinuousClock.Instant)?

    /// The line for now.
    mutating func text(of standing: Standing, at time: ContinuousClock.Instant) -> String {
        var text = "\(standing.taken) events taken"
        if let last, time > last.time {
            let seconds = Double((time - last.time).components.seconds)
            if seconds >= 1 { text += ", \(Int(Double(standing.taken - last.taken) / seconds))/s" }
        }
        last = (standing.taken, time)
        let behind = standing.waiting.filter { $0.count > 0 }
        text += "; "
        text +=
            behind.isEmpty ? "all delivered" : behind.map { "\($0.count) wait for \($0.sink)" }.joined(separator: ", ")
        return standing.isFull ? text + "; the spool is full" : text
    }

    /// What the line is about.
    struct Standing: Sendable {
        var taken: UInt64
        var waiting: [(sink: String, count: UInt64)]
        var isFull: Bool
    }
}
