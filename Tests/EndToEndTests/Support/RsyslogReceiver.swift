import Foundation
import Glibc
import TestSupport

/// A real rsyslogd with `packaging/receivers/rsyslog/tributary.conf`, on ports that the system chose and in a folder of
/// its own. It ends with its owner.
final class RsyslogReceiver {
    /// Inputs of the file, and the files they are written to.
    enum Input: String, CaseIterable {
        case udp, tcp, tls
        case mutualTLS = "mutual-tls"
    }

    static let path = "/usr/sbin/rsyslogd"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: path)

    let certificates: TestCertificates
    let client: TestCertificates.Pair
    private let folder: TemporaryFolder
    /// Ports of TCP and UDP, TLS, and TLS with certificates on both sides.
    private let ports: [Int]
    private var program: Program?

    /// Prepares it; ``start()`` starts it.
    ///
    /// - Parameters:
    ///   - names: of its certificate.
    ///   - days: how long that is valid.
    init(names: String = "DNS:localhost", days: Int = 3650) throws {
        folder = TemporaryFolder()
        certificates = try TestCertificates(in: folder.path + "/tls")
        _ = try certificates.issue("receiver", names: names, days: days)
        client = try certificates.issue("client", names: "DNS:sender")
        ports = LoopbackPort.free(3)
        for name in ["log", "work"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
        }
        var text = try String(
            contentsOfFile: Repository.path("packaging/receivers/rsyslog/tributary.conf"), encoding: .utf8)
        for (old, new) in [
            ("/etc/rsyslog.d/tls", folder.path + "/tls"), ("/var/log/siem", folder.path + "/log"),
            ("port=\"6514\"", "port=\"\(ports[1])\""), ("port=\"6515\"", "port=\"\(ports[2])\""),
            ("port=\"514\"", "port=\"\(ports[0])\""),
        ] { text = text.replacingOccurrences(of: old, with: new) }
        text = "global(workDirectory=\"\(folder.path)/work\")\n" + text
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/rsyslog.conf"))
    }

    deinit {
        program?.send(SIGKILL)
    }

    /// What a sink's `address` is for an input.
    func address(_ input: Input) -> String {
        switch input {
        case .udp: "udp://127.0.0.1:\(ports[0])"
        case .tcp: "tcp://127.0.0.1:\(ports[0])"
        case .tls: "tls://localhost:\(ports[1])"
        case .mutualTLS: "tls://localhost:\(ports[2])"
        }
    }

    /// Starts it and waits until it listens.
    func start() async throws {
        let started = try Program(
            [Self.path, "-n", "-f", folder.path + "/rsyslog.conf", "-i", folder.path + "/pid"],
            record: folder.path + "/rsyslogd")
        program = started
        try await eventually("rsyslogd listens: \(started.messages)") { LoopbackPort.isListening(ports[2]) }
    }

    /// Ends it; what it has taken is written.
    func stop() async throws {
        program?.send(SIGTERM)
        _ = try await program?.end()
        program = nil
    }

    /// Lets it stand still while `body` runs, with its connections open.
    func freezing(_ body: () async throws -> Void) async throws {
        program?.send(SIGSTOP)
        defer { program?.send(SIGCONT) }
        try await body()
    }

    /// Messages that came to an input, as they came.
    func messages(_ input: Input) throws -> [[UInt8]] { try lines(input.rawValue) }

    /// Messages over TCP in rsyslog's words.
    func fields() throws -> [[UInt8]] { try lines("tcp-fields") }

    /// Waits until so many messages were written.
    func hasMessages(_ count: Int, _ input: Input, within limit: Duration = .seconds(120)) async throws {
        let file = "\(folder.path)/log/\(input.rawValue).log"
        var counter = LineCounter(file)
        try await eventually(within: limit, "\(count) messages over \(input)") { counter.count() >= count }
    }

    /// Waits until one of the last messages has a text.
    func hasText(_ text: String, _ input: Input) async throws {
        let path = "\(folder.path)/log/\(input.rawValue).log"
        try await eventually(within: .seconds(120), "'\(text)' arrives") {
            guard let file = FileHandle(forReadingAtPath: path) else { return false }
            defer { try? file.close() }
            let end = try file.seekToEnd()
            try file.seek(toOffset: end - min(end, 1 << 16))
            return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self).contains(text)
        }
    }

    private func lines(_ name: String) throws -> [[UInt8]] {
        let data = FileManager.default.contents(atPath: "\(folder.path)/log/\(name).log") ?? Data()
        return [UInt8](data).split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }
}

/// Counts the lines of a file that grows.
struct LineCounter {
    private let path: String
    private var offset: UInt64 = 0
    private var lineCount = 0

    init(_ path: String) {
        self.path = path
    }

    mutating func count() -> Int {
        guard let file = FileHandle(forReadingAtPath: path) else { return 0 }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.readToEnd() else { return lineCount }
        offset += UInt64(data.count)
        lineCount += data.count { $0 == 0x0A }
        return lineCount
    }
}
