package import EventModel
internal import EventText
internal import Pipeline

/// The events of a MAAS region, API 2.0.
///
/// Reads two tails over one sequence of ids, the levels from `level` on and AUDIT, which no other level includes; in
/// each zone where zones are named. Needs an API key; a plain user's shows the events of nodes that the user may view,
/// an administrator's those of all. What the API does not give, nobody can read: the events of deleted nodes, and from
/// 3.3 on audit events without a node (logins, settings). Its cursor is a ``MAASPosition`` for each tail; a record's
/// identity is `maas event ID`.
package struct MAASAPI: RemoteAPI {
    private let settings: MAASSettings
    /// Whether reading goes on somewhere; `false` where the spool's cursor was not one of ours.
    private var hasLostPosition: Bool
    private var streams: [MAASStream]
    /// The stream whose turn it is; `nil` between rounds.
    private var current: Int?
    /// How far the region's clock is behind ours, in microseconds, as its refusals show.
    private var clockLag: Int64 = 0
    private var random = SystemRandomNumberGenerator()
    /// The newest event seen, for ``finding``.
    private var newest: MAASRecord?

    /// - Parameter cursor: where to go on; `nil`: where the settings say.
    package init(_ settings: MAASSettings, from cursor: Cursor?) {
        self.settings = settings
        let positions = cursor.flatMap(MAASCursor.positions)
        hasLostPosition = cursor != nil && positions == nil
        var levels = [settings.level]
        if settings.readsAudit, settings.level != .audit { levels.append(.audit) }
        let zones = settings.zones.isEmpty ? [nil] : settings.zones.map(Optional.some)
        streams = zones.flatMap { zone in
            levels.map { level in
                let name = (level == .audit ? "audit" : "levels") + (zone.map { "/\($0)" } ?? "")
                return MAASStream(
                    name: name, level: level, zone: zone, settings: settings.remote, position: positions?[name])
            }
        }
    }

    package mutating func next(now: Timestamp) -> RemoteStep {
        if current == nil {
            for index in streams.indices { streams[index].begin(now: now) }
            current = 0
        }
        while let index = current, index < streams.count {
            if let query = streams[index].query { return .send(request(query, zone: streams[index].zone, now: now)) }
            current = index + 1
        }
        current = nil
        return .wait
    }

    package var cursor: Cursor {
        MAASCursor.cursor(streams.compactMap { stream in stream.position.map { (stream.name, $0) } })
    }

    package var finding: String {
        let titles = streams.map(\.title).joined(separator: ", ")
        guard let newest else {
            return "the key is accepted; no event is visible in \(titles): there is none, or its user may view no node"
        }
        return "the key is accepted; reads \(titles); newest event \(newest.id) of \(newest.created.canonicalText)"
    }

    /// Makes later requests in the region's time.
    mutating func learn(clockLag lag: Int64) { clockLag = lag }

    private mutating func request(_ query: MAASStream.Query, zone: String?, now: Timestamp) -> RemoteRequest {
        var url = "\(settings.remote.url)/api/2.0/events/?op=query&level=\(query.level)&limit=\(query.limit)"
        if let after = query.after { url += "&after=\(after)" }
        if let before = query.before { url += "&before=\(before)" }
        if let zone { url += "&zone=\(percentEncoded(zone.utf8))" }
        let regionTime = Timestamp(microseconds: now.microseconds - clockLag)
        let headers = [
            settings.key.authorization(at: regionTime, nonce: random.next()),
            RemoteHeader("Accept", "application/json"),
        ]
        return RemoteRequest(url: url + settings.query, headers: headers, purpose: "events")
    }
}

extension MAASAPI {
    package mutating func received(
        _ answer: RemoteAnswer, now: Timestamp, into page: inout RemotePage
    ) -> RemoteVerdict {
        guard let index = current, index < streams.count else { return .proceed }
        reportLostPosition(into: &page)
        switch answer {
        case .tooLarge: return streams[index].troubled(.tooLarge, into: &page)
        case .response(let response):
            switch response.status {
            case 200:
                guard let decoded = MAASPage(response.body, zone: settings.timeZone) else {
                    return unreadable(response, index, into: &page)
                }
                return take(decoded, index, now: now, into: &page)
            case 400 where streams[index].level == .audit && response.excerpt.contains("log level"):
                streams[index].phase = .resting
                streams[index].restsUntil = Timestamp(microseconds: now.microseconds + 86_400_000_000)
                page.note("The region does not know level AUDIT, being older than 2.4; the other levels are read.")
                return .proceed
            case 401: return .retry(unauthorized(response, now: now))
            case 500: return streams[index].troubled(.failed(response.excerpt), into: &page)
            default: return .retry(Self.failure(response))
            }
        }
    }

    private mutating func reportLostPosition(into page: inout RemotePage) {
        guard hasLostPosition else { return }
        hasLostPosition = false
        page.appendGap(
            stream: "all levels", from: "an unknown position", to: "where 'start' says",
            reason: "The position in the spool is not one that this version of Tributary can read")
    }

    private mutating func unreadable(
        _ response: RemoteResponse, _ index: Int, into page: inout RemotePage
    ) -> RemoteVerdict {
        guard response.body.first(where: { $0 > 0x20 }) != UInt8(ascii: "<") else {
            return .retry(
                RemoteFailure(
                    .address, "A web page is at 'url', not the API of MAAS; its address usually ends with /MAAS."))
        }
        return streams[index].troubled(.unreadable, into: &page)
    }

    /// Takes a good answer.
    private mutating func take(
        _ decoded: MAASPage, _ index: Int, now: Timestamp, into page: inout RemotePage
    ) -> RemoteVerdict {
        if let last = decoded.records.last, last.id > newest?.id ?? 0 { newest = last }
        switch streams[index].phase {
        case .resting: return .proceed
        case .starting:
            streams[index].started(decoded, now: now)
            return .proceed
        case .seeking(let low, let high):
            streams[index].sought(decoded, low: low, high: high, now: now)
            return .proceed
        case .checking:
            streams[index].checked(decoded, now: now, into: &page)
            return .proceed
        case .examining(let reading, let suspect):
            return streams[index].examined(reading, suspect, into: &page)
        case .locating(let reading, var locator):
            let step = locator.answered(decoded.maximum)
            return streams[index].located(step, locator, reading, nil, into: &page)
        case .stepping(let reading, let step):
            streams[index].stepped(reading, by: step, into: &page)
            return .proceed
        case .reading(let reading):
            let isStuck = decoded.count >= reading.limit && (decoded.maximum ?? .min) <= reading.after
            guard !isStuck else { return streams[index].troubled(.unreadable, into: &page) }
            let newCount = append(decoded, index, now: now, to: &page)
            streams[index].pageRead(decoded, reading, newCount: newCount, now: now)
            return .proceed
        }
    }

    /// Appends what was not taken before.
    ///
    /// - Returns: how much that is.
    private mutating func append(_ decoded: MAASPage, _ index: Int, now: Timestamp, to page: inout RemotePage) -> Int {
        guard var position = streams[index].position else { return 0 }
        // Two owners of the set of ids would copy it.
        streams[index].position = nil
        let source = Text(page.source)
        let suffix = position.epoch == 0 ? "" : " of database \(position.epoch + 1)"
        var newCount = 0
        var taken: [MAASRecord] = []
        taken.reserveCapacity(decoded.records.count)
        for record in decoded.records where position.take(record.id, date: record.created) {
            newCount += 1
            guard !position.leavesOut(record) else {
                page.filter()
                continue
            }
            taken.append(record)
        }
        page.append(recordCount: taken.count) { [identity = page.identity, taken] take in
            var mapping = MAASMapping()
            for record in taken {
                let id = identity.id(of: Text("maas event \(record.id)\(suffix)").bytes.span)
                take(mapping.event(from: record, id: id, source: source, observed: now))
            }
        }
        for damage in decoded.damaged {
            let isNew =
                damage.id.map { position.take($0, date: .earliest) } ?? streams[index].isNew(damage.fingerprint)
            guard isNew else { continue }
            newCount += 1
            page.reject(damage.reason, bytes: damage.bytes)
        }
        streams[index].position = position
        return newCount
    }
}
