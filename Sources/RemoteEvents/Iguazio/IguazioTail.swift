internal import EventModel

/// Where one collection stands, and the records of the round that is under way.
struct IguazioTail {
    /// Most records that a collection's window remembers: three share a cursor.
    static let windowLimit = LatenessWindow.limit / 3

    /// A new record on its way.
    struct Kept {
        let id: EventID
        let bytes: [UInt8]
    }

    /// A record of a page, as far as this type looks at it.
    struct Row {
        let id: EventID
        /// `nil` for a record without one.
        let time: Timestamp?
        let bytes: Range<Int>
    }

    let collection: IguazioCollection
    /// `nil` before anything was read.
    private(set) var window: LatenessWindow?
    private(set) var undated: UndatedRecords
    /// The round that is under way; `nil` between rounds.
    private(set) var walk: IguazioWalk?
    /// Number of the first page in this round.
    private(set) var firstPage = 0
    /// The newest record of page 0, while it is open whether that is the first page.
    private(set) var newestOnPageZero: EventID?
    /// Why the collection could not be read in the last round.
    var refusal: RemoteFailure?

    /// The window and the other records with what was kept in this chunk.
    private var draft = LatenessWindow(from: .earliest)
    private var undatedDraft: UndatedRecords
    private var kept: [Kept] = []
    private var keptByteCount = 0
    /// Everything before it was read in this round.
    private var reached = Timestamp.earliest
    /// So many records have this one time that those not yet handed over cannot be told from those that were.
    private(set) var lostTime: Timestamp?
    /// The latest time on the first page of the chunk.
    private var topTime: Timestamp?
    /// Most records that a page of this round had.
    private var fullPageCount = 0

    init(_ collection: IguazioCollection, window: LatenessWindow? = nil, undated: UndatedRecords = UndatedRecords()) {
        self.collection = collection
        self.window = window
        self.undated = undated
        undatedDraft = undated
    }

    /// Number of the page to ask for.
    var pageNumber: Int { (walk?.index ?? 0) + firstPage }

    /// Begins a round, unless one is under way.
    mutating func begin(_ start: RemoteSettings.Start, numbering: PageNumbering) {
        guard walk == nil else { return }
        switch start {
        case .now: break
        case .beginning: window = window ?? LatenessWindow(from: .earliest)
        case .time(let time): window = window ?? LatenessWindow(from: time)
        }
        walk = IguazioWalk()
        firstPage = numbering.first
        newestOnPageZero = nil
        fullPageCount = 0
        reached = window?.floor ?? .earliest
        startChunk()
    }

    /// Ends a round before its end: what was handed over stays known.
    mutating func abandon() {
        walk = nil
        kept = []
    }

    /// Asks for page 1 in place of page 0, which has nothing or is refused.
    mutating func beginAtOne() { firstPage = 1 }

    /// Learns from two pages with what number the first one comes.
    mutating func learn(_ numbering: inout PageNumbering, from rows: [Row]) {
        guard firstPage == 0, let walk, !walk.isSeeking else { return }
        if walk.index == 0 {
            newestOnPageZero = rows.first?.id
        } else if walk.index == 1, let newest = newestOnPageZero {
            if rows.first?.id == newest { numbering.looksLikeOne() } else { numbering.looksLikeZero() }
        }
    }

    /// Remembers the newest records without handing them over: a source that begins now begins behind them.
    mutating func beginBehind(_ rows: [Row], now: Timestamp, width: Duration) {
        let newest = rows.compactMap(\.time).max().map { min($0, now) }
        var window = LatenessWindow(from: newest ?? now - width)
        for row in rows {
            if let time = row.time {
                _ = window.insert(row.id.high, at: time)
            } else {
                _ = undated.insert(row.id.high, now: now)
            }
        }
        window.advance(width: width, now: now)
        self.window = window
        walk = nil
    }

    /// Takes a page.
    ///
    /// - Parameters:
    ///   - total: number of records that the collection has; `nil` when the server does not say.
    /// - Returns: records to hand over, newest first; then call ``handedOver(now:width:)``. `nil` while there are none.
    mutating func received(
        _ rows: [Row], of page: IguazioPage, total: Int?, now: Timestamp
    ) -> [Kept]? {
        guard var walk else { return nil }
        if walk.index == walk.top { topTime = rows.compactMap(\.time).max() }
        if !walk.isSeeking { keep(rows, of: page, now: now) }
        let isEnd = rows.count < max(fullPageCount, 1) || (walk.index == 0 && total.map { $0 <= rows.count } ?? false)
        fullPageCount = max(fullPageCount, rows.count)
        let move = walk.received(reachesKnown: isEnd || reachesKnown(rows), keptByteCount: keptByteCount)
        self.walk = walk
        switch move {
        case .keep: return nil
        case .forget:
            startChunk()
            return nil
        case .handOver:
            defer { kept = [] }
            return kept
        }
    }

    /// What ``received(_:of:total:now:)`` gave is on its way.
    ///
    /// - Returns: how many records were forgotten because there are too many to remember.
    mutating func handedOver(now: Timestamp, width: Duration) -> Int {
        walk?.handedOver()
        window = draft
        undated = undatedDraft
        let isFinished = walk?.isFinished ?? true
        if let topTime { reached = max(reached, topTime) }
        window?.advance(width: width, now: isFinished ? now : min(now, reached))
        let forgotten = window?.shrink(to: Self.windowLimit) ?? 0
        let isLost = forgotten > 0 && !isFinished && (window.map { $0.floor > max(reached, $0.high) } ?? false)
        lostTime = isLost ? reached : nil
        if isFinished {
            undated.forget(now: now)
            walk = nil
        } else {
            startChunk()
        }
        return forgotten
    }

    private mutating func startChunk() {
        draft = window ?? LatenessWindow(from: .earliest)
        undatedDraft = undated
        kept = []
        keptByteCount = 0
        topTime = nil
    }

    private mutating func keep(_ rows: [Row], of page: IguazioPage, now: Timestamp) {
        for row in rows {
            let isNew =
                row.time.map { draft.insert(row.id.high, at: $0) } ?? undatedDraft.insert(row.id.high, now: now)
            guard isNew else { continue }
            kept.append(Kept(id: row.id, bytes: page.bytes(row.bytes)))
            keptByteCount += row.bytes.count
        }
    }

    /// Whether everything on the following pages is from before what is still to be read.
    private func reachesKnown(_ rows: [Row]) -> Bool {
        let times = rows.compactMap(\.time)
        guard let first = times.first, let last = times.last else { return false }
        // Where a page is not in order, only one that is wholly older counts.
        let isSorted = zip(times, times.dropFirst()).allSatisfy { $0 >= $1 }
        return isSorted ? last < reached : max(first, times.max() ?? first) < reached
    }
}

extension Timestamp {
    /// The moment so much earlier.
    static func - (time: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: time.microseconds - seconds * 1_000_000 - attoseconds / 1_000_000_000_000)
    }
}
