internal import EventModel

/// Records without a time: known as long as the server shows them, and a day longer.
///
///     cursor   varint count, then for each record: key (fixed 8), varint hours since the epoch when it was seen last
struct UndatedRecords: Equatable {
    /// Most records that are remembered; with more, the ones not seen for longest are forgotten.
    static let limit = 1500
    private static let hoursKept: UInt64 = 24

    private var lastSeen: [UInt64: UInt64] = [:]

    /// Takes a record.
    ///
    /// - Returns: whether it is new.
    mutating func insert(_ key: UInt64, now: Timestamp) -> Bool {
        let hour = Self.hour(now)
        if let last = lastSeen[key] {
            if last < hour { lastSeen[key] = hour }
            return false
        }
        lastSeen[key] = hour
        return true
    }

    /// Ends a round: forgets what the server does not show any more.
    mutating func forget(now: Timestamp) {
        let hour = Self.hour(now)
        guard lastSeen.count > Self.limit || lastSeen.values.contains(where: { $0 + Self.hoursKept < hour }) else {
            return
        }
        lastSeen = lastSeen.filter { $0.value + Self.hoursKept >= hour }
        guard lastSeen.count > Self.limit else { return }
        let kept = lastSeen.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.prefix(Self.limit)
        lastSeen = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    private static func hour(_ now: Timestamp) -> UInt64 { UInt64(max(0, now.seconds / 3600)) }
}

extension UndatedRecords {
    /// Appends the bytes that a cursor keeps.
    func append(to buffer: inout [UInt8]) {
        buffer.append(varint: UInt64(lastSeen.count))
        for (key, hour) in lastSeen.sorted(by: { $0.key < $1.key }) {
            buffer.append(fixed: key)
            buffer.append(varint: hour)
        }
    }

    /// Reads what ``append(to:)`` wrote and moves behind it; `nil` for anything else.
    init?(reading bytes: Span<UInt8>, at index: inout Int) {
        guard let count = bytes.varint(at: &index), count <= UInt64((bytes.count - index) / 9) else { return nil }
        for _ in 0..<count {
            guard bytes.count - index >= 8 else { return nil }
            let key = bytes.fixed64(at: index)
            index += 8
            guard let hour = bytes.varint(at: &index), hour < 1 << 32 else { return nil }
            lastSeen[key] = hour
        }
    }
}
