package import EventModel
internal import EventText
internal import Settings

/// The events of Moab Web Services, `GET rest/events?api-version=3`.
///
/// Needs an account with the permission to read `events`, by Basic authentication. MWS has no cursor and no feed of
/// changes, and `eventDate` is what the reporter says: the tail re-reads the last `overlap` at every poll, and a
/// ``LatenessWindow`` tells what is new. Events that are inserted later than that are never found.
///
///     cursor   1 byte version (1), then the window (``LatenessWindow``); the version alone before the first answer
package struct MWSAPI: RemoteAPI {
    private static let cursorVersion: UInt8 = 1
    /// The server's form of a date has no more than this in front of its fraction.
    private static let dateByteCount = 19

    private enum Phase {
        case idle
        case reading(MWSRound)
        case finished
    }

    private let settings: MWSSettings
    private let headers: [RemoteHeader]
    private var window: LatenessWindow?
    private var phase = Phase.idle
    private var pageSize: Int
    /// The next request asks for one event without its long fields, as it was too large with them.
    private var isShort = false
    /// Whether it was said that the window is full.
    private var saidFull = false
    /// A position that could not be read, to be reported as a gap.
    private var hasLostPosition = false
    private var newest: Timestamp?
    private var matchCount: Int?
    package private(set) var cursor: Cursor

    /// - Parameter cursor: where the source stands; `nil` at its first start.
    package init(_ settings: MWSSettings, from cursor: Cursor?) {
        self.settings = settings
        pageSize = settings.remote.pageSize
        headers = [
            RemoteHeader(
                "Authorization", basicAuthorization(user: settings.username, password: settings.password.reveal())),
            RemoteHeader("Accept", "application/json"),
        ]
        self.cursor = cursor ?? Cursor([Self.cursorVersion])
        guard let cursor, cursor.bytes != [Self.cursorVersion] else { return }
        window = Self.window(of: cursor)
        hasLostPosition = window == nil
    }

    package var finding: String {
        var sentence = "logged in as '\(settings.username)'"
        if let matchCount { sentence += ", \(matchCount) events since '\(startText)'" }
        if let newest { sentence += ", newest event of \(newest.canonicalText)" }
        return sentence
    }

    package mutating func next(now: Timestamp) -> RemoteStep {
        switch phase {
        case .idle:
            let window = self.window ?? LatenessWindow(from: start(now: now))
            self.window = window
            let round = MWSRound(from: window.floor)
            phase = .reading(round)
            return round.query.map { .send(request($0)) } ?? .wait
        case .reading(let round):
            if let query = round.query { return .send(request(query)) }
            phase = .idle
            return .wait
        case .finished:
            phase = .idle
            return .wait
        }
    }

    package mutating func received(
        _ answer: RemoteAnswer, now: Timestamp, into page: inout RemotePage
    ) -> RemoteVerdict {
        guard case .reading(let round) = phase, let window else { return .proceed }
        switch answer {
        case .tooLarge(let limit):
            return askForLess(limit: limit)
        case .response(let response):
            if let failure = failure(of: response) { return .retry(failure) }
            do throws(RecordArrayError) {
                return take(try MWSPage(response.body), round, window, now: now, into: &page)
            } catch {
                return .retry(
                    RemoteFailure(
                        .unreadable,
                        "MWS's answer cannot be read, as \(error); check that 'url' is MWS's own and not that of "
                            + "something in front of it. The answer begins: \(response.excerpt)"))
            }
        }
    }

    private func start(now: Timestamp) -> Timestamp {
        switch settings.remote.start {
        case .now: now.wholeSecond
        case .beginning: .earliest
        case .time(let time): time.wholeSecond
        }
    }

    private var startText: String {
        switch settings.remote.start {
        case .now: "now"
        case .beginning: "beginning"
        case .time(let time): time.canonicalText
        }
    }

    private static func window(of cursor: Cursor) -> LatenessWindow? {
        let bytes = cursor.bytes.span
        var index = 1
        guard bytes.count > 0, bytes[0] == cursorVersion, let window = LatenessWindow(reading: bytes, at: &index),
            index == bytes.count
        else { return nil }
        return window
    }
}

extension MWSAPI {
    /// Takes a page that could be read.
    private mutating func take(
        _ answer: MWSPage, _ before: MWSRound, _ oldWindow: LatenessWindow, now: Timestamp, into page: inout RemotePage
    ) -> RemoteVerdict {
        var round = before
        let ids = answer.records.map { page.id(of: $0.identity) }
        let rows = zip(ids, answer.records).map { MWSRound.Row(key: $0.high, date: $1.date) }
        guard round.received(rows, total: answer.totalCount, pageSize: isShort ? 1 : pageSize) else {
            return .retry(
                RemoteFailure(
                    .unreadable,
                    "MWS does not give its events in the order of 'eventDate' that it was asked for; "
                        + "this needs version 7.2 of MWS or later"))
        }
        var window = oldWindow
        if hasLostPosition {
            page.appendGap(
                stream: "events", from: "an unreadable position", to: window.floor.canonicalText,
                reason: "The position in MWS's events was written by another version and cannot be read")
            hasLostPosition = false
        }
        append(answer.records, ids, to: &page, &window)
        isShort = false
        pageSize = min(settings.remote.pageSize, pageSize * 2)
        settle(&round, &window, now: now, into: &page)
        matchCount = round.firstTotal ?? matchCount
        self.window = window
        phase = round.query == nil ? .finished : .reading(round)
        return .proceed
    }

    private mutating func append(
        _ records: [MWSPage.Record], _ ids: [EventID], to page: inout RemotePage, _ window: inout LatenessWindow
    ) {
        let mapping = MWSMapping(source: Text(page.source))
        // A record without a date counts as of the one before it, and a page that is whole may have any order.
        var time = window.floor
        let dated = zip(records, ids).map { record, id in
            time = max(time, record.date ?? time)
            return (record, id, time: record.date ?? time)
        }
        for (record, id, time) in dated.enumerated().sorted(by: {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }).map(\.element) {
            guard window.insert(id.high, at: time) else { continue }
            switch record {
            case .event(let record) where isShort:
                page.reject("event \(record.id.quoted) of MWS is too large to be read and is left out", bytes: nil)
            case .event(let record):
                newest = max(newest ?? record.date, record.date)
                page.append(mapping.event(record, id: id, observedTime: page.observedTime))
            case .broken(let reason, _, let bytes):
                page.reject("an event of MWS is left out, as \(reason)", bytes: bytes)
            }
        }
    }

    /// Moves the window up to what was read, and keeps it within its limits.
    private mutating func settle(
        _ round: inout MWSRound, _ window: inout LatenessWindow, now: Timestamp, into page: inout RemotePage
    ) {
        let position = round.query == nil ? now : min(now, round.position)
        window.advance(width: settings.remote.overlap, now: position)
        if !round.isInSecond { shrink(&window, isLast: round.query == nil, into: &page) }
        encode(window)
        guard cursor.bytes.count > Cursor.maximumByteCount else { return }
        page.appendGap(
            stream: "events", from: round.position.canonicalText, to: "the next second",
            reason: "MWS has more events in one second than can be told apart; the rest of that second is left out")
        round.abandonSecond()
        shrink(&window, isLast: false, into: &page)
        encode(window)
    }

    private mutating func shrink(_ window: inout LatenessWindow, isLast: Bool, into page: inout RemotePage) {
        // While catching up it means nothing: what comes late is late against the present.
        guard window.shrink() > 0, isLast, !saidFull else { return }
        saidFull = true
        page.note(
            "more than \(LatenessWindow.limit) events lie within 'overlap'; events that come late are found only when "
                + "they are of \(window.floor.canonicalText) or later. Set a shorter 'overlap'")
    }

    private mutating func encode(_ window: LatenessWindow) {
        var bytes = [Self.cursorVersion]
        window.append(to: &bytes)
        cursor = Cursor(bytes)
    }

    private mutating func askForLess(limit: Int) -> RemoteVerdict {
        guard pageSize > 1 else {
            guard !isShort else {
                return .retry(
                    RemoteFailure(
                        .unreadable, "MWS gives more than \(limit) bytes for the id and date of one event; see 'url'"))
            }
            isShort = true
            return .proceed
        }
        pageSize = max(1, pageSize / 4)
        return .proceed
    }
}

extension MWSAPI {
    private func request(_ query: MWSRound.Query) -> RemoteRequest {
        var parameters = [
            ("api-version", "3"), ("query", queryText(query)), ("sort", "{\"eventDate\":1}"),
            ("max", "\(isShort ? 1 : pageSize)"), ("offset", "\(query.offset)"),
        ]
        if isShort { parameters.append(("fields", "id,eventDate")) }
        let text = parameters.map { "\($0)=\(percentEncoded($1.utf8))" }.joined(separator: "&")
        return RemoteRequest(url: "\(base)/rest/events?\(text)", headers: headers, purpose: "events")
    }

    /// `url`, also when it was given with the path of the resource.
    private var base: Substring {
        var base = settings.remote.url[...]
        for ending in ["/rest/events", "/rest"] where base.hasSuffix(ending) { base = base.dropLast(ending.count) }
        return base
    }

    /// The operator's query and our range of dates.
    private func queryText(_ query: MWSRound.Query) -> String {
        var range: [JSONMember] = []
        if let from = query.from { range.append(JSONMember("$gte", .text(Self.date(from)))) }
        if let before = query.before { range.append(JSONMember("$lt", .text(Self.date(before)))) }
        var members = settings.query
        if !range.isEmpty { members.append(JSONMember("eventDate", .object(range))) }
        var bytes: [UInt8] = []
        JSONValue.object(members).append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `yyyy-MM-dd HH:mm:ss UTC`.
    private static func date(_ time: Timestamp) -> Text {
        var bytes: [UInt8] = []
        time.append(to: &bytes, fraction: .milliseconds)
        var date = Array(bytes.prefix(dateByteCount))
        date[10] = UInt8(ascii: " ")
        return Text(date + " UTC".utf8)
    }

    /// Why an answer is none; `nil` for a good one.
    private func failure(of response: RemoteResponse) -> RemoteFailure? {
        guard response.status != 200 else { return nil }
        let said = MWSPage.messages(of: response.body).map { "MWS says \($0)" } ?? "it says: \(response.excerpt)"
        switch response.status {
        case 401:
            return RemoteFailure(
                .credentials,
                "MWS refuses 'username' '\(settings.username)' or its 'password' (401); correct them. \(said)")
        case 403:
            return RemoteFailure(
                .permission,
                "the account '\(settings.username)' may not read events (403); give it the permission to read the "
                    + "resource 'events' in MWS. \(said)")
        case 404:
            return RemoteFailure(
                .address,
                "there is no events resource at '\(base)' (404); 'url' must be the base of MWS, such as "
                    + "https://host:8443/mws, and MWS must be started. \(said)")
        case 400:
            return RemoteFailure(
                .unreadable, "MWS does not understand the request (400); correct 'query', if it is set. \(said)")
        case 429, 503:
            return RemoteFailure(.throttled, "MWS asks for patience (\(response.status)). \(said)")
        case 300..<400:
            return RemoteFailure(
                .address, "MWS is elsewhere (\(response.status)); set 'url' to '\(response.header("Location") ?? "")'")
        default:
            return RemoteFailure(.server, "MWS is in trouble (\(response.status)); see its log. \(said)")
        }
    }
}
