import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// What an operator and a service manager see of the daemon.
    @Suite(.largeJournal) struct OperationTests {
        @Test func `status and ledger tell of a receiver that is down, and counters go on over a crash`() async throws {
            let site = try await Site()
            let journal = try #require(LargeJournal.current)
            // Nobody serves port 1.
            try site.configure(journal: journal, syslog: [("siem", "tcp://127.0.0.1:1", "")])
            let daemon = try await site.daemon()
            try await eventually("the receiver is missed") {
                daemon.messages.contains("Events do not reach")
            }
            _ = try await site.emit("one by hand")
            let status = try site.tributary("status", "--socket", site.socket)
            #expect(try await status.end() == .exit(0), "\(status.messages)")
            #expect(status.output.contains("Trouble: sink 'siem'"), "\(status.output)")
            let json = try site.tributary("status", "--json", "--socket", site.socket)
            #expect(try await json.end() == .exit(0), "\(json.messages)")
            let report = try JSONDecoder().decode(Report.self, from: Data(json.outputBytes))
            let manual = try #require(report.sources.first { $0.name == "manual" })
            #expect(manual.read == 1 && manual.accepted == 1)
            let siem = try #require(report.sinks.first { $0.name == "siem" })
            #expect(siem.delivered == 0 && siem.waiting > 0 && siem.backlogBytes > 0)
            #expect(siem.trouble?.reason.contains("127.0.0.1") == true)
            #expect(report.ledger.holds)
            let ledger = try site.tributary("ledger", "--socket", site.socket)
            #expect(try await ledger.end() == .exit(0), "\(ledger.output)\(ledger.messages)")
            let before = try await counters(site)
            #expect(before.values.contains { $0 > 0 })
            try await daemon.kill9()
            let offline = try site.tributary("ledger", "--config", site.settingsFile)
            #expect(try await offline.end() == .exit(0), "\(offline.output)\(offline.messages)")
            let second = try await site.daemon()
            let after = try await counters(site)
            #expect(second.isRunning)
            for (name, value) in before where !name.contains("retries") && !name.hasPrefix("process_") {
                #expect(after[name] ?? -1 >= value, "\(name)")
            }
        }

        @Test(.timeLimit(.minutes(5))) func `a ledger that does not hold is an error that names the difference`()
            async throws
        {
            let site = try await Site()
            try site.configure(journal: nil, sinks: ["events": ""])
            let daemon = try await site.daemon()
            _ = try await site.emit("one")
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            // A position file of another spool: its sink counted what this spool never took.
            let other = try await Site()
            try other.configure(journal: nil, sinks: ["events": ""])
            let otherDaemon = try await other.daemon()
            for number in 1...3 { _ = try await other.emit("\(number)") }
            var delivered: UInt64 = 0
            while delivered < 3 {
                let status = try other.tributary("status", "--json", "--socket", other.socket)
                #expect(try await status.end() == .exit(0), "\(status.messages)")
                let report = try JSONDecoder().decode(Report.self, from: Data(status.outputBytes))
                delivered = report.sinks.map(\.delivered).max() ?? 0
            }
            otherDaemon.send(SIGTERM)
            #expect(try await otherDaemon.end() == .exit(0))
            let (own, foreign) = (site.path("spool/sinks/events.position"), other.path("spool/sinks/events.position"))
            try FileManager.default.removeItem(atPath: own)
            try FileManager.default.copyItem(atPath: foreign, toPath: own)
            let ledger = try site.tributary("ledger", "--config", site.settingsFile)
            #expect(try await ledger.end() == .exit(70))
            #expect(ledger.output.contains("DOES NOT HOLD"), "\(ledger.output)")
        }

        @Test func `the service manager hears of start, life, reload and stop`() async throws {
            let site = try await Site()
            try site.configure(journal: nil, sinks: ["events": ""])
            let socket = try NotifySocket(path: site.path("notify"))
            let daemon = try site.startDaemon(
                environment: ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "300000"])
            try await socket.hears("READY=1")
            try await socket.hears("WATCHDOG=1")
            try await socket.hears("all delivered")
            let beats = socket.text.components(separatedBy: "WATCHDOG=1").count
            try await eventually("it goes on") { socket.text.components(separatedBy: "WATCHDOG=1").count > beats + 2 }
            daemon.send(SIGHUP)
            try await socket.hears("RELOADING=1")
            try await eventually("it is ready again") {
                socket.text.components(separatedBy: "RELOADING=1").last?.contains("READY=1") == true
            }
            daemon.send(SIGTERM)
            try await socket.hears("STOPPING=1")
            #expect(try await daemon.end() == .exit(0))
        }

        @Test func `a journal that the service's user may not read is told of, and read as soon as he may`()
            async throws
        {
            let site = try await Site()
            // Nobody but root can become somebody else, and he must be able to run the program.
            let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            let trial = try site.start(nobody + [Program.tributary, "--version"])
            guard getuid() == 0, try await trial.end() == .exit(0) else { return }
            let journal = try JournalFixture()
            try journal.write([JournalFixture.entry(1, message: "secret")], to: "a.journal")
            let file = journal.path("a.journal")
            unsafe chmod(journal.directory, 0o755)
            unsafe chmod(file, 0o600)
            try site.configure(journal: journal)
            for path in ["", "/runs", "/disk"] { unsafe chmod(site.directory + path, 0o777) }
            let daemon = try site.start(nobody + [Program.tributary, "run", "--config", site.settingsFile])
            try await daemon.says("add the service's user to the group 'systemd-journal'")
            unsafe chmod(file, 0o644)
            try await eventually("the entry is written") { try site.messages().contains("secret") }
        }

        @Test func `status says what to do when no daemon is there`() async throws {
            let site = try await Site()
            let status = try site.tributary("status", "--socket", site.path("nobody.sock"))
            #expect(try await status.end() == .exit(69))
            #expect(status.messages.contains("is the daemon running"), "\(status.messages)")
        }

        /// The counters of `GET /metrics`, with their labels.
        private func counters(_ site: Site) async throws -> [String: Double] {
            let curl = try site.start(["curl", "-sS", "--unix-socket", site.socket, "http://localhost/metrics"])
            #expect(try await curl.end() == .exit(0), "\(curl.messages)")
            var counters: [String: Double] = [:]
            for line in curl.output.split(separator: "\n") where !line.hasPrefix("#") && line.contains("_total") {
                let parts = line.split(separator: " ")
                counters[String(parts[0])] = Double(parts[1])
            }
            return counters
        }

        /// What this suite looks at in the report.
        private struct Report: Decodable {
            struct Trouble: Decodable {
                var reason: String
            }
            struct Source: Decodable {
                var name: String
                var read: UInt64
                var accepted: UInt64
            }
            struct Sink: Decodable {
                var name: String
                var delivered: UInt64
                var waiting: UInt64
                var backlogBytes: UInt64
                var trouble: Trouble?
            }
            struct Ledger: Decodable {
                var holds: Bool
            }
            var sources: [Source]
            var sinks: [Sink]
            var ledger: Ledger
        }
    }
}

/// A service manager's socket: keeps what sd_notify(3) sends.
private final class NotifySocket {
    let path: String
    private let descriptor: Int32
    private var received = ""

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The path of a temporary folder is shorter than an address's.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// All that was sent, a line each.
    var text: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return received }
            received += String(decoding: buffer.prefix(count), as: UTF8.self) + "\n"
        }
    }

    func hears(_ words: String) async throws {
        try await eventually("'\(words)' in: \(text)") { text.contains(words) }
    }
}
