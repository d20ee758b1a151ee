internal import EventModel

/// Where the journal source stands; its text is what the spool keeps as the source's cursor.
///
/// One line each:
///
///     s=…;i=…;b=…;m=…;t=…;x=…   the journal's own cursor of the entry read last; or `@` and microseconds since the
///                               epoch, hexadecimal: nothing was read yet, and entries from then on are wanted
///     o <s> <i>                 the entry of another counter that was read last: 32 and up to 16 hexadecimal digits
///     r <digest>                a note that became an event: 16 hexadecimal digits
struct JournalPosition: Equatable, Sendable {
    /// The last entry of a counter.
    struct Counter: Equatable, Sendable {
        var sequence: JournalCursor.ID
        var number: UInt64
    }

    /// Largest number of counters, and of notes, that are remembered.
    static let maximumCounterCount = 16
    static let maximumReportCount = 256

    /// The first line.
    var cursor = ""
    /// The counter of the cursor and others, the one read last at the end.
    var counters: [Counter] = []
    /// Digests of notes, the newest at the end.
    var reports: [UInt64] = []

    init() {}

    init(parsing text: String) {
        let lines = text.split(separator: "\n")
        cursor = lines.first.map(String.init) ?? ""
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "r", let digest = UInt64(words[1], radix: 16) {
                reports.append(digest)
            } else if words.count == 3, words[0] == "o", words[1].utf8.count == 32,
                let high = UInt64(words[1].prefix(16), radix: 16), let low = UInt64(words[1].suffix(16), radix: 16),
                let number = UInt64(words[2], radix: 16)
            {
                counters.append(Counter(sequence: JournalCursor.ID(high: high, low: low), number: number))
            }
        }
    }

    /// The lines.
    var text: String {
        var bytes = Array(cursor.utf8)
        for counter in counters {
            bytes += Array("\no ".utf8)
            bytes.append(hexadecimal: counter.sequence.high, digitCount: 16)
            bytes.append(hexadecimal: counter.sequence.low, digitCount: 16)
            bytes.append(0x20)
            bytes.append(hexadecimal: counter.number, digitCount: 16)
        }
        for digest in reports {
            bytes += Array("\nr ".utf8)
            bytes.append(hexadecimal: digest, digitCount: 16)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether nothing was read and no time is set.
    var isEmpty: Bool { cursor.isEmpty }

    /// The time of a position before the first entry.
    var startTime: UInt64? {
        cursor.hasPrefix("@") ? UInt64(cursor.dropFirst(), radix: 16) : nil
    }

    /// A position before the entries of this time.
    static func before(_ realtime: UInt64) -> JournalPosition {
        var position = JournalPosition()
        position.cursor = "@" + String(realtime, radix: 16)
        return position
    }

    /// Whether an entry was read before, by its counter.
    func hasRead(_ entry: JournalCursor) -> Bool {
        counters.contains { $0.sequence == entry.sequence && entry.sequenceNumber <= $0.number }
    }

    /// The number of the entry that was read last of a counter.
    func number(of sequence: JournalCursor.ID) -> UInt64? {
        counters.first { $0.sequence == sequence }?.number
    }

    /// All entries that were read, by the numbers of those read last.
    var numbers: EntryNumbers {
        var numbers = EntryNumbers()
        for counter in counters { numbers.add(0...counter.number, of: counter.sequence) }
        if let last = JournalCursor(cursor) { numbers.add(0...last.sequenceNumber, of: last.sequence) }
        return numbers
    }

    /// Notes that `entry` was read last of its counter.
    mutating func remember(_ entry: JournalCursor) {
        counters.removeAll { $0.sequence == entry.sequence }
        if counters.count == Self.maximumCounterCount { counters.removeFirst() }
        counters.append(Counter(sequence: entry.sequence, number: entry.sequenceNumber))
    }

    /// Notes that a note becomes an event.
    ///
    /// - Returns: `false` when it did before.
    mutating func report(_ digest: UInt64) -> Bool {
        guard !reports.contains(digest) else { return false }
        if reports.count == Self.maximumReportCount { reports.removeFirst() }
        reports.append(digest)
        return true
    }
}
