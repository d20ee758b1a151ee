/// Entries of one counter that were read one after the other, by their numbers.
///
/// The library goes forward only; but it may forget where in a file it stood, when files come and go below it. An entry of
/// the stretch that it answers again is known by its number and by a time that is not younger than the last one's: a
/// number that was given twice, after a crash of journald, has a younger one.
struct ReadStretch {
    private var sequence = JournalCursor.ID()
    private var numbers: ClosedRange<UInt64>?
    private var realtime: UInt64 = 0

    /// Adds the last of some entries with consecutive numbers, which begin a new stretch unless they continue this one.
    mutating func add(_ last: JournalCursor, count: UInt64 = 1) {
        let first = last.sequenceNumber - min(count - 1, last.sequenceNumber)
        if let known = numbers, sequence == last.sequence, first == known.upperBound &+ 1 {
            numbers = known.lowerBound...last.sequenceNumber
        } else {
            sequence = last.sequence
            numbers = first...last.sequenceNumber
        }
        realtime = last.realtime
    }

    /// Whether an entry is one of them.
    func holds(_ entry: JournalCursor) -> Bool {
        guard let numbers, sequence == entry.sequence, entry.realtime <= realtime else { return false }
        return numbers.contains(entry.sequenceNumber)
    }
}
