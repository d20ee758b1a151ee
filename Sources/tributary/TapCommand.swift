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

                tributary tap --where 'severity=>= warning' --where 'kind=Security.*'

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

    @Option(
        name: .customLong("where"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Only events whose KEY is so: a text, a glob, or a comparison such as '>= warning', as in a sink's 'where'. Several must all hold.",
            valueName: "key=pattern"))
    var conditions: [String] = []

    @Option(help: "line, as in events.log, or json, an object a line.")
    var format = Format.line

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else /run/tributary/tributary.sock)")
    var socket: String?

    func validate() throws {
        _ = try filter()
    }

    func run() async throws {
        let client = TapClient(socket: socket ?? environment("TRIBUTARY_SOCKET") ?? APISettings().socket)
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var renderer = LineRenderer(isColored: isTerminal, offset: { LocalTime.offset(at: $0) })
        do {
            try await client.run(try filter()) { line in
                guard let line else {
                    if isTerminal { complain("Looking at what is accepted from now on; Ctrl-C ends it.") }
                    return
                }
                try write(line, &renderer)
            }
        } catch let error as TapError {
            complain("tributary tap: \(error)")
            throw ExitCode(error.exitCode)
        }
    }

    private func filter() throws -> EventFilter {
        var conditions: [EventFilter.Condition] = []
        for text in self.conditions {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--where \(text): KEY=PATTERN is expected") }
            do throws(EventFilterError) {
                conditions.append(try EventFilter.Condition(key: parts[0], values: [parts[1]]))
            } catch {
                throw ValidationError("--where \(text): \(error)")
            }
        }
        return EventFilter(conditions: conditions)
    }

    private func write(_ line: [UInt8], _ renderer: inout LineRenderer) throws {
        switch (TapLine(line), format) {
        case (.dropped(let count)?, .line):
            complain("tributary tap: \(count) events were missed, as they were not read in time")
        case (.event(let event)?, .line): try write(renderer.line(event))
        case (nil, .line), (_, .json): try write(line + [0x0A])
        }
    }

    /// Writes at once, as somebody looks. A reader that has gone away, such as head(1), ends the command.
    private func write(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { memory in
                // `written` is below the count of bytes.
                unsafe Glibc.write(STDOUT_FILENO, memory.baseAddress! + written, memory.count - written)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EPIPE { throw ExitCode.success }
            guard count > 0 else {
                complain("tributary tap: cannot write to standard output: \(systemMessage(errno))")
                throw ExitCode(74)
            }
            written += count
        }
    }

    private func environment(_ name: String) -> String? {
        // The process changes no environment variables, so the text stays where it is while it is copied.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
