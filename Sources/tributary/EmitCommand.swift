import ArgumentParser
import Glibc
import LocalAPI
import Platform

/// `tributary emit`: sends events by hand through the daemon's local API. Installed also as `emit-manual-event`.
struct EmitCommand: AsyncParsableCommand {
    /// What the command is called by: `emit-manual-event` is another name of the executable.
    private static let isAlone = CommandLine.arguments.first?.split(separator: "/").last == "emit-manual-event"

    static let configuration = CommandConfiguration(
        commandName: isAlone ? "emit-manual-event" : "emit",
        abstract: "Send an event by hand, and print its id once it is on stable storage.",
        discussion: """
            The running daemon takes the event through its local API, adds who sent it, and delivers it like any other.

            Environment: TRIBUTARY_SOCKET the daemon's socket.

            Files: /run/tributary/tributary.sock the daemon's socket; members of the group tributary may use it.

            Exit status: 0 all events are durable; 64 wrong usage; 65 the daemon refuses the event, and why; \
            69 the daemon is not there; 74 standard input or output failed; 75 try again later; 77 no permission.
            """)

    @Argument(help: "What happened, in one sentence.")
    var message: String?

    @Option(help: "What happened, in the taxonomy's words, such as Software.Service.Started.")
    var kind: String?

    @Option(help: "debug, info, warning, major or critical. (default: info)")
    var severity: String?

    @Option(help: "hw, ua, bg, sw, sla, cap, sec, audit or system. (default: ua)")
    var classification: String?

    @Option(help: "internal, external or customerOnly. (default: external)")
    var visibility: String?

    @Option(help: "The event's type in the words of the system that it comes from.")
    var type: String?

    @Option(help: "The component that reports it. (default: the sending program)")
    var origin: String?

    @Option(help: "Who did it. (default: the sending user)")
    var user: String?

    @Option(parsing: .unconditional, help: "Moab's event code, decimal or after 0x.")
    var code: String?

    @Option(help: "When it happened, as in 2026-11-21T09:30:00Z. (default: now)")
    var time: String?

    @Option(help: ArgumentHelp("The organization it belongs to.", valueName: "id[:name]"))
    var tenant: String?

    @Option(
        name: .customLong("parameter"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A named text, or with ':=' a number, true or false.", valueName: "name=text"))
    var parameters: [String] = []

    @Option(
        name: .customLong("object"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("What it is about.", valueName: "type:id[:name]"))
    var objects: [String] = []

    @Option(
        name: .customLong("argument"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("An argument, in Moab's sense.", valueName: "text"))
    var arguments: [String] = []

    @Option(
        name: .customLong("tag"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A tag.", valueName: "text"))
    var tags: [String] = []

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else /run/tributary/tributary.sock)")
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "Read events as JSON from standard input: an object, an array, or one a line.", valueName: "-"))
    var json: String?

    func validate() throws {
        if let json, json != "-" {
            throw ValidationError("--json \(json): only '-', standard input, can be read")
        }
        try checkSocket(socket)
        if json == nil, message == nil, kind == nil {
            throw ValidationError("give a MESSAGE, or --kind, or --json -")
        }
        if json != nil, try request() != EmitRequest() {
            throw ValidationError("with --json -, the events say everything; leave the other options out")
        }
        _ = try request()
    }

    func run() async throws {
        let body = try request().body()
        let client = EventsClient(socket: socketPath(socket))
        do throws(EmitError) {
            if json == nil {
                try report(try await client.post(body))
            } else {
                try await sendStandardInput(with: client)
            }
        } catch {
            complain("\(error)")
            throw ExitCode(error.exitCode)
        }
    }

    /// The event that the options describe.
    private func request() throws -> EmitRequest {
        var request = EmitRequest()
        request.message = message
        request.kind = kind
        request.severity = severity
        request.classification = classification
        request.visibility = visibility
        request.type = type
        request.origin = origin
        request.user = user
        request.time = time
        request.arguments = arguments
        request.tags = tags
        do throws(EmitUsageError) {
            if let code { try request.setCode(code) }
            if let tenant { try request.setTenant(tenant) }
            for object in objects { try request.addObject(object) }
            for parameter in parameters { try request.addParameter(parameter) }
        } catch {
            throw ValidationError(error.description)
        }
        return request
    }

    /// Sends what standard input holds, a request at a time. What was sent before a mistake stays written.
    private func sendStandardInput(with client: EventsClient) async throws(EmitError) {
        var stream = EmitStream()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(systemMessage(errno)) }
            guard count > 0 else { break }
            for part in try stream.append(buffer.prefix(count)) { try await send(part, with: client) }
        }
        let last = try stream.finish()
        if let last { try await send(last, with: client) }
        if stream.eventCount == 0 { throw .refused("standard input has no event", problems: []) }
    }

    private func send(_ part: EmitStream.Part, with client: EventsClient) async throws(EmitError) {
        do throws(EmitError) {
            let ids = try await client.post(part.body)
            try report(ids)
        } catch {
            throw error.shifted(by: part.firstEvent)
        }
    }

    /// Prints ids at once, as a reader at the other end of a pipe wants to know what is durable.
    private func report(_ ids: [String]) throws(EmitError) {
        guard let code = outputFailure(writing: Array(ids.map { $0 + "\n" }.joined().utf8)) else { return }
        throw .unwritable(systemMessage(code))
    }

    private func complain(_ text: String) {
        tributary.complain("\(Self.isAlone ? "emit-manual-event" : "tributary emit"): \(text)")
    }
}
