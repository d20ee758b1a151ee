import Foundation
import Glibc
import TestSupport

/// A real syslog-ng with `packaging/receivers/syslog-ng/tributary.conf`, on ports that the system chose and in a folder of
/// its own. It ends with its owner.
final class SyslogNgReceiver {
    /// Inputs of the file, each with a file that it is written to.
    enum Input: String, CaseIterable {
        case udp, tcp, tls
    }

    /// Where `packaging/setup.sh` unpacks it; Debian installs it only in the place of rsyslog.
    private static let unpacked = Repository.path(".build/syslog-ng")
    /// The program; `nil` where there is none.
    private static let path: String? = ["", unpacked].map { "\($0)/usr/sbin/syslog-ng" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    static var isPresent: Bool { path != nil }

    let certificates: TestCertificates
    private let folder = TemporaryFolder()
    /// Ports of UDP, TCP and TLS.
    private let ports: [Int]
    private var program: Program?

    /// Prepares it; ``start()`` starts it.
    init() throws {
        certificates = try TestCertificates(in: folder.path + "/tls")
        _ = try certificates.issue("receiver")
        ports = LoopbackPort.free(3)
        try FileManager.default.createDirectory(atPath: folder.path + "/log", withIntermediateDirectories: false)
        var text = try String(
            contentsOfFile: Repository.path("packaging/receivers/syslog-ng/tributary.conf"), encoding: .utf8)
        for (old, new) in [
            ("/etc/syslog-ng/tls", folder.path + "/tls"), ("/var/log/siem", folder.path + "/log"),
            ("port(514)", "port(\(ports[0]))"), ("port(601)", "port(\(ports[1]))"),
            ("port(6514)", "port(\(ports[2]))"),
        ] { text = text.replacingOccurrences(of: old, with: new) }
        try Data("@version: 3.38\n\(text)".utf8).write(to: URL(fileURLWithPath: folder.path + "/syslog-ng.conf"))
    }

    deinit {
        program?.send(SIGKILL)
    }

    /// What a sink's `address` is for an input.
    func address(_ input: Input) -> String {
        switch input {
        case .udp: "udp://127.0.0.1:\(ports[0])"
        case .tcp: "tcp://127.0.0.1:\(ports[1])"
        case .tls: "tls://localhost:\(ports[2])"
        }
    }

    /// Has it read its settings and end.
    ///
    /// - Returns: what it says of them; empty when they are right.
    func checkSettings() async throws -> String {
        let check = try run("--syntax-only")
        let ending = try await check.end()
        return ending == .exit(0) ? "" : check.messages
    }

    /// Starts it and waits until it listens.
    func start() async throws {
        let started = try run(
            "--foreground", "--stderr", "--persist-file=\(folder.path)/persist", "--pidfile=\(folder.path)/pid",
            "--control=\(folder.path)/control")
        program = started
        try await eventually("syslog-ng listens: \(started.messages)") { LoopbackPort.isListening(ports[1]) }
    }

    /// Ends it; what it has taken is written.
    func stop() async throws {
        program?.send(SIGTERM)
        _ = try await program?.end()
        program = nil
    }

    /// Messages that came to an input, in syslog-ng's words.
    func messages(_ input: Input) throws -> [[UInt8]] {
        let data = FileManager.default.contents(atPath: file(input)) ?? Data()
        return [UInt8](data).split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }

    /// Waits until so many messages were written.
    func hasMessages(_ count: Int, _ input: Input) async throws {
        var counter = LineCounter(file(input))
        try await eventually(within: .seconds(120), "\(count) messages over \(input)") { counter.count() >= count }
    }

    private func file(_ input: Input) -> String { "\(folder.path)/log/tributary-\(input.rawValue).log" }

    private func run(_ arguments: String...) throws -> Program {
        let path = Self.path ?? ""
        var command = [path, "--no-caps", "--cfgfile=\(folder.path)/syslog-ng.conf"] + arguments
        var environment: [String: String] = [:]
        if path.hasPrefix(Self.unpacked) {
            let libraries = "\(Self.unpacked)/usr/lib"
            let modules = try FileManager.default.contentsOfDirectory(atPath: "\(libraries)/syslog-ng")
            let version = modules.first { $0.first?.isNumber == true } ?? ""
            command.append("--module-path=\(libraries)/syslog-ng/\(version)")
            let folders =
                try FileManager.default.contentsOfDirectory(atPath: libraries) + ["../../lib/x86_64-linux-gnu"]
            environment["LD_LIBRARY_PATH"] = folders.map { "\(libraries)/\($0)" }.joined(separator: ":")
        }
        return try Program(command, environment: environment, record: folder.path + "/syslog-ng")
    }
}
