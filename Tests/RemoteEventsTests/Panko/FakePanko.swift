import EventModel
import Pipeline

@testable import RemoteEvents

/// Panko as a value, as strict as `/v2/events` is: for properties that need thousands of answers. What it knows of the
/// real one, the tests against the real one show.
struct FakePanko {
    struct Row {
        let id: String
        var type = "x.y"
        let generated: Timestamp
        /// Alone too large for an answer.
        var isGiant = false
        var isBroken = false
    }

    /// By time, then id.
    private(set) var rows: [Row] = []
    /// Events whose answer is too large.
    var tooManyForAnAnswer = Int.max
    var token = 0
    private(set) var queries: [[String: [String]]] = []

    mutating func insert(_ row: Row) {
        guard !rows.contains(where: { $0.id == row.id }) else { return }
        let index = rows.firstIndex { ($0.generated, $0.id) > (row.generated, row.id) } ?? rows.count
        rows.insert(row, at: index)
    }

    /// Inserts rows that come behind all there are, in order.
    mutating func append(_ more: [Row]) { rows += more }

    mutating func remove(where condition: (Row) -> Bool) { rows.removeAll(where: condition) }

    mutating func answer(_ request: RemoteRequest, now: Timestamp) -> RemoteAnswer {
        guard request.method == .get else {
            token += 1
            return .response(
                RemoteResponse(
                    201,
                    """
                    {"token": {"issued_at": "\(now.canonicalText)",
                     "expires_at": "\(Timestamp(microseconds: now.microseconds + 3_600_000_000).canonicalText)",
                     "user": {"name": "admin"}, "project": {"id": "a", "name": "admin"}, "roles": [{"name": "admin"}],
                     "catalog": [{"type": "event", "endpoints": [{"interface": "public", "url": "http://127.0.0.1:2"}]}]}}
                    """, headers: [RemoteHeader("X-Subject-Token", "t\(token)")]))
        }
        guard request.headers.contains(RemoteHeader("X-Auth-Token", "t\(token)")) else {
            return .response(RemoteResponse(401, #"{"error": {"code": 401, "title": "U", "message": "No."}}"#))
        }
        return events(request)
    }

    private mutating func events(_ request: RemoteRequest) -> RemoteAnswer {
        var query: [String: [String]] = [:]
        for pair in request.url.split(separator: "?")[1].split(separator: "&") {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
            query[String(parts[0]), default: []].append(String(parts[1]))
        }
        queries.append(query)
        let fields = query["q.field"] ?? []
        guard ["q.op", "q.type", "q.value"].allSatisfy({ query[$0, default: []].count == fields.count }) else {
            return Self.fault(500, "list index out of range")
        }
        var found = rows
        for (index, field) in fields.enumerated() {
            let value = query["q.value"]?[index] ?? ""
            let time = Timestamp(value.replacing("%3A", with: ":") + "Z")
            switch (field, query["q.op"]?[index]) {
            case ("start_timestamp", "ge"): found.removeAll { $0.generated < time ?? .latest }
            case ("end_timestamp", "le"): found.removeAll { $0.generated > time ?? .earliest }
            case ("event_type", "eq"): found.removeAll { $0.type != value }
            case ("all_tenants", "eq"): break
            default: return Self.fault(400, "Operator is not supported")
            }
        }
        if let marker = query["marker"]?.first {
            guard let row = rows.first(where: { $0.id == marker }) else {
                return Self.fault(500, "Marker \(marker) not found.")
            }
            found.removeAll { ($0.generated, $0.id) <= (row.generated, row.id) }
        }
        if query["sort"] != nil { found.reverse() }
        let page = found.prefix(query["limit"]?.first.flatMap { Int($0) } ?? 100)
        guard !page.contains(where: \.isGiant), page.count < tooManyForAnAnswer else { return .tooLarge(limit: 100) }
        return .response(RemoteResponse(200, "[" + page.map(Self.text).joined(separator: ", ") + "]"))
    }

    private static func text(_ row: Row) -> String {
        let time = String(row.generated.canonicalText.dropLast())
        let traits = row.isBroken ? "7" : "[]"
        return #"{"message_id": "\#(row.id)", "event_type": "\#(row.type)", "traits": \#(traits), "#
            + #""generated": "\#(time)", "raw": {}}"#
    }

    private static func fault(_ status: Int, _ text: String) -> RemoteAnswer {
        .response(
            RemoteResponse(
                status, #"{"error_message": {"faultcode": "Server", "faultstring": "\#(text)", "debuginfo": null}}"#))
    }
}

/// A tail of a ``FakePanko`` that remembers what it gave, and can be killed at any moment.
final class FakeTail {
    var panko = FakePanko()
    var now = second(0)
    private(set) var api: PankoAPI
    /// What is durable.
    private(set) var events: [Event] = []
    private(set) var cursor: Cursor?
    private(set) var counts: [(rejected: UInt64, filtered: UInt64)] = []
    private(set) var notes: [String] = []
    private let settings: PankoSettings

    init(_ settings: PankoSettings) {
        self.settings = settings
        api = PankoAPI(settings: settings, cursor: nil)
    }

    var rejected: UInt64 { counts.reduce(0) { $0 + $1.rejected } }
    var filtered: UInt64 { counts.reduce(0) { $0 + $1.filtered } }
    /// The ids of the events, without those that are no records.
    var ids: [EventID] { events.filter { $0.kind != "Software.Log.Gap" }.map(\.id) }
    var gaps: [Event] { events.filter { $0.kind == "Software.Log.Gap" } }

    /// Makes one request.
    ///
    /// - Returns: `nil` when the round is over instead; else what came of it.
    func step() throws -> RemoteVerdict? {
        guard case .send(let request) = api.next(now: now) else { return nil }
        var page = RemotePage(source: "p", observedTime: now)
        let verdict = api.received(panko.answer(request, now: now), now: now, into: &page)
        events += try page.events()
        counts.append((page.counts.rejected, page.counts.filtered))
        notes += page.notes
        cursor = api.cursor
        return verdict
    }

    /// Makes requests until the round is over.
    ///
    /// - Returns: the failures.
    @discardableResult
    func round() throws -> [RemoteFailure] {
        var failures: [RemoteFailure] = []
        for _ in 0..<2000 {
            guard let verdict = try step() else { return failures }
            if case .retry(let failure) = verdict { failures.append(failure) }
            if failures.count > 20 { return failures }
        }
        throw Endless()
    }

    struct Endless: Error {}

    /// Begins anew with what is durable.
    func restart() {
        api = PankoAPI(settings: settings, cursor: cursor)
    }

    func id(_ native: String) -> EventID {
        RemotePage(source: "p", observedTime: now).id(of: Text(native))
    }
}
