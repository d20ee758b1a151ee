/// Entries that were read without asking for their cursors.
///
/// A cursor's text costs as much as four fields. Where all files share one counter, the numbers of the entries grow:
/// so when a run of entries begins after number N and its last one has N plus the length of the run, every number in
/// between is known. Where numbers are missing, the run is read again with a cursor for each entry.
/// (0.7 of 4.9 µs per entry of 24 fields; perf on 500,000 entries.)
struct EntryRun {
    /// Longest run, in entries.
    static let maximumCount = 256
    /// Entries that are read with their cursors after a run that could not be proved.
    static let pauseCount = 1 << 14

    /// Whether all files share one counter.
    var isPossible = false
    /// Whether the files are looked at beside the library.
    var isViewed = false
    /// Entries since the last one that is known by its cursor.
    var count = 0
    /// Whether an entry had no time, so that its cursor must say what is wrong with it.
    var isBroken = false
    /// The frame before them.
    var mark = FrameBuilder.Mark()
    /// Entries to read with their cursors before the next run.
    var pause = 0

    /// Whether it is to be proved before the next entry.
    var isFull: Bool { count == Self.maximumCount || isBroken }
}

extension JournalReader {
    /// Takes the current entry into the frame under the number that it should have.
    ///
    /// - Returns: `false` when it must be read with its cursor.
    @inline(__always)
    mutating func readIntoRun(_ journal: JournalHandle) -> Bool {
        guard unproved.isPossible, resumption == nil, !mayRepeat, let last else { return false }
        guard unproved.pause == 0 else {
            unproved.pause -= 1
            return false
        }
        if !unproved.isViewed {
            journal.view(JournalFolder.openFiles().filter { $0.contains(".journal") }, after: last)
            unproved.isViewed = true
        }
        if unproved.count == 0 { unproved.mark = builder.mark }
        unproved.count += 1
        let number = last.sequenceNumber &+ UInt64(unproved.count)
        let realtime = journal.realtime()
        unproved.isBroken = realtime == nil
        builder.beginEntry()
        unsafe journal.forEachField(of: number, last.sequence, realtime: realtime ?? 0) { data, count in
            unsafe builder.add(data, count)
        }
        builder.finishEntry(sequence: last.sequence, number: number, realtime: realtime ?? 0)
        return true
    }

    /// Proves the numbers of the current run by the cursor of its last entry, on which the journal stands.
    ///
    /// - Returns: `false` when they are not known: the run is taken back, and the journal stands before it, or is to be
    ///   opened again.
    mutating func proveRun(_ journal: JournalHandle) -> Bool {
        guard unproved.count > 0, let before = last else { return true }
        let count = unproved.count
        if !unproved.isBroken, let cursor = cursor(journal), cursor.sequence == before.sequence,
            cursor.sequenceNumber == before.sequenceNumber &+ UInt64(count),
            cursor.sequenceNumber > before.sequenceNumber
        {
            unproved.count = 0
            read.add(before.sequenceNumber + 1...cursor.sequenceNumber, of: cursor.sequence)
            last = cursor
            return true
        }
        builder.restore(unproved.mark)
        unproved.count = 0
        unproved.isBroken = false
        unproved.pause = EntryRun.pauseCount
        if journal.previous(count) != count || !journal.test(cursor: before.text) {
            // Files came or went, or entries are damaged: seeking copes with that.
            position.cursor = before.text
            position.remember(before)
            self.journal = nil
        }
        return false
    }
}
