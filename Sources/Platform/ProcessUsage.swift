internal import Glibc

/// What a process takes from the machine, as proc(5) tells.
package struct ProcessUsage: Equatable, Sendable {
    /// Time on a processor, user and system.
    package var cpuSeconds = 0.0
    package var residentByteCount: UInt64 = 0
    /// Memory that is no file's, in bytes.
    package var anonymousByteCount: UInt64 = 0
    package var openFileCount: UInt64 = 0

    /// What this process takes now; zero where the system does not tell.
    package static func ofThisProcess() -> ProcessUsage {
        var usage = ProcessUsage()
        var times = rusage()
        if unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &times) == 0 {
            usage.cpuSeconds = seconds(times.ru_utime) + seconds(times.ru_stime)
        }
        let files = PosixFileSystem()
        if let file = try? files.open("/proc/self/status", .read, permissions: 0) {
            defer { file.close() }
            var bytes: [UInt8] = []
            _ = try? file.read(at: 0, count: 16 << 10, appendingTo: &bytes)
            usage.readStatus(String(decoding: bytes, as: UTF8.self))
        }
        usage.openFileCount = UInt64((try? files.list("/proc/self/fd").count) ?? 0)
        return usage
    }

    /// Takes what counts from the text of `/proc/PID/status`.
    mutating func readStatus(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2, let kibibytes = UInt64(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:": residentByteCount = kibibytes << 10
            case "RssAnon:": anonymousByteCount = kibibytes << 10
            default: break
            }
        }
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
    }
}
