import Foundation
import TestSupport
import Testing

/// Where one daemon works: settings, spool, socket and files in a folder of its own, which is removed with it.
final class Site {
    /// The folder, as the daemon sees it.
    let directory: String
    /// The file system that the folder is on; `nil` for the test's own.
    private let mounts: Mounts?
    private var runs = 0

    /// - Parameter options: of a file system that is mounted at the folder (`Mounts`); `nil` for none.
    init(mounting options: String? = nil) async throws {
        directory = "/tmp/tributary-e2e-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: directory + "/runs", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: directory + "/disk", withIntermediateDirectories: true)
        guard let options else {
            mounts = nil
            return
        }
        mounts = try await Mounts(options, at: directory + "/disk", record: directory + "/runs/mount")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    var socket: String { directory + "/socket" }
    var settingsFile: String { directory + "/tributary.yaml" }

    /// A path of the daemon's, as the test reaches it.
    func path(_ name: String) -> String { (mounts?.root ?? "") + directory + "/disk/" + name }

    /// The file of a sink, as the daemon is told.
    func file(of sink: String = "events") -> String { "\(directory)/disk/log/\(sink).log" }

    /// Writes settings.
    ///
    /// - Parameters:
    ///   - journal: the folder that the source `journal` reads; `nil` for no source.
    ///   - sinks: by name, the keys besides type and path, comma separated; `path` may be among them.
    ///   - api: keys of the local API besides its socket, comma separated.
    ///   - more: lines at the end.
    func configure(
        journal: JournalFixture? = nil, sinks: KeyValuePairs<String, String> = ["events": ""], api: String = "",
        more: String = ""
    ) throws {
        var text = "spool: {directory: \(directory)/disk/spool, max-size: 64MiB}\n"
        if let journal {
            text += "sources: {journal: {type: journald, directory: \(journal.directory), start: beginning}}\n"
        }
        text += "sinks:\n"
        for (name, keys) in sinks {
            let path = keys.contains("path:") ? "" : ", path: \(file(of: name))"
            text += "  \(name): {type: file\(path)\(keys.isEmpty ? "" : ", ")\(keys)}\n"
        }
        text += "api: {socket: \(socket)\(api.isEmpty ? "" : ", ")\(api)}\nlog: {format: text}\n\(more)"
        // What is installed on the machine is not under test.
        if !more.contains("normalization:") { text += "normalization: {shipped-rules: false}\n" }
        try write(text)
    }

    /// Writes settings with the file sink `events` and sinks of type `syslog` beside it: name, address, other keys.
    func configure(journal: JournalFixture?, syslog: [(name: String, address: String, keys: String)]) throws {
        var text = "spool: {directory: \(directory)/disk/spool, max-size: 256MiB}\n"
        if let journal {
            text += "sources: {journal: {type: journald, directory: \(journal.directory), start: beginning}}\n"
        }
        text += "sinks:\n  events: {type: file, path: \(file()), rotate: never}\n"
        for sink in syslog {
            let keys = sink.keys.isEmpty ? "" : ", \(sink.keys)"
            text += "  \(sink.name): {type: syslog, address: \"\(sink.address)\"\(keys)}\n"
        }
        try write(text + "api: {socket: \(socket)}\nlog: {format: text}\n")
    }

    /// Writes settings as they are.
    func write(_ settings: String) throws {
        try Data(settings.utf8).write(to: URL(fileURLWithPath: settingsFile))
    }

    /// Starts a program where the daemon is.
    func start(_ command: [String], environment: [String: String] = [:]) throws -> Program {
        runs += 1
        return try Program(
            (mounts?.entering ?? []) + command, environment: environment, record: "\(directory)/runs/\(runs)")
    }

    /// Starts `tributary` with arguments.
    func tributary(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
        try start([Program.tributary] + arguments, environment: environment)
    }

    /// Starts the daemon without waiting for anything.
    func startDaemon(environment: [String: String] = [:]) throws -> Program {
        try tributary("run", "--config", settingsFile, environment: environment)
    }

    /// Starts the daemon and waits until its API can be reached.
    func daemon(environment: [String: String] = [:]) async throws -> Program {
        let daemon = try startDaemon(environment: environment)
        try await daemon.says("The local API listens")
        return daemon
    }

    /// Reads and delivers all there is.
    func runOnce() async throws -> Program.Ending {
        try await tributary("run", "--once", "--config", settingsFile).end(within: .seconds(600))
    }

    /// Runs a program to its end.
    @discardableResult
    func run(_ command: String...) async throws -> Program {
        let program = try start(command)
        _ = try await program.end()
        return program
    }

    /// What a daemon that is gone has left adds up, for every source and sink.
    ///
    /// - Parameter circumstances: what a failure should name, such as a seed.
    func expectLedger(_ circumstances: String = "") async throws {
        let ledger = try tributary("ledger", "--config", settingsFile)
        #expect(try await ledger.end() == .exit(0), "\(circumstances): \(ledger.output)\(ledger.messages)")
    }

    /// Sends an event by hand.
    ///
    /// - Returns: its id.
    @discardableResult
    func emit(_ message: String) async throws -> String {
        let program = try tributary("emit", "--socket", socket, message)
        guard try await program.end() == .exit(0) else { throw TimedOut(description: program.messages) }
        return program.output.trimmingCharacters(in: .newlines)
    }
}

/// File systems of one test, in a mount namespace that lives as long as this.
final class Mounts {
    /// Whether this process may mount.
    static let isPossible: Bool = {
        let folder = "/tmp/tributary-e2e-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-m", "mount", "-t", "tmpfs", "none", folder]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private let holder: Program

    /// Mounts `options`, arguments of mount(8), at a folder.
    init(_ options: String, at folder: String, record: String) async throws {
        holder = try Program(
            ["/usr/bin/unshare", "-m", "sh", "-c", "mount \(options) \(folder) && echo ready && exec sleep infinity"],
            record: record)
        let holder = holder
        try await eventually("mounted: \(holder.messages)") { holder.output == "ready\n" }
    }

    /// How the test reaches the daemon's files.
    var root: String { "/proc/\(holder.pid)/root" }
    /// What runs a program among the file systems; it keeps the process id.
    var entering: [String] { ["/usr/bin/nsenter", "-t", "\(holder.pid)", "-m"] }
}
