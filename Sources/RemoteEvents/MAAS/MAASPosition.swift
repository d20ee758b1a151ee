internal import EventModel

/// Where one stream of a region's events stands.
///
/// Ids come from a sequence, but become visible when their transaction ends: a smaller one can appear after a larger
/// one. So what was seen lately is read again, and `taken` tells what is new; an id is settled, and not looked at
/// again, once it has been known for as long as an event may be late.
struct MAASPosition: Equatable, Sendable {
    /// The greatest id that was known at a moment.
    struct Sighting: Equatable, Sendable {
        var time: Timestamp
        var id: Int64
    }

    /// Most sightings; the moments in one sixteenth of the overlap share one.
    private static let maximumSightingCount = 64

    /// Ids that were taken; all up to its floor are settled.
    private(set) var taken: IDRanges
    /// Ascending in both.
    private(set) var sightings: [Sighting] = []
    /// How often the region's database began anew; a part of the events' identity from 1 on.
    private(set) var epoch = 0
    /// The latest date of an event so far.
    private(set) var newestDate: Timestamp
    /// Events up to this id are left out when their date is before ``firstDate``.
    private(set) var lastOldID: Int64 = 0
    private(set) var firstDate = Timestamp.earliest

    /// - Parameters:
    ///   - settled: reading begins behind it.
    ///   - newestDate: the latest date of an event up to there.
    init(settled: Int64, newestDate: Timestamp = .earliest) {
        taken = IDRanges(above: settled)
        self.newestDate = newestDate
    }

    /// Leaves out events before a moment, up to an id: what comes later is new, whatever its date.
    mutating func leaveOut(before date: Timestamp, upTo id: Int64) {
        firstDate = date
        lastOldID = id
    }

    /// Whether an event is before what the operator wants.
    func leavesOut(_ record: MAASRecord) -> Bool { record.id <= lastOldID && record.created < firstDate }

    /// Takes an event; `false` when it was taken before.
    mutating func take(_ id: Int64, date: Timestamp) -> Bool {
        guard taken.insert(id) else { return false }
        newestDate = max(newestDate, date)
        return true
    }

    /// Remembers when the ids so far were known. To be called after each page.
    mutating func sighted(now: Timestamp, overlap: Duration) {
        taken.shrink()
        sightings.removeAll { $0.id <= taken.floor }
        guard taken.count > 0 else { return }
        let share = Int64(overlap / .microseconds(1)) / 16
        if let last = sightings.last,
            now.microseconds / max(1, share) == last.time.microseconds / max(1, share)
                || sightings.count >= Self.maximumSightingCount || now < last.time
        {
            sightings[sightings.count - 1] = Sighting(time: max(now, last.time), id: taken.maximum)
        } else if sightings.last?.id != taken.maximum {
            sightings.append(Sighting(time: now, id: taken.maximum))
        }
    }

    /// Settles what was known for at least `overlap` when a round began that has read everything again.
    mutating func roundEnded(began: Timestamp, now: Timestamp, overlap: Duration) {
        let limit = began.microseconds - Int64(overlap / .microseconds(1))
        // A clock that was set back must not make us wait: what is ahead of it counts from now.
        for index in sightings.indices where sightings[index].time > now { sightings[index].time = now }
        if let last = sightings.last(where: { $0.time.microseconds <= limit }) { settle(last.id) }
    }

    /// Does not look at ids up to this one again.
    mutating func settle(_ id: Int64) {
        taken.settle(id)
        sightings.removeAll { $0.id <= taken.floor }
    }

    /// Begins again with a database whose ids began again: with what is dated after all that was read of the old one.
    mutating func databaseBegan(newestID: Int64) {
        epoch += 1
        taken = IDRanges(above: 0)
        sightings = []
        leaveOut(before: Timestamp(microseconds: newestDate.microseconds + 1_000_000), upTo: newestID)
    }
}

extension MAASPosition {
    /// Appends the bytes that a cursor keeps.
    func append(to buffer: inout [UInt8]) {
        buffer.append(fixed: taken.floor)
        buffer.append(varint: UInt64(epoch))
        buffer.append(fixed: newestDate.microseconds)
        buffer.append(fixed: lastOldID)
        buffer.append(fixed: firstDate.microseconds)
        buffer.append(varint: UInt64(sightings.count))
        for sighting in sightings {
            buffer.append(fixed: sighting.time.microseconds)
            buffer.append(fixed: sighting.id)
        }
        taken.append(to: &buffer)
    }

    /// Reads what ``append(to:)`` wrote and moves behind it; `nil` for anything else.
    init?(reading bytes: Span<UInt8>, at index: inout Int) {
        guard let floor = Self.fixed(bytes, &index), floor >= 0, let epoch = bytes.varint(at: &index), epoch < 1 << 32,
            let newest = Self.fixed(bytes, &index), let old = Self.fixed(bytes, &index),
            let first = Self.fixed(bytes, &index), let count = bytes.varint(at: &index),
            count <= UInt64(Self.maximumSightingCount)
        else { return nil }
        var sightings: [Sighting] = []
        for _ in 0..<count {
            guard let time = Self.fixed(bytes, &index), let id = Self.fixed(bytes, &index) else { return nil }
            sightings.append(Sighting(time: Timestamp(microseconds: time), id: id))
        }
        guard let taken = IDRanges(above: floor, reading: bytes, at: &index) else { return nil }
        self.taken = taken
        self.sightings = sightings
        self.epoch = Int(epoch)
        newestDate = Timestamp(microseconds: newest)
        lastOldID = old
        firstDate = Timestamp(microseconds: first)
    }

    private static func fixed(_ bytes: Span<UInt8>, _ index: inout Int) -> Int64? {
        guard bytes.count - index >= 8 else { return nil }
        defer { index += 8 }
        return Int64(bitPattern: bytes.fixed64(at: index))
    }
}

/// The cursor of a MAAS source: 1 byte version, varint number of streams, then for each its name (varint byte count,
/// bytes) and its ``MAASPosition``.
enum MAASCursor {
    private static let version: UInt8 = 1

    static func cursor(_ positions: [(name: String, position: MAASPosition)]) -> Cursor {
        var bytes = [version]
        bytes.append(varint: UInt64(positions.count))
        for (name, position) in positions {
            bytes.append(varint: UInt64(name.utf8.count))
            bytes += Array(name.utf8)
            position.append(to: &bytes)
        }
        return Cursor(bytes)
    }

    /// The streams' positions by name; `nil` when it is no cursor of ours.
    static func positions(_ cursor: Cursor) -> [String: MAASPosition]? {
        let bytes = cursor.bytes.span
        var index = 1
        guard bytes.count > 1, bytes[0] == version, let count = bytes.varint(at: &index), count <= 64 else {
            return nil
        }
        var positions: [String: MAASPosition] = [:]
        for _ in 0..<count {
            guard let name = bytes.text(at: &index, limit: 4096),
                let position = MAASPosition(reading: bytes, at: &index)
            else { return nil }
            positions[String(decoding: name, as: UTF8.self)] = position
        }
        return index == bytes.count ? positions : nil
    }
}
