internal import EventModel

extension PankoAPI {
    /// Takes a page, and goes on behind it or ends the round.
    mutating func take(_ items: [PankoPage.Item], now: Timestamp, into page: inout RemotePage) -> RemoteVerdict {
        guard var position, var round else { return .proceed }
        guard !isProbe else {
            take(probe: items, into: &page)
            return .proceed
        }
        if round.search != nil { return searched(isTooLarge: false, now: now, into: &page) }
        reportGap(&position, round, items, now: now, into: &page)
        let marker = round.marker
        for item in items { take(item, &position, &round, into: &page) }
        self.position = position
        restartCount = 0
        let isFull = items.count >= limit
        if isFull, round.marker == marker { return askedInVain(items.count) }
        if isFull || round.beginNextSpan() {
            goOn(round, now: now, into: &page)
        } else {
            end(round, now: now, into: &page)
        }
        return .proceed
    }

    /// A full page without an id to go on behind: with more events there may be one.
    private mutating func askedInVain(_ count: Int) -> RemoteVerdict {
        guard limit < settings.remote.pageSize else {
            return .retry(unreadable("none of its \(count) events has a message_id"))
        }
        limit = min(settings.remote.pageSize, limit * 2)
        return .proceed
    }

    /// More of the round follows.
    private mutating func goOn(_ round: PankoRound, now: Timestamp, into page: inout RemotePage) {
        self.round = round
        // Not beyond the last event of the page: nothing that follows is before it.
        guard let time = round.lastTime else { return }
        position?.window.advance(width: settings.remote.overlap, now: min(now, time))
        let floor = position?.window.floor ?? time
        boundWindow(into: &page)
        guard let window = position?.window, window.floor > max(time, window.high, floor) else { return }
        page.appendGap(
            stream: "events", from: time.canonicalText, to: window.floor.canonicalText,
            reason: "More than \(LatenessWindow.limit) events of Panko have the same time, which is more than can be "
                + "told apart; those of them that were not read yet are left out")
    }

    /// Nothing more is there.
    private mutating func end(_ round: PankoRound, now: Timestamp, into page: inout RemotePage) {
        self.round = nil
        isRoundOver = true
        position?.window.advance(width: settings.remote.overlap, now: now)
        boundWindow(into: &page)
        if round.hasNews || position.map({ round.start >= $0.checked.advanced(by: Self.checkedInterval) }) ?? false {
            position?.checked = round.start
        }
    }

    private mutating func take(probe items: [PankoPage.Item], into page: inout RemotePage) {
        isRoundOver = true
        switch items.first {
        case .record(let record)?: newest = record.generated
        case .unreadable(let record)?: page.note("Panko's newest event cannot be read: \(record.reason)")
        case nil: break
        }
    }

    private func take(
        _ item: PankoPage.Item, _ position: inout PankoPosition, _ round: inout PankoRound, into page: inout RemotePage
    ) {
        switch item {
        case .record(let record):
            round.marker = record.messageID
            round.lastTime = record.generated
            let id = page.id(of: record.messageID)
            guard position.window.insert(id.high, at: record.generated) else { return }
            round.hasNews = true
            if filter.accepts(record) {
                page.append(mapping.event(from: record, id: id, source: page.source, observed: page.observedTime))
            } else {
                page.filter()
            }
        case .unreadable(let record):
            if record.hasMessageID { round.marker = record.identity }
            // Its neighbor's time is near enough to know it again while it is in the window.
            let time = record.generated ?? round.lastTime ?? position.window.high
            round.lastTime = time
            guard position.window.insert(page.id(of: record.identity).high, at: time) else { return }
            round.hasNews = true
            let name = record.hasMessageID ? " '\(record.identity.string.prefix(64))'" : ""
            page.reject(
                "An event of Panko\(name) near \(time.canonicalText) is set aside: \(record.reason)",
                bytes: record.bytes)
        }
    }

    /// Keeps the window within its limit.
    private mutating func boundWindow(into page: inout RemotePage) {
        position?.forgetHoles()
        guard let floor = position?.window.floor, let forgotten = position?.window.shrink(), forgotten > 0 else {
            return
        }
        if !hasNotedFullWindow {
            page.note(
                "More than \(LatenessWindow.limit) events lie within overlap, which begins at \(floor.canonicalText): "
                    + "of those that come late, only the latest are found. Make overlap shorter.")
        }
        hasNotedFullWindow = true
    }

    /// Says what Panko's retention has taken (G8), where that is known: events that were fresh at the last look are gone,
    /// so that what followed them and was not read may be gone too.
    private mutating func reportGap(
        _ position: inout PankoPosition, _ round: PankoRound, _ items: [PankoPage.Item], now: Timestamp,
        into page: inout RemotePage
    ) {
        if isPositionLost {
            isPositionLost = false
            page.appendGap(
                stream: "events", from: "unknown", to: position.window.floor.canonicalText,
                reason: "The position in the spool cannot be read; reading begins where 'start' says")
            return
        }
        guard round.lastTime == nil, position.window.count > 0,
            round.start >= position.checked.advanced(by: Self.retentionDoubt),
            position.window.high.advanced(by: Self.retentionDoubt) >= position.checked
        else { return }
        let oldest = items.lazy.compactMap(\.time).first ?? now
        guard oldest > position.checked else { return }
        page.appendGap(
            stream: "events", from: position.checked.canonicalText, to: oldest.canonicalText,
            reason: "Panko does not hold any more what was read last: its retention (event_time_to_live) has passed "
                + "the position, and events are missing")
        position.checked = oldest
    }
}

extension PankoAPI {
    /// An answer was too large: asks for less, and in the end steps over the one event that is too large by itself.
    mutating func tooLarge(_ byteCount: Int, now: Timestamp, into page: inout RemotePage) -> RemoteVerdict {
        guard round?.search == nil else { return searched(isTooLarge: true, now: now, into: &page) }
        guard limit == 1 || isProbe else {
            limit = max(1, limit / 2)
            return .proceed
        }
        guard !isProbe, var round else {
            isRoundOver = true
            page.note("Panko's newest event has more than \(byteCount) bytes and cannot be read")
            return .proceed
        }
        let start = round.lastTime ?? round.from ?? Timestamp(microseconds: 0 as Int64)
        round.search = HoleSearch(from: start, now: now)
        self.round = round
        return .proceed
    }

    /// Takes what became of a probe for an event that is too large.
    private mutating func searched(isTooLarge: Bool, now: Timestamp, into page: inout RemotePage) -> RemoteVerdict {
        guard var position, var round, let outcome = round.search?.probed(isTooLarge: isTooLarge) else {
            return .proceed
        }
        switch outcome {
        case .goesOn: self.round = round
        case .vanished:
            round.search = nil
            self.round = round
        case .found(let time):
            page.reject(
                "An event of Panko of \(time.canonicalText) is set aside: it is too large to be read, and what has the same microsecond and a greater id with it",
                bytes: nil
            )
            position.addHole(at: time)
            round.step(over: time)
            self.position = position
            self.round = round
        }
        return .proceed
    }
}

extension PankoPage.Item {
    fileprivate var time: Timestamp? {
        switch self {
        case .record(let record): record.generated
        case .unreadable(let record): record.generated
        }
    }
}
