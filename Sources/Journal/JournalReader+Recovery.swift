internal import EventModel

extension JournalReader {
    /// Looks for files that end later than we read, although the library says that there is no more: the list of
    /// their entries is damaged.
    ///
    /// - Returns: `false` when there was more after all.
    mutating func checkEnds(_ files: [JournalFile]) -> Bool {
        for file in files where !watch.isJudged(file) {
            guard case .header(let header) = JournalFileHeader.read(file.path), header.entryCount > 0,
                isBehind(header)
            else { continue }
            // The file may just have grown: the library has the last word.
            guard !hasMore() else { return false }
            // A journald that died while it appended leaves a number in the header that no entry has.
            guard watch.isLetGo(file, isFinal: true), watch.lacksEntries(file, header, settings),
                JournalFolder.isThere(file), watch.judge(file)
            else { continue }
            recover(file, header)
        }
        return true
    }

    /// Whether a file has entries that should have been read and were not.
    private func isBehind(_ header: JournalFileHeader) -> Bool {
        if let counter = settled.counters.first(where: { $0.sequence == header.sequence }) {
            return header.tailNumber > counter.number
        }
        let start: UInt64 =
            switch settings.start {
            case .time(let time): UInt64(clamping: time.microseconds)
            case .beginning: 0
            case .now, .boot: .max
            }
        return header.tailRealtime > max(position.startTime ?? start, last?.realtime ?? 0)
    }

    /// Reads what is left of a damaged file by another way: every entry has a field with its boot, and the list of
    /// the entries with that field is another one than the list of all entries.
    ///
    /// What is found comes after entries of other files that are younger: reading goes on after those, so the position's
    /// cursor stays, and what is found is known by its counter. What is written to the file meanwhile is left to the
    /// library: by its number, entries of other files that were not yet read would be taken for older ones.
    mutating func recover(_ file: JournalFile, _ header: JournalFileHeader) {
        let reached = last
        let before = reached?.realtime ?? 0
        watch.notes.append(
            ReaderNote(
                kind: .damagedFile, from: header.tailRealtime > before ? before : 0, to: header.tailRealtime,
                reason: "the list of its entries is damaged", file: file.path))
        guard let journal = try? JournalHandle(settings, files: [file.path]) else { return }
        for boot in Set([header.boot, reached?.boot ?? header.boot]) {
            journal.match("_BOOT_ID=" + hexadecimal(boot))
        }
        journal.seekHead()
        let isGrowing = !header.isArchived && !file.path.hasSuffix("~")
        isRecovering = true
        keepsCursor = JournalCursor(position.cursor) != nil
        last = nil
        var isOver = false
        while !isOver, journal.next() > 0 {
            if isGrowing, let number = cursor(journal)?.sequenceNumber, number > header.tailNumber { continue }
            readEntry(journal)
            // A frame is sent when it is full; an error shows at the next one.
            if builder.isFull { isOver = (try? flush()) == nil }
        }
        if !isOver { _ = try? flush() }
        isRecovering = false
        keepsCursor = false
        last = self.journal == nil ? nil : reached
    }
}
