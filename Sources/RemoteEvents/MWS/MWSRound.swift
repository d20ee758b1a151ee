internal import EventModel

/// One pass over what MWS has from a moment on: which events to ask for next.
///
/// Events are asked for by date, oldest first, and each page begins at the second of the last event of the page before:
/// whatever is inserted or removed meanwhile moves nothing that is still to come. Only where a page is not enough for
/// the events of one second, that second is paged by offset, and again from its beginning until the server's count
/// stood still and as many different events were seen.
struct MWSRound: Equatable {
    /// Most passes over one second; with fewer than a page of changes in each that is never needed.
    static let maximumPassCount = 10

    /// Events to ask for, by date from the earliest.
    struct Query: Equatable {
        /// The earliest; `nil` asks for all.
        var from: Timestamp?
        /// Events at this moment and later are left out; `nil` leaves out none.
        var before: Timestamp?
        /// Number of events to leave out at the beginning.
        var offset = 0
    }

    /// A record of a page, as far as this type looks at it.
    struct Row {
        let key: UInt64
        /// `nil` for a record without one.
        let date: Timestamp?
    }

    /// What to ask for; `nil` when everything was read.
    private(set) var query: Query?
    /// Everything before it was read in this round.
    private(set) var position: Timestamp
    /// Number of events that the server had at the beginning; `nil` when it does not say.
    private(set) var firstTotal: Int?

    /// Events of the second that is paged by offset.
    private var found: Set<UInt64> = []
    /// The server's count at the beginning of this pass over the second.
    private var total: Int?
    private var passCount = 0
    private var isFirst = true

    /// - Parameter start: where to begin; ``EventModel/Timestamp/earliest`` asks for everything.
    init(from start: Timestamp) {
        position = start.wholeSecond
        query = Query(from: start == .earliest ? nil : start.wholeSecond)
    }

    /// Whether one second is being paged by offset: until it is over, nothing in it may be forgotten.
    var isInSecond: Bool { query?.before != nil }

    /// Takes a page.
    ///
    /// - Parameters:
    ///   - total: number of events that match the query; `nil` when the server does not say.
    ///   - pageSize: number of events that were asked for.
    /// - Returns: `false` when the page is not in the order that was asked for; the query stays.
    mutating func received(_ rows: [Row], total: Int?, pageSize: Int) -> Bool {
        guard let query else { return true }
        let dates = rows.compactMap(\.date)
        let end = query.offset + rows.count
        let isLast = rows.isEmpty || total.map { end >= $0 } ?? (rows.count < pageSize)
        // Where everything is on one page, the order does not matter.
        let isWhole = isLast && query.offset == 0
        guard isWhole || zip(dates, dates.dropFirst()).allSatisfy({ $0 <= $1 }) else { return false }
        if isFirst { firstTotal = total }
        isFirst = false
        if query.before != nil {
            receivedOfSecond(rows, total: total, isLast: isLast, query)
        } else if isLast {
            self.query = nil
        } else if let first = dates.first, let last = dates.last {
            receivedOpen(from: query.from ?? first.wholeSecond, last: last.wholeSecond)
        } else {
            self.query?.offset = end
        }
        return true
    }

    /// Leaves the rest of the current second out.
    mutating func abandonSecond() {
        leaveSecond()
    }

    private mutating func receivedOpen(from: Timestamp, last: Timestamp) {
        position = max(position, last)
        if last > from {
            query = Query(from: last)
        } else {
            query = Query(from: from, before: from.nextSecond)
            found = []
            passCount = 0
            beginPass()
            if from.nextSecond <= from { query = nil }  // The end of time.
        }
    }

    private mutating func receivedOfSecond(_ rows: [Row], total: Int?, isLast: Bool, _ query: Query) {
        if query.offset == 0 { self.total = total }
        found.formUnion(rows.map(\.key))
        let mayRepeat = passCount < Self.maximumPassCount
        if total != self.total, mayRepeat {
            beginPass()
        } else if !isLast {
            self.query?.offset = query.offset + rows.count
        } else if let total, found.count < total, mayRepeat {
            beginPass()
        } else {
            leaveSecond()
        }
    }

    private mutating func beginPass() {
        passCount += 1
        total = nil
        query?.offset = 0
    }

    private mutating func leaveSecond() {
        guard let end = query?.before else { return }
        position = max(position, end)
        found = []
        query = Query(from: end)
    }
}

extension Timestamp {
    fileprivate var nextSecond: Timestamp { Timestamp(microseconds: microseconds + 1_000_000) }
}
