package import EventModel
internal import EventText

/// The events, audit events and communication events of an Iguazio platform.
///
/// Needs an account of the control plane with an administrator's role, a read-only one too. Each collection has a
/// cursor of its own; they are read in turn. Pages come newest first, which is all that the platform is known to do; the
/// last `overlap` is read again at every poll, and a ``LatenessWindow`` tells what is new.
///
///     cursor   1 byte version (1), then for each collection that was read: its number (0 events, 1 audit, 2
///              communication), its window (``LatenessWindow``), its records without a time (``UndatedRecords``)
package struct IguazioAPI: RemoteAPI {
    private static let cursorVersion: UInt8 = 1

    private let settings: IguazioSettings
    private let base: String
    private var session: IguazioSession
    private var tails: [IguazioTail]
    /// Collections that were read once but are not set any more: they go on where they stand when they are set again.
    private var dormant: [IguazioTail] = []
    /// The tail whose turn it is; past the last one the round is over.
    private var turn = 0
    private var isLoggingIn = false
    private var numbering = PageNumbering()
    private var pageSize: Int
    /// Whether a collection could be read in this round.
    private var hasRead = false
    private var hasLostPosition = false
    /// Whether it was said that a window is full.
    private var saidFull = false
    private var newest: Timestamp?
    package private(set) var cursor: Cursor

    /// - Parameter cursor: where the source stands; `nil` at its first start.
    package init(_ settings: IguazioSettings, from cursor: Cursor?) {
        self.settings = settings
        let url = settings.remote.url
        base = url.hasSuffix("/api") ? url : url + "/api"
        session = IguazioSession(settings, base: base)
        pageSize = settings.remote.pageSize
        self.cursor = cursor ?? Cursor([Self.cursorVersion])
        let stored = Self.tails(of: self.cursor)
        hasLostPosition = stored == nil
        tails = settings.collections.map { collection in
            stored?.first { $0.collection == collection } ?? IguazioTail(collection)
        }
        dormant = (stored ?? []).filter { !settings.collections.contains($0.collection) }
    }

    package var finding: String {
        let collections = settings.collections.map(\.rawValue).joined(separator: ", ")
        let refused = tails.filter { $0.refusal != nil }.map(\.collection.rawValue)
        var sentence = "logged in \(session.description), collections \(collections)"
        if !refused.isEmpty { sentence += "; not readable: \(refused.joined(separator: ", "))" }
        if let newest { sentence += "; newest event of \(newest.canonicalText)" }
        return sentence
    }

    package mutating func next(now: Timestamp) -> RemoteStep {
        guard turn < tails.count else {
            turn = 0
            hasRead = false
            return .wait
        }
        if let login = session.login {
            isLoggingIn = true
            return .send(login)
        }
        tails[turn].begin(settings.remote.start, numbering: numbering)
        return .send(request(tails[turn]))
    }

    package mutating func received(
        _ answer: RemoteAnswer, now: Timestamp, into page: inout RemotePage
    ) -> RemoteVerdict {
        let wasLoggingIn = isLoggingIn
        isLoggingIn = false
        switch answer {
        case .tooLarge(let limit):
            guard !wasLoggingIn else {
                return .retry(
                    RemoteFailure(.unreadable, "Iguazio's session has more than \(limit) bytes; check 'url'"))
            }
            return askForLess(limit: limit, into: &page)
        case .response(let response):
            if wasLoggingIn { return session.loginAnswered(response).map { .retry($0) } ?? .goOn }
            guard turn < tails.count else { return .proceed }
            guard response.status == 200 else { return refused(response, into: &page) }
            session.accepted(response)
            do throws(RecordArrayError) {
                take(try IguazioPage(response.body), now: now, into: &page)
                return .proceed
            } catch {
                return .retry(
                    RemoteFailure(
                        .unreadable,
                        "Iguazio's answer cannot be read, as \(error); check that 'url' is the dashboard's. The answer "
                            + "begins: \(response.excerpt)"))
            }
        }
    }
}

extension IguazioAPI {
    private mutating func take(_ answer: IguazioPage, now: Timestamp, into page: inout RemotePage) {
        reportLostPosition(into: &page)
        let rows = rows(of: answer, in: page)
        tails[turn].refusal = nil
        hasRead = true
        if mustTryPageOne(rows) { return tails[turn].beginAtOne() }
        if tails[turn].firstPage == 1, tails[turn].pageNumber == 1, !rows.isEmpty { numbering.looksLikeOne() }
        tails[turn].learn(&numbering, from: rows)
        newest = rows.compactMap(\.time).reduce(newest) { max($0 ?? $1, $1) }
        if tails[turn].window == nil {
            tails[turn].beginBehind(rows, now: now, width: settings.remote.overlap)
            return finishTurn()
        }
        guard let kept = tails[turn].received(rows, of: answer, total: answer.totalCount, now: now) else { return }
        append(kept, to: &page)
        let forgotten = tails[turn].handedOver(now: now, width: settings.remote.overlap)
        if let time = tails[turn].lostTime {
            page.appendGap(
                stream: tails[turn].collection.rawValue, from: time.canonicalText, to: "the next microsecond",
                reason:
                    "More than \(IguazioTail.windowLimit) records have the same time, which is more than can be told "
                    + "apart; those of them that were not read yet are left out")
        }
        guard tails[turn].walk == nil else { return encode() }
        if forgotten > 0, !saidFull {
            saidFull = true
            page.note(
                "more than \(IguazioTail.windowLimit) records of '\(tails[turn].collection.rawValue)' lie within "
                    + "'overlap'; those that come late may be left out. Set a shorter 'overlap'")
        }
        finishTurn()
    }

    private func rows(of answer: IguazioPage, in page: RemotePage) -> [IguazioTail.Row] {
        let text = answer.body.span
        let collection = tails[turn].collection
        var rows: [IguazioTail.Row] = []
        rows.reserveCapacity(answer.ranges.count)
        for range in answer.ranges {
            let record = IguazioPage.record(text.extracting(range))
            let identity = IguazioPage.identity(of: record, bytes: answer.bytes(range), in: collection)
            rows.append(IguazioTail.Row(id: page.id(of: identity), time: record.time, bytes: range))
        }
        return rows
    }

    /// Whether page 0 has nothing, so that the first page may be 1.
    private func mustTryPageOne(_ rows: [IguazioTail.Row]) -> Bool {
        rows.isEmpty && tails[turn].pageNumber == 0 && numbering.mayBeginAtOne
    }

    /// Appends records to the page, oldest first.
    private func append(_ kept: [IguazioTail.Kept], to page: inout RemotePage) {
        let mapping = IguazioMapping(source: Text(page.source), collection: tails[turn].collection)
        for record in kept.reversed() {
            switch IguazioPage.record(record.bytes.span) {
            case .broken(let reason):
                page.reject(
                    "a record of '\(tails[turn].collection.rawValue)' is left out, as \(reason)",
                    bytes: record.bytes)
            case .event(let native) where settings.filter.takes(native):
                page.append(mapping.event(native, id: record.id, observedTime: page.observedTime))
            case .event: page.filter()
            }
        }
    }

    private mutating func finishTurn() {
        turn += 1
        pageSize = min(settings.remote.pageSize, pageSize * 2)
        encode()
    }

    private mutating func refused(_ response: RemoteResponse, into page: inout RemotePage) -> RemoteVerdict {
        let collection = tails[turn].collection
        let failure = IguazioPage.failure(of: response, asking: "'\(collection.rawValue)' at '\(base)'")
        switch response.status {
        case 401:
            return session.refused(response).map { .retry($0) } ?? .goOn
        case 400, 422:
            guard tails[turn].pageNumber == 0, numbering.mayBeginAtOne else { return .retry(failure) }
            tails[turn].beginAtOne()
            return .goOn
        case 403, 404:
            return leave(failure, into: &page)
        default:
            return .retry(failure)
        }
    }

    /// Leaves a collection that cannot be read for this round; the others go on.
    private mutating func leave(_ failure: RemoteFailure, into page: inout RemotePage) -> RemoteVerdict {
        if tails.count > 1, tails[turn].refusal != failure { page.note("\(failure)") }
        tails[turn].refusal = failure
        tails[turn].abandon()
        turn += 1
        guard turn == tails.count, !hasRead else { return .goOn }
        turn = 0
        return .retry(failure)
    }

    private mutating func askForLess(limit: Int, into page: inout RemotePage) -> RemoteVerdict {
        guard pageSize == 1 else {
            pageSize = max(1, pageSize / 4)
            tails[turn].abandon()
            return .proceed
        }
        if tails[turn].pageNumber == 0, numbering.mayBeginAtOne {
            tails[turn].beginAtOne()
            return .proceed
        }
        pageSize = settings.remote.pageSize
        return leave(
            RemoteFailure(
                .unreadable,
                "a page of one record of '\(tails[turn].collection.rawValue)' has more than \(limit) bytes; "
                    + "leave the collection out by 'collections', or such records by 'filter'"), into: &page)
    }

    private mutating func reportLostPosition(into page: inout RemotePage) {
        guard hasLostPosition else { return }
        hasLostPosition = false
        page.appendGap(
            stream: "all collections", from: "an unreadable position", to: "'start'",
            reason: "The position in Iguazio's events was written by another version and cannot be read")
    }
}

extension IguazioAPI {
    private func request(_ tail: IguazioTail) -> RemoteRequest {
        var parameters = [
            ("sort", "-timestamp_iso8601"), ("page[number]", "\(tail.pageNumber)"), ("page[size]", "\(pageSize)"),
        ]
        parameters += settings.filter.attributes.map { ("filter[\($0)]", $1) }
        let text = parameters.map { "\(percentEncoded($0.utf8))=\(percentEncoded($1.utf8))" }
            .joined(separator: "&")
        return RemoteRequest(
            url: "\(base)/\(tail.collection.path)?\(text)",
            headers: session.headers + [RemoteHeader("Accept", "application/json")], purpose: tail.collection.rawValue)
    }

    private mutating func encode() {
        var bytes = [Self.cursorVersion]
        for tail in tails + dormant {
            guard let window = tail.window else { continue }
            bytes.append(tail.collection.number)
            window.append(to: &bytes)
            tail.undated.append(to: &bytes)
        }
        cursor = Cursor(bytes)
    }

    /// The collections of a cursor; `nil` when it is none of ours.
    private static func tails(of cursor: Cursor) -> [IguazioTail]? {
        let bytes = cursor.bytes.span
        guard bytes.count > 0, bytes[0] == cursorVersion else { return nil }
        var tails: [IguazioTail] = []
        var index = 1
        while index < bytes.count {
            let number = bytes[index]
            index += 1
            guard let collection = IguazioCollection.allCases.first(where: { $0.number == number }),
                let window = LatenessWindow(reading: bytes, at: &index),
                let undated = UndatedRecords(reading: bytes, at: &index)
            else { return nil }
            tails.append(IguazioTail(collection, window: window, undated: undated))
        }
        return tails
    }
}

extension IguazioSettings.Filter {
    /// Attributes that the server is asked for, with their values.
    fileprivate var attributes: [(String, String)] {
        [("severity", severity), ("kind", kind), ("classification", classification), ("source", source)]
            .compactMap { name, value in value.map { (name, $0) } }
    }

    /// Whether a record is asked for, also where the server does not obey the filter.
    fileprivate func takes(_ record: IguazioRecord) -> Bool {
        guard tenant.map({ record.tenant == Text($0) }) ?? true else { return false }
        return attributes.allSatisfy { name, value in
            (record[Text(name)]?.anyText ?? .empty) == Text(value)
        }
    }
}
