import Foundation
import Glibc

/// A process that was started by a test, with what it says in files. It is killed with its owner.
final class Program {
    /// How a process ended.
    enum Ending: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    struct CannotStart: Error {
        let command: [String]
        let code: Int32
    }

    /// The program under test, which is built beside the tests.
    static let tributary: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/tributary"
    }()

    let pid: pid_t
    private let record: String
    private var ending: Ending?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - environment: variables besides the test's own.
    ///   - record: path of the files, without the endings `.out` and `.err`.
    init(_ command: [String], environment: [String: String] = [:], record: String) throws {
        self.record = record
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, ending) in [(Int32(1), ".out"), (2, ".err")] {
            unsafe posix_spawn_file_actions_addopen(
                &actions, descriptor, record + ending, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        // Threads of the tests block signals that programs are ended with.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe command.map { unsafe strdup($0) } + [nil]
        var texts: [UnsafeMutablePointer<CChar>?] = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe texts.forEach { unsafe free($0) }
        }
        var child: pid_t = 0
        // Both lists end with a null pointer and live until the call is over.
        let code = unsafe posix_spawnp(&child, command[0], &actions, &attributes, &words, &texts)
        guard code == 0 else { throw CannotStart(command: command, code: code) }
        pid = child
    }

    deinit {
        guard poll() == nil else { return }
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }

    var isRunning: Bool { poll() == nil }
    var output: String { text(".out") }
    /// What it wrote to standard error.
    var messages: String { text(".err") }
    /// What it wrote to standard output.
    var outputBytes: [UInt8] { bytes(".out") }

    func send(_ signal: Int32) {
        guard poll() == nil else { return }
        kill(pid, signal)
    }

    /// Waits for its end.
    func end(within limit: Duration = .seconds(180)) async throws -> Ending {
        try await eventually(within: limit, "'\(record)' ends") { poll() != nil }
        return ending!
    }

    /// Kills it as nothing can be prepared for, and waits until it is gone.
    func kill9() async throws {
        send(SIGKILL)
        _ = try await end()
    }

    /// Waits until standard error has a text.
    func says(_ words: String, times: Int = 1, within limit: Duration = .seconds(60)) async throws {
        try await eventually(within: limit, "'\(words)' in: \(messages)") {
            messages.components(separatedBy: words).count > times
        }
    }

    /// Processes that it started and that are not gone.
    var children: [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return tasks.flatMap { task in
            let list = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(task)/children") ?? Data()
            return String(decoding: list, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private func poll() -> Ending? {
        if let ending { return ending }
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
        ending = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
        return ending
    }

    private func bytes(_ ending: String) -> [UInt8] {
        FileManager.default.contents(atPath: record + ending).map(Array.init) ?? []
    }

    private func text(_ ending: String) -> String { String(decoding: bytes(ending), as: UTF8.self) }
}

/// What was waited for in vain.
struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// Waits until something is so, and looks often.
func eventually(
    within limit: Duration = .seconds(60), _ what: @autoclosure () -> String, _ isSo: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try !isSo() {
        guard ContinuousClock.now < end else { throw TimedOut(description: "not within \(limit): \(what())") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
