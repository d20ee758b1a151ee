/// Entries that were read, by counter and number.
struct EntryNumbers {
    /// Most ranges that are remembered of a counter. With more, the lowest hole is taken for read: what is told of as
    /// damaged may be lost, but nothing comes twice.
    static let maximumRangeCount = 4096

    private var counters: [JournalCursor.ID: Ranges] = [:]
    /// Whether all entries are wanted: otherwise those before the first that was read are not.
    var beginsAtHead = false

    mutating func add(_ entry: JournalCursor) {
        add(entry.sequenceNumber...entry.sequenceNumber, of: entry.sequence)
    }

    mutating func add(_ numbers: ClosedRange<UInt64>, of sequence: JournalCursor.ID) {
        counters[sequence, default: Ranges()].add(numbers)
    }

    func contains(_ entry: JournalCursor) -> Bool {
        hasAll(entry.sequenceNumber...entry.sequenceNumber, of: entry.sequence)
    }

    /// Whether there is every number of a range.
    func hasAll(_ numbers: ClosedRange<UInt64>, of sequence: JournalCursor.ID) -> Bool {
        counters[sequence]?.hasAll(numbers) ?? false
    }

    /// Whether an entry was read, or is not wanted as it comes before all that were; `nil` for an unknown counter.
    func hasPassed(_ number: UInt64, of sequence: JournalCursor.ID) -> Bool? {
        counters[sequence].map { (!beginsAtHead && number < $0.lowest) || $0.hasAll(number...number) }
    }

    /// Ranges in their order, with a hole between each and the next.
    private struct Ranges {
        private var ranges: [ClosedRange<UInt64>] = []

        /// The lowest number; there is one.
        var lowest: UInt64 { ranges[0].lowerBound }

        mutating func add(_ new: ClosedRange<UInt64>) {
            // What overlaps the new range, or stands beside it, becomes one with it.
            let start = place(of: new.lowerBound == 0 ? 0 : new.lowerBound - 1)
            var (low, high) = (new.lowerBound, new.upperBound)
            var end = start
            while end < ranges.count, high == .max || ranges[end].lowerBound <= high + 1 {
                low = min(low, ranges[end].lowerBound)
                high = max(high, ranges[end].upperBound)
                end += 1
            }
            ranges.replaceSubrange(start..<end, with: CollectionOfOne(low...high))
            if ranges.count > EntryNumbers.maximumRangeCount {
                ranges.replaceSubrange(0..<2, with: CollectionOfOne(ranges[0].lowerBound...ranges[1].upperBound))
            }
        }

        func hasAll(_ numbers: ClosedRange<UInt64>) -> Bool {
            let place = place(of: numbers.lowerBound)
            return place < ranges.count && ranges[place].lowerBound <= numbers.lowerBound
                && numbers.upperBound <= ranges[place].upperBound
        }

        /// The place of the first range that does not end before a number.
        private func place(of number: UInt64) -> Int {
            // Most of the time the last range grows.
            if let last = ranges.last, last.lowerBound <= number {
                return last.upperBound < number ? ranges.count : ranges.count - 1
            }
            var (low, high) = (0, ranges.count)
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }
}
