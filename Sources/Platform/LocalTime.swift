internal import Glibc

/// The machine's time and zone.
package enum LocalTime {
    /// Microseconds since the epoch, by the clock on the wall.
    package static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Seconds that local time is ahead of UTC at a moment, by the system's zone (`TZ`, `/etc/localtime`).
    ///
    /// - Parameter seconds: since the epoch.
    package static func offset(at seconds: Int64) -> Int {
        var moment = time_t(seconds)
        var fields = unsafe tm()
        guard unsafe localtime_r(&moment, &fields) != nil else { return 0 }
        return unsafe fields.tm_gmtoff
    }
}
