internal import CSystemd
internal import Glibc

/// The service manager that started this process: sd_notify(3), sd_watchdog_enabled(3). Without one nothing happens.
package enum ServiceManager {
    /// Something to tell it.
    package enum Message: Equatable, Sendable {
        /// Start-up, or a reload, is finished.
        case ready
        /// The settings are being read again.
        case reloading
        case stopping
        /// The service is alive.
        case watchdog
        /// A line for `systemctl status`.
        case status(String)

        /// The assignments of sd_notify(3).
        ///
        /// - Parameter now: the monotonic clock in microseconds, which a reload is told with.
        package func assignments(now: UInt64) -> String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(now)"
            case .stopping: "STOPPING=1"
            case .watchdog: "WATCHDOG=1"
            case .status(let text): "STATUS=" + text.map { $0.isNewline ? " " : $0 }
            }
        }
    }

    /// Tells it.
    package static func tell(_ messages: Message...) {
        let now = monotonicMicroseconds()
        _ = unsafe sd_notify(0, messages.map { $0.assignments(now: now) }.joined(separator: "\n"))
    }

    /// How often it wants to hear ``Message/watchdog`` at the least; `nil` when it does not watch.
    package static func watchdogInterval() -> Duration? {
        var microseconds: UInt64 = 0
        guard unsafe sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(microseconds)
    }

    private static func monotonicMicroseconds() -> UInt64 {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }
}
