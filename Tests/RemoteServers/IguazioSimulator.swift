package import EventModel
internal import Foundation
internal import NIOHTTP1
internal import Synchronization

/// The dashboard of an Iguazio system as far as its clients know it, strict: a session cookie comes back byte for byte,
/// an access key in one of its two forms with the right user, lists have both page parameters and the one sort.
package final class IguazioSimulator: Sendable {
    /// What page 0 is.
    package enum FirstPage {
        case zero
        /// Pages begin at 1 and 0 gives the same.
        case oneOrZero
        /// Pages begin at 1 and 0 is an error.
        case one
        /// Pages begin at 1 and 0 has nothing.
        case oneAndEmpty
    }

    package struct Stored {
        package let json: String
        package let time: Timestamp
        /// Attributes that can be filtered by.
        package var attributes: [String: String] = [:]
    }

    private struct State {
        var records: [String: [Stored]] = [:]
        var sessions: Set<String> = []
        var sessionCount = 0
        var firstPage = FirstPage.zero
        var largestPage = Int.max
        var forbidden: Set<String> = []
        var refusesPlainKeys = false
        var onAnswer: (@Sendable (IguazioSimulator) -> Void)?
    }

    package static let user = "tail"
    package static let password = "pass\"word"
    package static let accessKey = "4dbc3521-3f02-44a1-a5e9-85cbb1ab0e14"
    private let state = Mutex(State())

    /// Number of sessions that were opened.
    package var sessionCount: Int { state.withLock { $0.sessionCount } }

    package init() {}

    package func set(firstPage: FirstPage) { state.withLock { $0.firstPage = firstPage } }
    package func limit(to count: Int) { state.withLock { $0.largestPage = count } }
    package func forbid(_ path: String) { state.withLock { _ = $0.forbidden.insert(path) } }
    package func refusePlainKeys() { state.withLock { $0.refusesPlainKeys = true } }
    /// Ends all sessions.
    package func expireSessions() { state.withLock { $0.sessions = [] } }
    /// Happens after every answer to a list.
    package func afterEveryAnswer(_ body: (@Sendable (IguazioSimulator) -> Void)?) {
        state.withLock { $0.onAnswer = body }
    }

    /// Adds event number `number` with all that the tests look at.
    package func insert(_ number: Int, at time: Timestamp, in path: String = "events", description: String? = nil) {
        let severity = ["info", "warning", "critical"][number % 3]
        let json = """
            {"type": "event", "id": "\(path)-\(number)", "attributes": {"source": "igz0.vn.\(number % 3)",
            "kind": "Security.User.Login.Failed", "timestamp_iso8601": "\(time.canonicalText)", "timestamp_uint64": null,
            "description": "\(description ?? "event \(number)")", "severity": "\(severity)", "classification": "sec",
            "visibility": "external", "system_event": true, "parameters_text": [{"name": "username",
            "value": "user\(number % 11)"}], "parameters_uint64": [{"name": "number", "value": \(number)},
            {"name": "big", "value": 18446744073709551615}]}, "relationships": {}}
            """
        insert(json, at: time, in: path, ["severity": severity])
    }

    /// Adds a record that is written as it is.
    package func insert(
        _ json: String, at time: Timestamp, in path: String = "events", _ attributes: [String: String] = [:]
    ) {
        state.withLock {
            $0.records[path, default: []].append(Stored(json: json, time: time, attributes: attributes))
        }
    }

    package func answer(_ request: SimulatedRequest) -> SimulatedResponse {
        if request.method == "POST", request.path == "/api/sessions" { return logIn(request) }
        let prefix = "/api/"
        guard request.method == "GET", request.path.hasPrefix(prefix) else { return Self.refusal(404, "no route") }
        guard isAuthenticated(request) else { return Self.refusal(401, "Session is not valid") }
        let response = list(String(request.path.dropFirst(prefix.count)), request)
        if let body = state.withLock({ $0.onAnswer }) { body(self) }
        return response
    }

    private func logIn(_ request: SimulatedRequest) -> SimulatedResponse {
        guard request.headers["Content-Type"] == ["application/json"],
            let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any],
            let data = body["data"] as? [String: Any], data["type"] as? String == "session",
            data["relationships"] as? [String: String] == [:],
            let attributes = data["attributes"] as? [String: String]
        else { return Self.refusal(400, "malformed") }
        guard attributes == ["username": Self.user, "password": Self.password, "plane": "control"] else {
            return Self.refusal(401, "wrong")
        }
        let cookie = state.withLock { state in
            state.sessionCount += 1
            let cookie = "j%3A%7B%22sid%22%3A%22s-\(state.sessionCount)%22%7D"
            state.sessions.insert(cookie)
            return cookie
        }
        var response = SimulatedResponse(
            201, "application/json", "{\"data\": {\"type\": \"session\"}, \"meta\": {\"ctx\": \"1\"}}")
        response.headers.append(("Set-Cookie", "other=1; Path=/"))
        response.headers.append(("Set-Cookie", "session=\(cookie); Path=/; HttpOnly; Secure"))
        return response
    }

    private func isAuthenticated(_ request: SimulatedRequest) -> Bool {
        guard let cookie = request.headers["Cookie"].first, cookie.hasPrefix("session=") else { return false }
        let value = String(cookie.dropFirst(8))
        let (sessions, refusesPlain) = state.withLock { ($0.sessions, $0.refusesPlainKeys) }
        if sessions.contains(value) { return true }
        let login = Data("\(Self.user):\(Self.accessKey)".utf8).base64EncodedString()
        guard request.headers["Authorization"] == ["Basic \(login)"] else { return false }
        if value == "j:{\"sid\": \"\(Self.accessKey)\"}" { return !refusesPlain }
        return value == "j%3A%7B%22sid%22%3A%20%22\(Self.accessKey)%22%7D"
    }

    private func list(_ path: String, _ request: SimulatedRequest) -> SimulatedResponse {
        guard ["events", "audit_events", "communication_events"].contains(path) else {
            return Self.refusal(404, "no route")
        }
        guard request.value("sort") == "-timestamp_iso8601",
            let number = request.value("page[number]").flatMap(Int.init),
            let size = request.value("page[size]").flatMap(Int.init), number >= 0, size > 0
        else { return Self.refusal(400, "sort and page") }
        let (stored, largest, first, isForbidden) = state.withLock {
            ($0.records[path] ?? [], $0.largestPage, $0.firstPage, $0.forbidden.contains(path))
        }
        if isForbidden { return Self.refusal(403, "Permission denied") }
        var records = stored
        for (name, value) in request.query where name.hasPrefix("filter[") {
            let attribute = String(name.dropFirst(7).dropLast())
            records = records.filter { $0.attributes[attribute, default: value] == value }
        }
        records = records.enumerated().sorted { ($0.element.time, $0.offset) > ($1.element.time, $1.offset) }
            .map(\.element)
        let count = min(size, largest)
        var index = number
        switch first {
        case .zero: break
        case .oneOrZero: index = max(0, number - 1)
        case .one:
            guard number > 0 else { return Self.refusal(400, "page number") }
            index = number - 1
        case .oneAndEmpty: index = number == 0 ? Int(Int32.max) : number - 1
        }
        let page = records.dropFirst(index * count).prefix(count)
        return SimulatedResponse(
            200,
            "application/json",
            "{\"data\": [\(page.map(\.json).joined(separator: ", "))], \"included\": [], \"meta\": {\"ctx\": \"2\"}}")
    }

    private static func refusal(_ status: Int, _ text: String) -> SimulatedResponse {
        SimulatedResponse(
            status, "application/json",
            "{\"errors\": [{\"status\": \(status), \"detail\": \"\(text)\"}], \"meta\": {\"ctx\": \"3\"}}")
    }
}
