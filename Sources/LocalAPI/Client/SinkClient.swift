internal import EventModel
package import EventText

/// Asks a running daemon to step over an event of a sink, or to deliver events again.
package struct SinkClient: Sendable {
    /// What the daemon stepped over.
    package struct Skipped: Sendable {
        /// The event's members.
        package let event: JSONValue
        /// Its number in the quarantine; `nil` where it could not be kept.
        package let number: UInt64?
        /// Events before it that the sink's filter leaves out.
        package let filtered: UInt64
    }

    private let client: EventsClient

    /// - Parameter socket: path of the daemon's socket.
    package init(socket: String) {
        client = EventsClient(socket: socket)
    }

    /// Steps over the next event of a sink.
    ///
    /// - Returns: `nil` when the sink has delivered everything.
    package func skip(_ sink: String) async throws(SinkRequestError) -> Skipped? {
        let value = try await exchange([], path: "/v1/sinks/\(Self.percentEncoded(sink))/skip")
        guard let event = value["skipped"] else { throw .noAnswer("the daemon's answer was not understood") }
        guard event != .null else { return nil }
        return Skipped(event: event, number: value["quarantine"]?.count, filtered: value["filtered"]?.count ?? 0)
    }

    /// Delivers events, canonical JSON one after the other, again to a sink; returns when they are on stable storage.
    package func replay(_ events: [UInt8], to sink: String) async throws(SinkRequestError) {
        _ = try await exchange(events, path: "/v1/sinks/\(Self.percentEncoded(sink))/replay")
    }

    private func exchange(_ body: [UInt8], path: String) async throws(SinkRequestError) -> JSONValue {
        let (status, answer): (Int, [UInt8])
        do throws(EmitError) {
            (status, answer) = try await client.exchange(body, path: path, contentType: "application/x-ndjson")
        } catch {
            switch error {
            case .noAnswer(let reason): throw .noAnswer(reason)
            case .noSocket, .nobodyListens, .notPermitted, .busy, .refused, .failed, .unreadable, .unwritable:
                throw .unreachable(error)
            }
        }
        let parser = JSONParser(maximumByteCount: answer.count)
        if status == 200, let value = try? parser.parse(answer.span) { return value }
        let reading = EventsAnswer(answer)
        switch status {
        case 403: throw .notAllowed(reading.error)
        case 503: throw .busy(reading.error)
        default:
            let problems = reading.problems.map { "event \($0.event): \($0.field): \($0.problem)" }
            throw .refused(([reading.error] + problems).joined(separator: "\n"))
        }
    }

    /// A name as a part of a path: what is no letter, digit or sign of a sink's name as `%XX`.
    private static func percentEncoded(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

/// Why the daemon did not do what was asked of a sink.
package enum SinkRequestError: Error, CustomStringConvertible {
    /// There is no daemon that could be asked.
    case unreachable(EmitError)
    /// The connection broke after the request was sent.
    case noAnswer(String)
    /// Only root and the daemon's user may ask for it.
    case notAllowed(String)
    /// Try again later; nothing was done.
    case busy(String)
    /// The daemon says why not.
    case refused(String)

    package var description: String {
        switch self {
        case .unreachable(let error): error.description
        case .noAnswer(let reason): "no answer came: \(reason). Whether it was done is not known."
        case .notAllowed(let reason): "\(reason). Run this with sudo, or with 'sudo -u' as the daemon's user."
        case .busy(let reason): "\(reason). Try again."
        case .refused(let reason): reason
        }
    }

    /// What a process that could not go on for this reason exits with, by sysexits.h.
    package var exitCode: Int32 {
        switch self {
        case .unreachable(let error): error.exitCode
        case .noAnswer: 69  // EX_UNAVAILABLE
        case .notAllowed: 77  // EX_NOPERM
        case .busy: 75  // EX_TEMPFAIL
        case .refused: 65  // EX_DATAERR
        }
    }
}

extension JSONValue {
    fileprivate var count: UInt64? {
        if case .integer(let number) = self, !number.isNegative { number.magnitude } else { nil }
    }
}
