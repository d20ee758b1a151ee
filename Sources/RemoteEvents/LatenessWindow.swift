package import EventModel

/// What keeps a tail by time exact where records come late and times tie: the greatest time so far, and every record
/// seen in the window below it.
///
/// A poll reads again what lies in the window, and ``insert(_:at:)`` tells what is new. It is bounded: with more than
/// ``limit`` records the oldest are forgotten and the window begins behind them, so that nothing comes twice.
///
///     cursor   high (fixed 8, microseconds), floor (fixed 8), varint count, then for each record by time:
///              varint microseconds after the one before (the first: after floor), key (fixed 8)
package struct LatenessWindow: Equatable, Sendable {
    /// Most records that are remembered. Their cursor takes up to 18 bytes each, usually 12.
    package static let limit = 50_000

    /// Everything before it was read, and no record there is looked at again.
    package private(set) var floor: Timestamp
    /// The greatest time so far, but never beyond the clock.
    package private(set) var high: Timestamp

    private var seen: [UInt64: Timestamp] = [:]

    /// - Parameter start: where reading begins.
    package init(from start: Timestamp) {
        floor = start
        high = start
    }

    /// Number of records that are remembered.
    package var count: Int { seen.count }

    /// Takes a record.
    ///
    /// - Parameters:
    ///   - key: the first half of its event id.
    ///   - time: the time that the server orders by. One before ``floor`` is not new.
    /// - Returns: whether it is new.
    package mutating func insert(_ key: UInt64, at time: Timestamp) -> Bool {
        guard time >= floor, seen[key] == nil else { return false }
        seen[key] = time
        return true
    }

    /// Ends a round: moves the window up to the greatest time that was seen.
    ///
    /// - Parameters:
    ///   - width: how late a record may come.
    ///   - now: beyond it the window does not move, so that one record from the future hides nothing.
    package mutating func advance(width: Duration, now: Timestamp) {
        if let greatest = seen.values.max() { high = max(high, min(greatest, now)) }
        let (seconds, attoseconds) = width.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        forget(before: max(floor, Timestamp(microseconds: high.microseconds - microseconds)))
    }

    /// Forgets the oldest records until at most `limit` are left: fewer than ``limit`` where a cursor holds several
    /// windows.
    ///
    /// - Returns: how many were forgotten.
    @discardableResult
    package mutating func shrink(to limit: Int = LatenessWindow.limit) -> Int {
        guard seen.count > limit else { return 0 }
        let before = seen.count
        let times = seen.values.sorted()
        forget(before: Timestamp(microseconds: times[times.count - limit - 1].microseconds + 1))
        return before - seen.count
    }

    private mutating func forget(before time: Timestamp) {
        guard time > floor else { return }
        floor = time
        seen = seen.filter { $0.value >= time }
    }
}

extension LatenessWindow {
    /// Appends the bytes that a cursor keeps.
    package func append(to buffer: inout [UInt8]) {
        buffer.append(fixed: high.microseconds)
        buffer.append(fixed: floor.microseconds)
        buffer.append(varint: UInt64(seen.count))
        var last = floor.microseconds
        for (key, time) in seen.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            buffer.append(varint: UInt64(time.microseconds - last))
            buffer.append(fixed: key)
            last = time.microseconds
        }
    }

    /// Reads what ``append(to:)`` wrote and moves behind it; `nil` for anything else.
    package init?(reading bytes: Span<UInt8>, at index: inout Int) {
        guard bytes.count - index >= 16 else { return nil }
        let high = Int64(bitPattern: bytes.fixed64(at: index))
        let floor = Int64(bitPattern: bytes.fixed64(at: index + 8))
        index += 16
        guard let count = bytes.varint(at: &index), count <= UInt64((bytes.count - index) / 9) else { return nil }
        self.init(from: Timestamp(microseconds: floor))
        self.high = Timestamp(microseconds: high)
        var time = floor
        for _ in 0..<count {
            guard let delta = bytes.varint(at: &index), bytes.count - index >= 8 else { return nil }
            let (sum, overflow) = time.addingReportingOverflow(Int64(truncatingIfNeeded: delta))
            guard !overflow, sum >= time else { return nil }
            time = sum
            seen[bytes.fixed64(at: index)] = Timestamp(microseconds: time)
            index += 8
        }
    }
}
