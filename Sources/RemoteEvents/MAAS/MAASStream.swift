internal import EventModel

/// The tail of one level of a region, in one zone or all. Decides what to ask for; performs no I/O.
struct MAASStream: Sendable {
    /// What to ask a region for.
    struct Query: Equatable, Sendable {
        var level: String
        var limit: Int
        var after: Int64?
        var before: Int64?
    }

    /// One walk through the pages of a round.
    struct Reading: Equatable, Sendable {
        /// The next page is behind this id.
        var after: Int64
        /// Events to ask for: less than a page while something in it cannot be given.
        var limit: Int
        /// Events to read before whole pages are asked for again.
        var narrowedCount = 0
        /// Answers in a row that could not be used, at this place.
        var failures = 0
        /// The region did not answer at all when it was last asked.
        var isRegionDown = false
        /// Whether it began at what is settled, and not at what is newest.
        let readsAgain: Bool
        let began: Timestamp
        /// The last id of the page before that is too old for a smaller one to appear.
        var old: Int64?
    }

    enum Phase: Equatable, Sendable {
        /// Between rounds. Next: `starting`, `checking`, `reading`.
        case resting
        /// Asks for the newest event, to begin behind it; in another level when this one's cannot be given. Next:
        /// `seeking`, `reading`.
        case starting(inOther: Bool)
        /// Looks for the first event of a date between two ids. Next: `reading`.
        case seeking(low: Int64, high: Int64)
        /// Asks for the newest event, to see whether ids still grow. Next: `reading`.
        case checking
        /// Asks for a page. Next: `reading`, `examining`, `locating`, `resting`.
        case reading(Reading)
        /// Asks whether the region answers at all, as something cannot be had: only then is that believed. Next:
        /// `reading`, `locating`, `stepping`.
        case examining(Reading, Suspect)
        /// Looks for the one event that cannot be had. Next: `reading`, `stepping`.
        case locating(Reading, MAASLocator)
        /// Steps over events that cannot be had, one behind the other. Next: `reading`.
        case stepping(Reading, by: Int64)
    }

    /// What could not be had.
    enum Suspect: Equatable, Sendable {
        /// A page.
        case page
        /// What a search asked for.
        case search(MAASLocator, Trouble)
        /// The event so far behind.
        case step(Int64)
    }

    /// Rounds without an event after which it is looked whether ids still grow.
    private static let roundsBetweenChecks = 30
    /// Events dated before that are too old for a smaller id to appear, in microseconds.
    private static let oldAge: Int64 = 3_600_000_000

    /// What the cursor knows it by.
    let name: String
    let level: MAASSettings.Level
    /// Key `zones`: one of them; `nil` for all.
    let zone: String?
    let pageSize: Int
    let overlap: Duration
    let start: RemoteSettings.Start

    /// `nil` before anything is known.
    var position: MAASPosition?
    var phase = Phase.resting
    /// Until when it is left alone: the region does not know the level.
    var restsUntil = Timestamp.earliest
    /// Damaged elements without an id that were counted, so that reading again does not count them again.
    var damages: Set<Int> = []

    private var isFirstRound = true
    private var emptyRounds = 0
    private var lastReadAgain = Timestamp.earliest

    init(
        name: String, level: MAASSettings.Level, zone: String?, settings: RemoteSettings, position: MAASPosition?
    ) {
        self.name = name
        self.level = level
        self.zone = zone
        self.position = position
        pageSize = settings.pageSize
        overlap = settings.overlap
        start = settings.start
    }

    /// For messages.
    var title: String {
        (level == .audit ? "level AUDIT" : "level \(level.rawValue) and above")
            + (zone.map { " in zone '\($0)'" } ?? "")
    }

    /// A round begins.
    mutating func begin(now: Timestamp) {
        guard now >= restsUntil else { return }
        guard let position else {
            if start == .beginning {
                self.position = MAASPosition(settled: 0)
                startReading(now: now)
            } else {
                phase = .starting(inOther: false)
            }
            return
        }
        if isFirstRound && position.taken.maximum > 0 || emptyRounds >= Self.roundsBetweenChecks {
            emptyRounds = 0
            phase = .checking
        } else {
            startReading(now: now)
        }
    }

    mutating func startReading(now: Timestamp) {
        guard let position else { return phase = .resting }
        // Re-reading costs a request of its own only when much was seen lately; then it is done now and then.
        let pause = Int64(overlap / .microseconds(1)) / 5
        let readsAgain =
            isFirstRound || position.taken.idCount < pageSize / 2
            || now.microseconds - lastReadAgain.microseconds >= pause || now < lastReadAgain
        isFirstRound = false
        phase = .reading(
            Reading(
                after: readsAgain ? position.taken.floor : position.taken.maximum, limit: pageSize,
                readsAgain: readsAgain, began: now))
    }

    /// What to ask for now; `nil` between rounds.
    var query: Query? {
        switch phase {
        case .resting: nil
        case .starting(inOther: true): Query(level: level == .audit ? "DEBUG" : "AUDIT", limit: 1)
        case .starting, .checking: Query(level: level.rawValue, limit: 1)
        case .seeking(let low, let high): Query(level: level.rawValue, limit: 1, after: low + (high - low) / 2)
        case .reading(let reading): Query(level: level.rawValue, limit: reading.limit, after: reading.after)
        // No type of MAAS has this level: an answer costs the region next to nothing.
        case .examining: Query(level: "CRITICAL", limit: 1)
        case .locating(_, let locator): Query(level: level.rawValue, limit: 1, before: locator.before)
        case .stepping(let reading, let step): Query(level: level.rawValue, limit: 1, after: reading.after + step)
        }
    }

    /// A page was read in phase `reading`; what was new is taken.
    ///
    /// - Parameter newCount: events in it that were not taken before.
    mutating func pageRead(_ page: MAASPage, _ reading: Reading, newCount: Int, now: Timestamp) {
        var next = reading
        if newCount > 0 { emptyRounds = 0 }
        if let maximum = page.maximum, maximum > reading.after, page.count >= reading.limit {
            next.narrowedCount -= page.count
            if next.narrowedCount <= 0 { next.limit = pageSize }
            next.failures = next.narrowedCount > 0 ? 1 : 0
            if let old = reading.old { position?.settle(old) }
            next.old = oldEnd(of: page, now: now)
            next.after = maximum
            position?.sighted(now: now, overlap: overlap)
            phase = .reading(next)
            return
        }
        if newCount == 0 { emptyRounds += 1 }
        position?.sighted(now: now, overlap: overlap)
        if reading.readsAgain {
            lastReadAgain = reading.began
            position?.roundEnded(began: reading.began, now: now, overlap: overlap)
        }
        phase = .resting
    }

    /// The greatest id up to which all events of the page are old.
    private func oldEnd(of page: MAASPage, now: Timestamp) -> Int64? {
        let age = max(Self.oldAge, Int64(overlap / .microseconds(1)))
        let count = page.records.prefix { now.microseconds - $0.created.microseconds > age }.count
        return count > 0 ? page.records[count - 1].id : nil
    }
}
