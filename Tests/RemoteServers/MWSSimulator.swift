internal import EventModel
internal import EventText
internal import Foundation
internal import NIOHTTP1
internal import Synchronization

/// Moab Web Services as its documentation has it, strict: every request needs `api-version=3`, the right password, a
/// `max`, a query in its syntax with dates in its form.
package final class MWSSimulator: Sendable {
    package struct Stored {
        package let id: String
        /// Seconds since the epoch.
        package var date: Int
        /// All members but id and date.
        package let members: String
        package var brokenText: String?
    }

    private struct State {
        var events: [Stored] = []
        var onAnswer: (@Sendable (MWSSimulator) -> Void)?
        var shuffle = 0
        var largestMaximum = Int.max
    }

    package static let user = "tail"
    package static let password = "s3cret: ü"
    private let state = Mutex(State())

    package var count: Int { state.withLock { $0.events.count } }

    package init() {}

    /// Ties come in another order for every request.
    package func shuffleTies() { state.withLock { $0.shuffle = 1 } }

    /// The server never gives more than this.
    package func limit(to maximum: Int) { state.withLock { $0.largestMaximum = maximum } }

    /// Happens after every answer.
    package func afterEveryAnswer(_ body: (@Sendable (MWSSimulator) -> Void)?) { state.withLock { $0.onAnswer = body } }

    /// Inserts event number `number`, with all that ``expect`` of the tests looks at.
    package func insert(_ number: Int, at date: Int, message: String? = nil) {
        let members = """
            "severity": "\(number % 5 == 0 ? "ERROR" : "INFO")", "code": \(number + 1), "eventType": "Node Up",
            "origin": "scheduler \(number % 3)", "message": \(message ?? "\"event \(number)\""),
            "arguments": ["\(number)"], "associatedObjects": [{"type": "Node", "id": "node\(number % 7)"},
            {"type": "User", "id": "user\(number % 11)"}], "number": \(number)
            """
        append(Stored(id: Self.id(number), date: date, members: members))
    }

    /// Inserts a record that is written as it is, ordered as of `date`.
    package func insertBroken(_ text: String, at date: Int) {
        append(Stored(id: "", date: date, members: "", brokenText: text))
    }

    package func remove(_ number: Int) { state.withLock { $0.events.removeAll { $0.id == Self.id(number) } } }

    package static func id(_ number: Int) -> String { "51b6093b" + String(format: "%016x", number) }

    private func append(_ event: Stored) {
        state.withLock { state in state.events.append(event) }
    }

    package func answer(_ request: SimulatedRequest) -> SimulatedResponse {
        let response = decide(request)
        if let body = state.withLock({ $0.onAnswer }) { body(self) }
        return response
    }

    private func decide(_ request: SimulatedRequest) -> SimulatedResponse {
        guard request.path == "/mws/rest/events" else { return SimulatedResponse(404, "text/html", "<html>404</html>") }
        let login = Data("\(Self.user):\(Self.password)".utf8).base64EncodedString()
        guard request.headers["Authorization"] == ["Basic \(login)"] else {
            return Self.refusal(401, "You must be authenticated to access this area")
        }
        guard request.method == "GET" else { return Self.refusal(405, "method not supported") }
        guard request.value("api-version") == "3" else { return Self.refusal(400, "api-version") }
        guard let maximum = request.value("max").flatMap(Int.init), maximum > 0,
            let offset = request.value("offset").flatMap(Int.init), offset >= 0
        else { return Self.refusal(400, "max and offset") }
        guard request.value("sort") == "{\"eventDate\":1}" else { return Self.refusal(400, "sort") }
        guard let matches = matches(request.value("query") ?? "") else {
            return Self.refusal(400, "The query parameter is not valid JSON")
        }
        let limit = state.withLock { $0.largestMaximum }
        let page = matches.dropFirst(offset).prefix(min(maximum, limit))
        let results = page.map { Self.json($0, fields: request.value("fields")) }
        return SimulatedResponse(
            200, "application/json;charset=UTF-8",
            "{\"resultCount\": \(page.count), \"results\": [\(results.joined(separator: ", "))], \"totalCount\": \(matches.count)}"
        )
    }

    private static func refusal(_ status: Int, _ text: String) -> SimulatedResponse {
        SimulatedResponse(status, "application/json", "{\"messages\": [\"\(text)\"]}")
    }

    /// The events that a query matches, in order; `nil` for one that is not understood.
    private func matches(_ query: String) -> [Stored]? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(query.utf8)) as? [String: Any] else {
            return nil
        }
        var from = Int.min
        var before = Int.max
        var severity: String?
        for (name, value) in object {
            switch name {
            case "eventDate":
                guard let range = value as? [String: String] else { return nil }
                for (comparison, text) in range {
                    guard let second = Self.second(text) else { return nil }
                    switch comparison {
                    case "$gte": from = second
                    case "$lt": before = second
                    default: return nil
                    }
                }
            case "severity": severity = value as? String
            default: return nil
            }
        }
        let (events, shuffle) = state.withLock { state in
            if state.shuffle > 0 { state.shuffle += 1 }
            return (state.events, state.shuffle)
        }
        let found = events.filter { event in
            event.date >= from && event.date < before
                && (severity.map { event.members.contains("\"severity\": \"\($0)\"") } ?? true)
        }
        return found.enumerated().sorted { one, other in
            if one.element.date != other.element.date { return one.element.date < other.element.date }
            return shuffle > 0
                ? Self.mixed(one.offset, shuffle) < Self.mixed(other.offset, shuffle) : one.offset < other.offset
        }.map(\.element)
    }

    private static func mixed(_ number: Int, _ salt: Int) -> UInt64 {
        var value = (UInt64(number) &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(salt) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    private static func second(_ text: String) -> Int? {
        guard text.utf8.count == 23, text.hasSuffix(" UTC"), let time = Timestamp(text) else { return nil }
        return Int(time.seconds)
    }

    private static func json(_ event: Stored, fields: String?) -> String {
        if let broken = event.brokenText { return broken }
        let date = Timestamp(microseconds: Int64(event.date) * 1_000_000).canonicalText
        let stamp = date.prefix(10) + " " + date.dropFirst(11).prefix(8) + " UTC"
        let head = "\"id\": \"\(event.id)\", \"eventDate\": \"\(stamp)\""
        return fields == nil ? "{\(event.members), \(head)}" : "{\(head)}"
    }
}
