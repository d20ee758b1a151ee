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
