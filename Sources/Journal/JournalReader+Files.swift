internal import Glibc
internal import Platform

/// A damaged file that may get more entries, by its header at two times.
struct GrowingFile {
    /// Up to its last entry the file was read.
    var reached: JournalFileHeader
    /// What the check before found. All that other files had then has been read since, and what journald was about to
    /// write is written.
    var seen: JournalFileHeader
}

/// When the reader looks after the journal's files, and what it knows of them.
struct FileWatch {
    /// Files came or went since the journal was opened.
    var isInvalidated = false
    /// The position is news to the daemon.
    var mustSendPosition = false
    /// Not yet sent.
    var notes: [ReaderNote] = []

    private var lastOpening: SuspendingClock.Instant?
    private var lastCheck: SuspendingClock.Instant?
    private var nextExamination: SuspendingClock.Instant?
    private var isCheckDue = true
    /// Set when files are named to the library one by one, which then does not watch for new ones: all there were.
    private var namedFiles: [String]?
    /// Files of which no more is to be said, by name and by what they are.
    private var leftOut: Set<String> = []
    private var judged: Set<FileIdentity> = []
    /// Files that the library held open once, and those that it did not at the check before.
    private var opened: Set<FileIdentity> = []
    private var suspects: Set<FileIdentity> = []
    /// Files that were walked to their end, with the number of their last entry then.
    private var sound: [FileIdentity: UInt64] = [:]
    /// Damaged files that were recovered and may get more entries.
    private(set) var growing: [FileIdentity: GrowingFile] = [:]

    init() {}

    /// The files that are opened by name; `nil` to let the library find them.
    mutating func filesToOpen(_ settings: JournalSettings, leftOut: [String]) -> [String]? {
        var isNamed = !leftOut.isEmpty
        if case .files = settings.place { isNamed = true }
        guard isNamed else { return nil }
        // One that cannot be opened would make the whole opening fail.
        let names = JournalFolder.files(settings).filter { !leftOut.contains($0) }
        namedFiles = names
        self.leftOut.formUnion(leftOut)
        return names.filter { (try? JournalHandle(settings, files: [$0])) != nil }
    }

    /// Whether other files are there than those that were named.
    func haveNamesChanged(_ settings: JournalSettings, leftOut: [String]) -> Bool {
        guard let namedFiles else { return false }
        return namedFiles != JournalFolder.files(settings).filter { !leftOut.contains($0) }
    }

    mutating func journalOpened(at now: SuspendingClock.Instant) {
        lastOpening = now
        isInvalidated = false
        isCheckDue = true
    }

    /// Whether to open the journal again: at most once per second, as a vacuum removes files one by one.
    func mustReopen(at now: SuspendingClock.Instant) -> Bool {
        isInvalidated && (lastOpening.map { now - $0 >= .seconds(1) } ?? true)
    }

    /// Milliseconds until there is something to do without a change of the journal; `nil` for never.
    func timeout(at now: SuspendingClock.Instant) -> Int32? {
        if namedFiles != nil { return 1000 }
        guard isCheckDue || isInvalidated else { return nil }
        return 1000
    }

    /// Whether the files are to be looked at now: a second after the time before.
    mutating func beginCheck(at now: SuspendingClock.Instant, isFinal: Bool) -> Bool {
        isCheckDue = true
        if let lastCheck, !isFinal, now - lastCheck < .seconds(1) { return false }
        lastCheck = now
        isCheckDue = false
        return true
    }

    /// Counts the entries of a file, at most for one hundredth of the time.
    mutating func readableEntryCount(of path: String, _ settings: JournalSettings) -> UInt64? {
        let start = SuspendingClock.now
        if let nextExamination, start < nextExamination { return nil }
        defer { nextExamination = SuspendingClock.now + (SuspendingClock.now - start) * 100 }
        guard let journal = try? JournalHandle(settings, files: [path]) else { return nil }
        journal.seekHead()
        var count: UInt64 = 0
        while journal.next() > 0 { count += 1 }
        return count
    }

    /// Whether a file was walked to its end, and has no more since.
    func isSound(_ file: JournalFile, _ header: JournalFileHeader) -> Bool {
        sound[file.identity] == header.tailNumber
    }

    /// Whether fewer entries of a file can be walked than its header counts.
    mutating func lacksEntries(_ file: JournalFile, _ header: JournalFileHeader, _ settings: JournalSettings) -> Bool {
        guard let count = readableEntryCount(of: file.path, settings) else {
            isCheckDue = true
            return false
        }
        if count >= header.entryCount { sound[file.identity] = header.tailNumber }
        return count < header.entryCount
    }

    /// - Returns: `false` when nothing more is to be said of the file.
    mutating func judge(_ file: JournalFile) -> Bool {
        judged.insert(file.identity).inserted
    }

    func isJudged(_ file: JournalFile) -> Bool { judged.contains(file.identity) || leftOut.contains(file.path) }

    /// Takes note of the files that are there, and of what the library holds open of them.
    mutating func note(_ files: [JournalFile], open: Set<FileIdentity>) {
        let present = Set(files.map(\.identity))
        opened = opened.union(open).intersection(present)
        suspects = suspects.subtracting(open).intersection(present)
        judged.formIntersection(present)
        sound = sound.filter { present.contains($0.key) }
        growing = growing.filter { present.contains($0.key) }
    }

    /// Takes note of what was read of a damaged file. One that gets no more entries is forgotten after the last one.
    mutating func note(_ growth: GrowingFile, of file: JournalFile) {
        let isBehind = growth.seen.tailNumber > growth.reached.tailNumber
        growing[file.identity] = isBehind || growth.seen.mayGrow(file.path) ? growth : nil
        if isBehind { isCheckDue = true }
    }

    /// Whether the library let a file go that it could open. A new file it may not know yet, so that takes two checks.
    mutating func isLetGo(_ file: JournalFile, isFinal: Bool) -> Bool {
        let isKnown = suspects.contains(file.identity) || (isFinal && opened.contains(file.identity))
        suspects.insert(file.identity)
        if !isKnown { isCheckDue = true }
        return isKnown
    }
}

extension JournalReader {
    /// Remembers that an entry's number does not follow the one before. Of another counter it says nothing.
    mutating func noteJump(from last: JournalCursor, to cursor: JournalCursor) {
        if last.sequence != cursor.sequence { position.remember(last) }
        guard last.sequence == cursor.sequence, cursor.sequenceNumber > last.sequenceNumber, jumps.count < 64 else {
            return
        }
        jumps.append(SequenceJump(from: last, to: cursor))
    }

    /// Compares the files with what was read of them, and tells of those that cannot be read.
    ///
    /// The library leaves out a file without a word when it cannot open or walk it, and steps over entries that are
    /// damaged. The first shows in the files it holds open, the second in the numbers of the entries.
    mutating func checkFiles(now: SuspendingClock.Instant) throws(ReaderOutput.Ended) {
        guard watch.beginCheck(at: now, isFinal: request.task == .once) else { return }
        let files = JournalFolder.presentFiles(settings)
        let open = JournalFolder.openIdentities()
        watch.note(files, open: open)
        guard try checkUnopened(files.filter { !open.contains($0.identity) }), try checkEnds(files) else { return }
        try checkGrowing(files)
        if !jumps.isEmpty { explainJumps(files) }
        try flush()
    }

    /// - Returns: `false` when there is more to read first.
    private mutating func checkUnopened(_ files: [JournalFile]) throws(ReaderOutput.Ended) -> Bool {
        for file in files where !watch.isJudged(file) {
            guard try checkUnopened(file) else { return false }
        }
        return true
    }

    /// - Returns: `false` when there is more to read first.
    private mutating func checkUnopened(_ file: JournalFile) throws(ReaderOutput.Ended) -> Bool {
        let at = last?.realtime ?? JournalCursor(position.cursor)?.realtime ?? 0
        switch JournalFileHeader.read(file.path) {
        case .empty, .unreachable: return true
        case .foreign:
            guard watch.judge(file) else { return true }
            watch.notes.append(ReaderNote(kind: .damagedFile, reason: "it is no journal file", file: file.path))
        case .header(let header):
            // A new file is opened with the next change that the library is told of.
            guard header.entryCount > 0 else { return true }
            if let error = failure(toOpen: file) {
                guard error.code != EACCES, error.code != ENOENT, watch.judge(file) else { return true }
                watch.notes.append(
                    ReaderNote(
                        kind: .damagedFile, from: header.tailRealtime > at ? at : 0, to: header.tailRealtime,
                        reason: "\(error)", file: file.path))
                return true
            }
            // It can be opened, so the library let it go while reading, or does not know it yet.
            guard watch.isLetGo(file, isFinal: request.task == .once) else { return true }
            guard !hasMore() else { return false }
            guard !JournalFolder.openIdentities().contains(file.identity), JournalFolder.isThere(file) else {
                return true
            }
            if watch.judge(file) { try recover(file, header) }
        }
        return true
    }

    private func failure(toOpen file: JournalFile) -> JournalError? {
        do throws(JournalError) {
            _ = try JournalHandle(settings, files: [file.path])
            return nil
        } catch {
            return error
        }
    }

    /// Looks for the reason of missing numbers: files that were removed before they were read, or damaged entries.
    /// What another user's file has, and we may not read, is missing as well and no news.
    private mutating func explainJumps(_ files: [JournalFile]) {
        let headers = files.compactMap { file -> (file: JournalFile, header: JournalFileHeader)? in
            guard case .header(let header) = JournalFileHeader.read(file.path) else { return nil }
            return (file, header)
        }
        for jump in jumps {
            let between = jump.from.sequenceNumber + 1...jump.to.sequenceNumber - 1
            guard !read.hasAll(between, of: jump.from.sequence) else { continue }
            let same = headers.filter { $0.header.sequence == jump.from.sequence && $0.header.entryCount > 0 }
            let oldest = same.map(\.header.headNumber).min() ?? .max
            let missing = jump.to.sequenceNumber - jump.from.sequenceNumber - 1
            if oldest > jump.from.sequenceNumber + 1 {
                watch.notes.append(
                    ReaderNote(
                        kind: .gap, from: jump.from.realtime, to: jump.to.realtime, missing: missing,
                        reason: "journal files were removed before they were read"))
                continue
            }
            for (file, header) in same where !watch.isJudged(file) {
                guard header.headNumber <= jump.to.sequenceNumber, header.tailNumber >= jump.from.sequenceNumber,
                    let readable = watch.readableEntryCount(of: file.path, settings), readable < header.entryCount,
                    watch.judge(file)
                else { continue }
                watch.notes.append(
                    ReaderNote(
                        kind: .damagedFile, from: jump.from.realtime, to: jump.to.realtime,
                        missing: header.entryCount - readable, reason: "some of its entries cannot be read",
                        file: file.path)
                )
            }
        }
        jumps = []
    }
}
