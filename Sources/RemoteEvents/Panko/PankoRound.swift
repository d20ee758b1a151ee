internal import EventModel

/// One round of reading: from the window's beginning, page after page, until nothing more is there.
///
/// Within a round pages follow each other by marker, the id of the last event, in Panko's own order (time, then id):
/// that is exact. An event that is too large to be read is a hole; a round goes around it in spans.
struct PankoRound: Equatable, Sendable {
    /// When it began.
    let start: Timestamp
    /// First moment of the span; `nil` for all that there is.
    private(set) var from: Timestamp?
    /// Last moment of the span; `nil` for no end.
    private(set) var to: Timestamp?
    /// The event that the next page begins behind.
    var marker: Text?
    /// Time of the last event that was read.
    var lastTime: Timestamp?
    /// Whether an event of it was new.
    var hasNews = false
    /// The search for the moment of an event that is too large, while there is one.
    var search: HoleSearch?
    /// Holes that lie ahead.
    private var holes: [Timestamp]

    init(of position: PankoPosition, now: Timestamp) {
        start = now
        // Before the year 1 Panko can read no time.
        let floor = position.window.floor
        from = floor < Timestamp(microseconds: -62_135_596_800_000_000 as Int64) ? nil : floor
        holes = position.holes.filter { $0 >= floor }
        to = holes.first.map(Self.before)
    }

    /// Goes on behind the next hole.
    ///
    /// - Returns: `false` when there is none: the round is over.
    mutating func beginNextSpan() -> Bool {
        guard !holes.isEmpty else { return false }
        from = Self.after(holes.removeFirst())
        to = holes.first.map(Self.before)
        marker = nil
        return true
    }

    /// Goes on behind a hole that was just found.
    mutating func step(over hole: Timestamp) {
        holes.removeAll { $0 <= hole }
        from = Self.after(hole)
        to = holes.first.map(Self.before)
        marker = nil
        search = nil
    }

    private static func before(_ time: Timestamp) -> Timestamp { Timestamp(microseconds: time.microseconds - 1) }
    private static func after(_ time: Timestamp) -> Timestamp { Timestamp(microseconds: time.microseconds + 1) }
}

/// Looks for the moment of the event that comes next and is too large to be read, by asking for one event up to a
/// moment: the answer is too large as soon as the event lies before it. First further and further away, then halving
/// what lies between.
struct HoleSearch: Equatable, Sendable {
    /// What is known after a probe.
    enum Outcome: Equatable {
        /// Ask up to ``probe``.
        case goesOn
        /// The event is of this moment.
        case found(Timestamp)
        /// There is no such event any more.
        case vanished
    }

    /// The event is later.
    private var low: Int64
    /// It is of this moment or earlier; `nil` while that is not known.
    private var high: Int64?
    private var step: Int64 = 1000
    private let end: Int64

    /// - Parameters:
    ///   - start: the event is of this moment or later.
    ///   - now: it is not of more than a year after.
    init(from start: Timestamp, now: Timestamp) {
        low = start.microseconds - 1
        end = max(low, now.microseconds) + 31_557_600_000_000
    }

    /// The last moment to ask for.
    var probe: Timestamp {
        Timestamp(microseconds: high.map { low + ($0 - low) / 2 } ?? (low + step))
    }

    /// Takes the answer to a probe.
    mutating func probed(isTooLarge: Bool) -> Outcome {
        let moment = probe.microseconds
        if isTooLarge { high = moment } else { low = moment }
        if let high { return high - low <= 1 ? .found(Timestamp(microseconds: high)) : .goesOn }
        step *= 8
        return moment < end ? .goesOn : .vanished
    }
}
