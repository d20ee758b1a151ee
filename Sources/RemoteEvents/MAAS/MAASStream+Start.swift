internal import EventModel

extension MAASStream {
    /// An event that is dated before that, less this, is surely before the moment that is looked for, in microseconds:
    /// dates come from several machines' clocks.
    private static let dateTolerance: Int64 = 3_600_000_000

    /// The newest event is known, and nothing was read before.
    mutating func started(_ page: MAASPage, now: Timestamp) {
        let newest = page.maximum ?? 0
        let date = page.records.last?.created ?? .earliest
        guard case .time(let first) = start, first <= now else {
            position = MAASPosition(settled: newest, newestDate: date)
            if case .time(let first) = start { position?.leaveOut(before: first, upTo: .max) }
            return startReading(now: now)
        }
        position = MAASPosition(settled: 0, newestDate: .earliest)
        position?.leaveOut(before: first, upTo: newest)
        phase = .seeking(low: 0, high: newest)
        stopSeekingIfClose(low: 0, high: newest, now: now)
    }

    /// The first event behind the middle is known.
    mutating func sought(_ page: MAASPage, low: Int64, high: Int64, now: Timestamp) {
        let middle = low + (high - low) / 2
        let first = position?.firstDate ?? .earliest
        if let record = page.records.first, record.created.microseconds < first.microseconds - Self.dateTolerance {
            stopSeekingIfClose(low: max(record.id, middle), high: high, now: now)
        } else {
            stopSeekingIfClose(low: low, high: middle, now: now)
        }
    }

    private mutating func stopSeekingIfClose(low: Int64, high: Int64, now: Timestamp) {
        guard high - low <= Int64(pageSize) else { return phase = .seeking(low: low, high: high) }
        position = position.map { MAASPosition(settled: low, keeping: $0) }
        startReading(now: now)
    }

    /// The newest event is known, and it was read before: ids that fell while dates grew are another database's.
    mutating func checked(_ page: MAASPage, now: Timestamp, into remotePage: inout RemotePage) {
        defer { startReading(now: now) }
        guard let position, let newest = page.records.last, newest.id < position.taken.floor,
            newest.created > position.newestDate
        else { return }
        remotePage.appendGap(
            stream: title, from: "event \(position.taken.maximum)", to: "event 1 of another database",
            reason: "MAAS numbers its events anew, from \(newest.id) or less on: its database was rebuilt or restored. "
                + "What is dated after \(position.newestDate.canonicalText) is read")
        self.position?.databaseBegan(newestID: newest.id)
    }

    /// Whether a damaged element without an id was not seen before.
    mutating func isNew(_ damage: Int) -> Bool {
        if damages.count >= 1000 { damages = [] }
        return damages.insert(damage).inserted
    }
}
