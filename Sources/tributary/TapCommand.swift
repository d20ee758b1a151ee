import ArgumentParser
import EventModel
import Glibc
import LocalAPI
import Platform

/// `tributary tap`: shows events as the daemon accepts them.
struct TapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Show events live, as the daemon accepts them.",
        discussion: """
            Events are shown once they are on stable storage, from now on, until the daemon stops or you press Ctrl-C. \
            Looking slows nothing: what the spool has given up before it could be shown is counted on standard error.

                tributary tap --where 'severity>=warning' --where 'kind=Security.*'

            Exit status: 64 wrong usage; 69 the daemon is not there, or went away; 74 standard output failed; 75 too \
            many look already; 77 no permission.
            """)

    /// How an event is shown.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        /// A line of events.log.
        case line
        /// Canonical JSON.
        case json
    }

    @OptionGroup var filter: FilterOptions

    @Option(help: "line, as in events.log, or json, an object a line.")
    var format = Format.line

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else /run/tributary/tributary.sock)")
    var socket: String?

    func validate() throws {
        try checkSocket(socket)
    }

    func run() async throws {
        let client = TapClient(socket: socketPath(socket))
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var renderer = LineRenderer(isColored: isColored(), offset: { LocalTime.offset(at: $0) })
        do {
            try await client.run(try filter.filter()) { line in
                guard let line else {
                    if isTerminal { complain("Looking at what is accepted from now on; Ctrl-C ends it.") }
                    return
                }
                try show(line, &renderer)
            }
        } catch let error as TapError {
            complain("tributary tap: \(error)")
            throw ExitCode(error.exitCode)
        }
    }

    private func show(_ line: [UInt8], _ renderer: inout LineRenderer) throws {
        switch (TapLine(line), format) {
        case (.dropped(let count)?, .line):
            complain("tributary tap: \(count) events were missed, as they were not read in time")
        case (.event(let event)?, .line): try write(renderer.line(event))
        case (nil, .line), (_, .json): try write(line + [0x0A])
        }
    }
}
