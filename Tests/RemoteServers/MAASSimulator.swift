package import EventModel
internal import NIOHTTP1
internal import RemoteEvents
package import Synchronization

/// A region that is as strict as the real one: nonces, timestamps, limits, pages newest first, levels.
package final class MAASSimulator: Sendable {
    /// A row of the region's table of events.
    package struct Row: Sendable {
        package var id: Int
        package var level = "INFO"
        package var created: Timestamp
        package var type = "Ready"
        package var description = ""
        package var hostname: String? = "valued-moth"
        package var node: String? = "e86c7h"
        package var username: String?
        package var zone = "default"
        /// Not committed yet: nobody sees it.
        package var isHidden = false
        /// Its text makes every page fail that it is in.
        package var isBad = false
        /// In place of the element that it would be.
        package var element: String?

        package init(
            id: Int, level: String = "INFO", created: Timestamp, type: String = "Ready", description: String = "",
            hostname: String? = "valued-moth", node: String? = "e86c7h", username: String? = nil,
            zone: String = "default", isHidden: Bool = false, isBad: Bool = false, element: String? = nil
        ) {
            self.id = id
            self.level = level
            self.created = created
            self.type = type
            self.description = description
            self.hostname = hostname
            self.node = node
            self.username = username
            self.zone = zone
            self.isHidden = isHidden
            self.isBad = isBad
            self.element = element
        }
    }

    package struct State: Sendable {
        /// By id.
        package var rows: [Row] = []
        /// From 2.4 on.
        package var knowsAudit = true
        /// Fields of an element, as regions before 2.4 have them, lack this one.
        package var hasUsername = true
        package var nonces: Set<String> = []
        /// The region's clock.
        package var now = Timestamp("2024-05-17T08:00:00Z") ?? .earliest
        package var sendsDate = false
        /// What was wrong with requests; a test expects nothing.
        package var complaints: [String] = []
    }

    package static let consumer = "aB3dE6gH9jK2mN5pQ8"
    package static let token = "rS1tU4vW7xY0zA3bC6"
    package static let secret = "dD4fG7hJ0kL3mN6pQ9rS2tU5vW8xY1zA"
    package static let key = "\(consumer):\(token):\(secret)"
    private static let levels = ["AUDIT": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50]

    package let state = Mutex(State())

    package init() {}

    /// Adds rows, oldest first.
    package func add(_ rows: [Row]) { state.withLock { $0.rows += rows } }

    package func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    package var complaints: [String] { state.withLock { $0.complaints } }

    /// What a request is answered with.
    package func answer(_ request: SimulatedRequest) -> SimulatedResponse {
        state.withLock { state in
            var response = Self.answer(request, &state)
            if state.sendsDate { response.headers.append(("Date", Self.httpDate(state.now))) }
            return response
        }
    }

    private static func answer(_ request: SimulatedRequest, _ state: inout State) -> SimulatedResponse {
        guard request.path == "/MAAS/api/2.0/events/" else {
            return SimulatedResponse(404, "text/html", "<html><body>Not Found</body></html>")
        }
        if let refusal = refusal(of: request, &state) {
            return SimulatedResponse(401, "text/plain; charset=utf-8", refusal)
        }
        func bad(_ text: String) -> SimulatedResponse { SimulatedResponse(400, "text/plain; charset=utf-8", text) }
        guard request.method == "GET", request.value("op") == "query" else {
            return bad("Unrecognised signature: method=\(request.method) op=\(request.value("op") ?? "None")")
        }
        let level = request.value("level") ?? "INFO"
        guard let number = levels[level], level != "AUDIT" || state.knowsAudit else {
            return bad("Unrecognised log level: \(level)")
        }
        let limit = request.value("limit").flatMap { Int($0) } ?? 100
        guard limit <= 1000 else {
            return bad("Requested number of events \(limit) is greater than limit: 1000")
        }
        let after = request.value("after")
        let before = request.value("before")
        guard after == nil || before == nil else {
            return bad("There is undetermined behaviour when both `after` and `before` are specified.")
        }
        guard [after, before].allSatisfy({ $0 == nil || $0.flatMap { Int($0) } != nil }) else {
            return bad("Invalid after: Please enter an integer value")
        }
        let isWanted = { (row: Row) in
            let rowNumber = levels[row.level] ?? 20
            return !row.isHidden && (level == "AUDIT" ? rowNumber == 0 : rowNumber >= number) && matches(row, request)
        }
        let rows: [Row]
        if let after = after.flatMap({ Int($0) }) {
            let start = place(of: after + 1, in: state.rows)
            rows = Array(state.rows[start...].lazy.filter(isWanted).prefix(max(1, limit)))
        } else {
            let end = place(of: before.flatMap { Int($0) } ?? .max, in: state.rows)
            rows = Array(state.rows[..<end].reversed().lazy.filter(isWanted).prefix(max(1, limit))).reversed()
        }
        guard !rows.contains(where: \.isBad) else {
            return SimulatedResponse(500, "text/plain", "not enough arguments for format string")
        }
        let elements = rows.reversed().map { $0.element ?? element($0, hasUsername: state.hasUsername) }
        return SimulatedResponse(
            body: "{\n    \"count\": \(rows.count),\n    \"events\": [\(elements.joined(separator: ","))],\n"
                + "    \"next_uri\": \"/MAAS/api/2.0/events/?op=query&level=\(level)\",\n    \"prev_uri\": null\n}")
    }

    /// The first row with this id or a greater one.
    private static func place(of id: Int, in rows: [Row]) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func matches(_ row: Row, _ request: SimulatedRequest) -> Bool {
        let hosts = request.values("hostname")
        let ids = request.values("id")
        return (hosts.isEmpty || hosts.contains(row.hostname ?? "")) && (ids.isEmpty || ids.contains(row.node ?? ""))
            && (request.value("zone").map { $0 == row.zone } ?? true)
            && (request.value("owner").map { $0 == row.username } ?? true)
    }

    /// Why a request is not authorized.
    private static func refusal(of request: SimulatedRequest, _ state: inout State) -> String? {
        guard let header = request.headers.first(name: "Authorization") else { return "Forbidden" }
        var fields: [String: String] = [:]
        for part in header.dropFirst("OAuth ".count).split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { continue }
            fields[sides[0].filter { $0 != " " }] = String(sides[1].dropFirst().dropLast())
        }
        guard fields["oauth_signature_method"] == "PLAINTEXT", let nonce = fields["oauth_nonce"],
            let time = fields["oauth_timestamp"].flatMap({ Int64($0) })
        else { return "Authorization Error: 'Missing field'" }
        guard fields["oauth_consumer_key"] == consumer, fields["oauth_token"] == token,
            fields["oauth_signature"] == "%26\(secret)"
        else { return "Authorization Error: Invalid API key." }
        guard state.now.seconds - time <= 300 else { return "Authorization Error: 'Expired timestamp'" }
        guard state.nonces.insert(nonce).inserted else {
            state.complaints.append("nonce \(nonce) came twice")
            return "Authorization Error: 'Nonce already used'"
        }
        return nil
    }

    private static func element(_ row: Row, hasUsername: Bool) -> String {
        let username = hasUsername ? "\"username\": \(quoted(row.username ?? "unknown")), " : ""
        return "\n        {\(username)\"node\": \(row.node.map(quoted) ?? "null"), "
            + "\"hostname\": \(quoted(row.hostname ?? "unknown")), \"id\": \(row.id), \"level\": \"\(row.level)\", "
            + "\"created\": \"\(date(row.created))\", \"type\": \(quoted(row.type)), "
            + "\"description\": \(quoted(row.description))}"
    }

    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where scalar.value < 0x20:
                result += "\\u00" + String(scalar.value / 16, radix: 16) + String(scalar.value % 16, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Fri, 17 May. 2024 08:00:09`; the weekday, which nobody reads, is always the same.
    private static func date(_ time: Timestamp) -> String {
        let text = Array(time.canonicalText)
        let month = months[(Int(String(text[5...6])) ?? 1) - 1]
        return "Fri, \(String(text[8...9])) \(month). \(String(text[0...3])) \(String(text[11...18]))"
    }

    private static func httpDate(_ time: Timestamp) -> String {
        date(time).split(separator: ".").joined() + " GMT"
    }
}

extension SimulatedResponse {
    /// A page.
    fileprivate init(body: String) {
        self.init(200, "application/json; charset=utf-8", body)
    }
}
