import ArgumentParser
import Daemon
import Glibc
import LocalAPI
import Pipeline
import Platform

/// `tributary status`: how the daemon is doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show sources, sinks, the spool and the ledger of the running daemon.",
        discussion: """
            RATE needs two looks and is shown with --watch. LAG is the age of the record that was read last, BEHIND how \
            long the oldest event waits. The columns of a line add up: 'tributary ledger' shows how.

            Exit status: 0 all is well; 1 a part has made no progress for long, or the ledger does not hold; 69 the \
            daemon is not there; 77 no permission.
            """)

    @Flag(help: "The report as JSON, as GET /v1/status gives it.")
    var json = false

    @Flag(help: "Show it anew every two seconds, with rates, until interrupted.")
    var watch = false

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else /run/tributary/tributary.sock)")
    var socket: String?

    func validate() throws {
        if json, watch { throw ValidationError("--json and --watch do not go together") }
        try checkSocket(socket)
    }

    func run() async throws {
        let client = EventsClient(socket: socketPath(socket))
        var text = StatusText(isColored: isColored())
        while true {
            let report: StatusReport
            do {
                report = try await client.status()
            } catch {
                complain("tributary status: \(error.ofQuestion)")
                guard watch else { throw ExitCode(error.exitCode) }
                // A daemon that is started anew is what one watches for.
                try await Task.sleep(for: .seconds(2))
                continue
            }
            if json {
                try write(report.json(isPretty: true))
            } else {
                try write(
                    Array(
                        ((watch && isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[2J" : "") + text.text(of: report)).utf8)
                )
            }
            guard watch else {
                if !report.complaints.isEmpty || !report.ledger.holds { throw ExitCode.failure }
                return
            }
            try await Task.sleep(for: .seconds(2))
        }
    }
}

/// Whether standard output is a terminal that wants colors (https://no-color.org).
func isColored() -> Bool {
    isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
}

/// The daemon's socket by option, environment, or default.
func socketPath(_ option: String?) -> String {
    option ?? environment("TRIBUTARY_SOCKET") ?? APISettings().socket
}

/// Refuses a path that no socket can have.
func checkSocket(_ path: String?) throws {
    guard let path else { return }
    guard (1...APISettings.maximumSocketByteCount).contains(path.utf8.count) else {
        throw ValidationError(
            "--socket '\(path)': the path of a socket has 1 to \(APISettings.maximumSocketByteCount) bytes")
    }
}

/// An environment variable, unless it is empty.
func environment(_ name: String) -> String? {
    // The process changes no environment variables, so the text stays where it is while it is copied.
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// Writes a line to standard output.
func printLine(_ text: String) throws { try write(Array((text + "\n").utf8)) }

/// Writes all bytes to standard output; a reader that went away ends the command quietly.
func write(_ bytes: [UInt8]) throws {
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes.withUnsafeBytes { memory in
            // `written` is below the count of bytes.
            unsafe Glibc.write(STDOUT_FILENO, memory.baseAddress! + written, memory.count - written)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            if errno == EPIPE { throw ExitCode.success }
            complain("cannot write to standard output: \(systemMessage(errno))")
            throw ExitStatus.inputOutput
        }
        written += count
    }
}
