/// Why events sent by hand were not taken, for whoever sent them.
package enum EmitError: Error, Equatable, CustomStringConvertible {
    /// What the API names as wrong with one field of one event.
    package struct Problem: Equatable, Sendable {
        /// Place of the event in the request, from 0.
        package let event: Int
        /// Path of the field; empty for the event as a whole.
        package let field: String
        package let problem: String

        package init(event: Int, field: String, problem: String) {
            self.event = event
            self.field = field
            self.problem = problem
        }
    }

    /// There is no socket at the path.
    case noSocket(String)
    /// There is a socket, and nobody listens.
    case nobodyListens(String)
    /// The socket's mode or a folder's does not let us connect.
    case notPermitted(String)
    /// The daemon has as many clients as it can hold, or its spool is full; nothing was written.
    case busy(String)
    /// The daemon refuses the events as they are; nothing was written.
    case refused(String, problems: [Problem])
    /// The daemon answered something else.
    case failed(status: Int, String)
    /// The events could not be read from where they come from.
    case unreadable(String)
    /// The ids could not be printed; the events are durable.
    case unwritable(String)
    /// The connection broke, or the answer did not come, after the request was sent.
    case noAnswer(String)

    package var description: String {
        switch self {
        case .noSocket(let path):
            """
            there is no socket '\(path)': is the daemon running ('systemctl status tributary')? If its setting \
            api.socket names another path, give that with --socket or TRIBUTARY_SOCKET.
            """
        case .nobodyListens(let path):
            "nobody listens at '\(path)': the daemon is not running ('systemctl start tributary')."
        case .notPermitted(let path):
            """
            no permission to connect to '\(path)': join the socket's group ('ls -l \(path)' shows it, \
            'usermod --append --groups GROUP USER' adds to it), or let the operator set api.socket-mode.
            """
        case .busy(let reason): "\(reason). Try again later."
        case .refused(let error, let problems): ([error] + problems.map(Self.line)).joined(separator: "\n")
        case .failed(let status, let error): "the daemon answered with status \(status): \(error)"
        case .unreadable(let reason): "cannot read standard input: \(reason)"
        case .unwritable(let reason): "cannot print the ids: \(reason). The events are durable."
        case .noAnswer(let reason):
            """
            no answer came: \(reason). Whether the events were written is not known; look for them before sending \
            them again.
            """
        }
    }

    /// The same for a request that only asks.
    package var ofQuestion: String {
        guard case .noAnswer(let reason) = self else { return description }
        return "no answer came: \(reason)"
    }

    /// Whether nobody is there to ask.
    package var isAbsence: Bool {
        switch self {
        case .noSocket, .nobodyListens: true
        case .notPermitted, .busy, .refused, .failed, .unreadable, .unwritable, .noAnswer: false
        }
    }

    /// What a process that could not go on for this reason exits with, by sysexits.h.
    package var exitCode: Int32 {
        switch self {
        case .refused: 65  // EX_DATAERR
        case .noSocket, .nobodyListens, .failed, .noAnswer: 69  // EX_UNAVAILABLE
        case .unreadable, .unwritable: 74  // EX_IOERR
        case .busy: 75  // EX_TEMPFAIL
        case .notPermitted: 77  // EX_NOPERM
        }
    }

    /// The same, with events counted from `first` on: for a request that is a part of more.
    package func shifted(by first: Int) -> EmitError {
        guard case .refused(let error, let problems) = self else { return self }
        return .refused(
            error, problems: problems.map { Problem(event: $0.event + first, field: $0.field, problem: $0.problem) })
    }

    private static func line(_ problem: Problem) -> String {
        problem.field.isEmpty
            ? "event \(problem.event): \(problem.problem)"
            : "event \(problem.event): \(problem.field): \(problem.problem)"
    }
}
