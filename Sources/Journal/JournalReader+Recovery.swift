internal import EventModel

extension JournalReader {
    /// Looks for files that end later than we read, although the library says that there is no more: the list of
    /// their entries is damaged.
    ///
    /// - Returns: `false` when there was more after all.
    mutating func checkEnds(_ files: [JournalFile]) throws(ReaderOutput.Ended) -> Bool {
        for file in files where !watch.isJudged(file) {
            guard case .header(let header) = JournalFileHeader.read(file.path), header.entryCount > 0,
                !watch.isSound(file, header), isBehind(header)
            else { continue }
            // The file may just have grown: the library has the last word.
            guard !hasMore() else { return false }
            // A journald that died while it appended leaves a number in the header that no entry has.
            guard watch.isLetGo(file, isFinal: true), watch.lacksEntries(file, header, settings),
                JournalFolder.isThere(file), watch.judge(file)
            else { continue }
            try recover(file, header)
        }
        return true
    }

    /// Whether a file has entries that should have been read and were not.
    private func isBehind(_ header: JournalFileHeader) -> Bool {
        if let hasPassed = read.hasPassed(header.tailNumber, of: header.sequence) { return !hasPassed }
        let start: UInt64 =
            switch settings.start {
            case .time(let time): UInt64(clamping: time.microseconds)
            case .beginning: 0
            case .now, .boot: .max
            }
        return header.tailRealtime > max(position.startTime ?? start, last?.realtime ?? 0)
    }

    /// Tells of a damaged file, and reads what is left of it by another way: every entry has a field with its boot, and
    /// the list of the entries with that field is another one than the list of all entries.
    ///
    /// What is found comes after entries of other files that are younger: reading goes on after those, so the position's
    /// cursor stays, and what is found is known by its counter. What is written to the file meanwhile comes at a later
    /// check: by its number, entries of other files that were not yet read would be taken for older ones.
    mutating func recover(_ file: JournalFile, _ header: JournalFileHeader) throws(ReaderOutput.Ended) {
        let before = last
        let time = before?.realtime ?? 0
        watch.notes.append(
            ReaderNote(
                kind: .damagedFile, from: header.tailRealtime > time ? time : 0, to: header.tailRealtime,
                reason: "the list of its entries is damaged", file: file.path))
        guard let journal = opened(file, boots: [header.boot, before?.boot ?? header.boot]) else { return }
        journal.seekHead()
        try recover(journal, upTo: header.mayGrow(file.path) ? header.tailNumber : .max)
        watch.note(GrowingFile(reached: header, seen: header), of: file)
    }

    /// Reads what was appended to damaged files after they were recovered: the library has no way to that.
    mutating func checkGrowing(_ files: [JournalFile]) throws(ReaderOutput.Ended) {
        for file in files {
            guard var growth = watch.growing[file.identity],
                case .header(let header) = JournalFileHeader.read(file.path)
            else { continue }
            let (reached, end) = (growth.reached.tailNumber, growth.seen.tailNumber)
            if end > reached {
                if !read.hasAll(reached + 1...end, of: growth.seen.sequence) {
                    guard let journal = opened(file, boots: [growth.reached.boot, growth.seen.boot]) else { continue }
                    seek(after: reached, in: journal)
                    try recover(journal, upTo: end)
                }
                growth.reached = growth.seen
            }
            growth.seen = header
            watch.note(growth, of: file)
        }
    }

    /// A damaged file by itself, through the lists of the entries of some boots; `nil` when it cannot be opened, or has
    /// another name now.
    private func opened(_ file: JournalFile, boots: Set<JournalCursor.ID>) -> JournalHandle? {
        guard let journal = try? JournalHandle(settings, files: [file.path]), JournalFolder.isThere(file) else {
            return nil
        }
        for boot in boots { journal.match("_BOOT_ID=" + hexadecimal(boot)) }
        return journal
    }

    /// Goes back from the end to the entry with a number, or one before it.
    private mutating func seek(after number: UInt64, in journal: JournalHandle) {
        journal.seekTail()
        while journal.previous() > 0 {
            if let cursor = cursor(journal), cursor.sequenceNumber <= number { return }
        }
        journal.seekHead()
    }

    /// Reads the entries of a damaged file that were not read before, up to a number.
    private mutating func recover(_ journal: JournalHandle, upTo end: UInt64) throws(ReaderOutput.Ended) {
        let before = last
        isRecovering = true
        hasRecovered = true
        mayRepeat = true
        keepsCursor = JournalCursor(position.cursor) != nil
        defer {
            isRecovering = false
            keepsCursor = false
            last = self.journal == nil ? nil : before
        }
        last = nil
        while journal.next() > 0 {
            if let number = cursor(journal)?.sequenceNumber, number > end { continue }
            readEntry(journal)
            if builder.isFull { try flush() }
        }
        try flush()
    }
}
