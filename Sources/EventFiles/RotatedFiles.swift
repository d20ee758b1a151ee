internal import EventModel
internal import Platform

/// Names of the files that a sink has closed: `events.log-NNNNNN-YYYYMMDDThhmmssZ`, with `.gz` when compressed.
///
/// The number grows by one each time and is never used again, so that names sort in the order of their events also
/// where the clock stepped. The stamp is when the file was closed, in UTC.
package struct RotatedName: Equatable, Sendable {
    package let number: UInt64
    package let isCompressed: Bool
    /// When the file was closed, microseconds since the epoch, in whole seconds.
    package let closed: Int64

    /// The name of file `number` of the sink that writes `base`, closed at `closed` microseconds since the epoch.
    package static func make(base: String, number: UInt64, closed: Int64) -> String {
        let digits = String(number)
        let stamp = Timestamp(microseconds: closed).canonicalText.utf8.prefix(19)
            .filter { $0 != 0x2D && $0 != 0x3A }
        return base + "-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "-"
            + String(decoding: stamp, as: UTF8.self) + "Z"
    }

    /// Reads a file's name; `nil` when it is no rotated file of the sink that writes `base`.
    package init?(_ name: String, base: String) {
        guard name.hasPrefix(base + "-") else { return nil }
        var rest = Substring(name.dropFirst(base.count + 1))
        isCompressed = rest.hasSuffix(".gz")
        if isCompressed { rest.removeLast(3) }
        let parts = rest.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count >= 6, let number = UInt64(parts[0]), parts[1].utf8.count == 16,
            let closed = Self.time(Array(parts[1].utf8))
        else { return nil }
        self.number = number
        self.closed = closed
    }
}

extension RotatedName {
    /// Reads `YYYYMMDDThhmmssZ`.
    private static func time(_ stamp: [UInt8]) -> Int64? {
        let digits = stamp.map { Character(UnicodeScalar($0)) }
        let text =
            "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))"
            + "\(String(digits[8..<11])):\(String(digits[11..<13])):\(String(digits[13...]))"
        return Timestamp(text)?.microseconds
    }
}

/// When a file is closed and the next one begun.
struct RotationPolicy: Equatable, Sendable {
    /// Largest file, in bytes.
    let byteCount: Int?
    /// Length of a period, in microseconds; a file holds no events of two periods.
    let period: Int64?

    init(_ settings: RotationSettings) {
        byteCount = settings.size
        period = settings.every.map {
            $0.components.seconds * 1_000_000 + $0.components.attoseconds / 1_000_000_000_000
        }
    }

    /// Whether a line of `lineByteCount` belongs into the next file. The first line of a file always stays, however long.
    func isFull(byteCount: Int, adding lineByteCount: Int) -> Bool {
        guard let limit = self.byteCount, byteCount > 0 else { return false }
        return byteCount + lineByteCount > limit
    }

    /// Whether a file that was begun at `began` belongs to an earlier period than `now`.
    ///
    /// - Parameter offset: seconds that the periods are ahead of UTC: days end at local midnight.
    func isOver(began: Int64, now: Int64, offset: Int) -> Bool {
        guard let period else { return false }
        return floorDivide(now + Int64(offset) * 1_000_000, period)
            > floorDivide(began + Int64(offset) * 1_000_000, period)
    }

    /// Microseconds until the period that `now` is in ends; `nil` without periods.
    func remaining(now: Int64, offset: Int) -> Int64? {
        guard let period else { return nil }
        let local = now + Int64(offset) * 1_000_000
        return (floorDivide(local, period) + 1) * period - local
    }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}

/// A closed file, for the decision which ones go.
struct ClosedFile: Equatable, Sendable {
    let name: String
    let number: UInt64
    let byteCount: Int
    /// When it was closed, microseconds since the epoch.
    let closed: Int64
}

/// Which closed files go.
struct RetentionPolicy: Equatable, Sendable {
    let count: Int?
    /// Microseconds.
    let age: Int64?
    let byteCount: Int?

    init(_ settings: RotationSettings) {
        count = settings.keep
        age = settings.keepFor.map { $0.components.seconds * 1_000_000 }
        byteCount = settings.keepSize
    }

    /// The files to remove: a file goes when one limit is passed, and then all older ones go with it.
    ///
    /// - Parameter countsBytes: whether the limit of all bytes together is looked at.
    func expired(_ files: [ClosedFile], now: Int64, countsBytes: Bool = true) -> [ClosedFile] {
        let newestFirst = files.sorted { $0.number > $1.number }
        var total = 0
        for (index, file) in newestFirst.enumerated() {
            total += file.byteCount
            let isOver =
                index >= count ?? Int.max || countsBytes && total > byteCount ?? Int.max
                || now - file.closed > age ?? Int64.max
            if isOver { return Array(newestFirst[index...]) }
        }
        return []
    }

    /// Microseconds until the next of these files is too old; `nil` when none will be.
    func remaining(_ files: [ClosedFile], now: Int64) -> Int64? {
        guard let age, let oldest = files.map(\.closed).min() else { return nil }
        return max(0, oldest + age - now + 1)
    }
}
