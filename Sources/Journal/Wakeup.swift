internal import Glibc
internal import Synchronization

/// Ends a wait of the journal's thread from another one.
final class Wakeup: Sendable {
    /// Becomes readable, and stays it, after ``signal()``.
    let descriptor: Int32
    private let other: Int32
    private let signaled = Atomic(false)

    init() throws(JournalSourceError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .noDescriptor(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = ends[0]
        other = ends[1]
    }

    deinit {
        close(descriptor)
        close(other)
    }

    var isSignaled: Bool { signaled.load(ordering: .acquiring) }

    func signal() {
        guard !signaled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = unsafe write(other, [0], 1)
    }

    /// Blocks the thread for some time, or until ``signal()``.
    func wait(_ duration: Duration) {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&polled, 1, milliseconds(duration))
    }
}

/// For poll(2), rounded up.
func milliseconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    return Int32(clamping: seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
}

/// Knows when a reader has been silent for too long.
struct StallClock {
    /// What is due.
    enum Due: Equatable {
        case none, ping, stall
    }

    private let timeout: Duration
    private var lastHeard: SuspendingClock.Instant
    private var lastPing: SuspendingClock.Instant

    init(timeout: Duration, now: SuspendingClock.Instant = .now) {
        self.timeout = timeout
        lastHeard = now
        lastPing = now
    }

    /// The reader said something.
    mutating func heard(at now: SuspendingClock.Instant = .now) {
        lastHeard = now
        lastPing = now
    }

    /// Milliseconds until something is due.
    func timeout(at now: SuspendingClock.Instant = .now) -> Int32 {
        let due = min(lastPing + timeout / 4, lastHeard + timeout)
        return due > now ? milliseconds(due - now) : 0
    }

    /// Time passed.
    mutating func passed(at now: SuspendingClock.Instant = .now) -> Due {
        if now - lastHeard >= timeout { return .stall }
        guard now - lastPing >= timeout / 4 else { return .none }
        lastPing = now
        return .ping
    }
}
