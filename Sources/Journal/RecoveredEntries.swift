/// Entries of damaged files that were read by another way than the library's, by counter and number.
///
/// The library may yet find the way to them: after it has opened the files again, or when it looks for a time behind the
/// damage.
struct RecoveredEntries {
    /// Most stretches that are remembered of a counter; the oldest go first. A file has one, or one between two entries
    /// that are of other files or unreadable.
    static let maximumRangeCount = 4096

    private var ranges: [JournalCursor.ID: [ClosedRange<UInt64>]] = [:]

    var isEmpty: Bool { ranges.isEmpty }

    /// Adds an entry. Of a file they come by growing numbers.
    mutating func add(_ entry: JournalCursor) {
        let number = entry.sequenceNumber
        var known = ranges[entry.sequence] ?? []
        if let last = known.last, last.upperBound < number, last.upperBound + 1 == number {
            known[known.count - 1] = last.lowerBound...number
        } else {
            if known.count == Self.maximumRangeCount { known.removeFirst() }
            known.append(number...number)
        }
        ranges[entry.sequence] = known
    }

    func contains(_ entry: JournalCursor) -> Bool {
        ranges[entry.sequence]?.contains { $0.contains(entry.sequenceNumber) } ?? false
    }
}
