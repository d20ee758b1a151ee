internal import CLinux
internal import EventModel
internal import Glibc
internal import Platform

/// The child process that reads the journal: `tributary journal-reader`.
///
/// libsystemd maps journal files, and one that is truncated or damaged under it ends the process. So it runs in this
/// one, which has no network and writes nothing but its answers (Wire.swift); ``JournalSource`` starts it again.
package struct JournalReader: ~Copyable {
    let request: ReaderRequest
    let settings: JournalSettings
    var output: ReaderOutput
    var builder: FrameBuilder
    var journal: JournalHandle?

    /// After the last entry that the current frame knows of.
    var position: JournalPosition
    /// The cursor of the entry before the current one, as its numbers.
    var last: JournalCursor?
    /// Entries since `last` whose numbers are not yet proved.
    var unproved = EntryRun()
    private var cursors = CursorParser()
    /// Fields of entries that are counted as rejected in the current frame.
    private var rejected: [[UInt8]] = []
    /// Whether the journal stands on an entry that was not yet looked at.
    var holdsEntry = false
    /// Set after a seek that did not find the last entry: what was read before is stepped over, and the first entry
    /// that was not tells how large the gap is.
    var resumption: Resumption?
    /// Jumps of the counter that nothing explained yet.
    var jumps: [SequenceJump] = []
    var watch = FileWatch()
    /// All entries that were read; of the time before this reader, those up to the position.
    var read: EntryNumbers
    /// Those of them that were read before this reader, or of damaged files by another list than the library goes by: it
    /// may yet find the way to them, after it has opened the files again. Others it answers once, and a number that comes
    /// twice is two entries': a journald that crashed may count from an older number on.
    var repeatable: EntryNumbers
    /// Whether the library may answer such entries now.
    var mayRepeat = false
    /// Whether a damaged file was read, and whether one is being read.
    var hasRecovered = false
    var isRecovering = false
    /// Whether the position's cursor is one that reading goes on after, whatever is recovered.
    var keepsCursor = false
    /// Whether something was sent since the daemon was last told that there is no more.
    private var hasNews = true
    private var isUnavailable = false
    /// Times that the journal was closed because of an error since an entry was read.
    private var failureCount = 0

    /// What an uncertain seek leaves to do.
    struct Resumption {
        var wanted: JournalCursor
        var isGapJudged = false
    }

    /// An entry's number that is not the one before plus one.
    struct SequenceJump {
        var from: JournalCursor
        var to: JournalCursor
    }

    /// Runs the reader on this process's standard input and output.
    ///
    /// - Returns: the process's exit status.
    package static func main() -> Int32 {
        for ignored in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGUSR1] { _ = signal(ignored, SIG_IGN) }
        _ = linux_signal_on_parent_death(SIGKILL)
        do {
            var output = ReaderOutput()
            let request = try output.request()
            // Its death may have come before we asked for the signal.
            guard getppid() == request.daemon else { return 0 }
            var reader = JournalReader(request, output: output)
            return reader.run()
        } catch let error as WireError {
            let message = Array("journal-reader: \(error)\n".utf8)
            // All of the array is written.
            _ = unsafe write(2, message, message.count)
            return EX_DATAERR
        } catch {
            return 0
        }
    }

    init(_ request: ReaderRequest, output: ReaderOutput) {
        self.request = request
        self.output = output
        settings = request.settings
        position = JournalPosition(parsing: request.position)
        read = position.numbers
        repeatable = read
        let own =
            settings.excludesOwn
            ? JournalFilter.Own(
                unit: Self.ownUnit(), processes: [request.daemon, getpid()], since: request.daemonStart)
            : nil
        builder = FrameBuilder(
            filter: JournalFilter(settings, own: own, currentBoot: JournalFolder.currentBoot()),
            parameters: settings.parameters, ruleFields: request.ruleFields, maximumField: settings.maximumField)
    }

    /// - Returns: the process's exit status.
    mutating func run() -> Int32 {
        do throws(ReaderOutput.Ended) {
            if request.task == .examine { return examine() }
            try output.send(.hello, [Wire.version])
            while try openJournal() {
                guard try readToEnd() else {
                    if request.task == .once, failureCount > 5 { return EX_IOERR }
                    continue
                }
                try changesArrived()
                if holdsEntry { continue }
                try flush()
                if journal == nil { continue }
                try checkFiles(now: SuspendingClock.now)
                if holdsEntry || journal == nil { continue }
                if hasNews { try output.send(.caughtUp) }
                hasNews = false
                if request.task == .once { return 0 }
                try pause()
            }
            try output.send(.caughtUp)
            return 0
        } catch {
            return 0
        }
    }

    /// Opens the journal where that is needed, and stands where reading goes on.
    ///
    /// - Returns: `false` when there is none and nobody waits for it.
    private mutating func openJournal() throws(ReaderOutput.Ended) -> Bool {
        while journal == nil {
            do throws(JournalError) {
                journal = try JournalHandle(settings, files: watch.filesToOpen(settings, leftOut: request.leftOut))
                if JournalFolder.isForbidden(settings) { throw JournalError(operation: "read", code: EACCES) }
                watch.journalOpened(at: SuspendingClock.now)
                // The pause after a run that could not be proved holds on: the same run would fail again.
                unproved = EntryRun(isPossible: JournalFolder.haveOpenFilesOneCounter(), pause: unproved.pause)
                try seek()
                if isUnavailable { try? output.send(.state) }
                isUnavailable = false
            } catch {
                journal = nil
                if !isUnavailable { do { try output.send(.state, Array("\(error)".utf8)) } }
                isUnavailable = true
                if request.task == .once { return false }
                output.wait(for: -1, timeout: 2000)
                try output.answer()
            }
        }
        return true
    }

    /// Reads until the journal has no more.
    ///
    /// - Returns: `false` when the journal is to be opened again first.
    private mutating func readToEnd() throws(ReaderOutput.Ended) -> Bool {
        guard let journal else { return false }
        var failures = 0
        while true {
            if !holdsEntry {
                let result = journal.next()
                if result <= 0, !proveRun(journal) {
                    if self.journal == nil { return false }
                    continue
                }
                if result == 0 { return true }
                if result < 0 {
                    // The library steps over what it cannot read; what it cannot step over, opening it again may.
                    failures += 1
                    if failures > 3 {
                        try close(because: result)
                        return false
                    }
                    continue
                }
            }
            holdsEntry = false
            failureCount = 0
            if !readIntoRun(journal) { readEntry(journal) }
            guard builder.isFull || unproved.isFull else { continue }
            guard proveRun(journal) else {
                if self.journal == nil { return false }
                continue
            }
            guard builder.isFull else { continue }
            try flush()
            if self.journal == nil { return false }
        }
    }

    /// Takes the current entry into the frame.
    @inline(__always)
    mutating func readEntry(_ journal: JournalHandle) {
        guard let cursor = cursor(journal) else {
            builder.beginEntry()
            builder.rejectEntry()
            keepRejected(journal)
            return
        }
        if resumption != nil || mayRepeat || isRecovering, isReadBefore(cursor) { return }
        if let last, last.sequence != cursor.sequence || cursor.sequenceNumber != last.sequenceNumber &+ 1 {
            noteJump(from: last, to: cursor)
        }
        last = cursor
        read.add(cursor)
        if isRecovering { repeatable.add(cursor) }
        builder.beginEntry()
        _ = unsafe journal.forEachField { data, count in unsafe builder.add(data, count) }
        builder.finishEntry(sequence: cursor.sequence, number: cursor.sequenceNumber, realtime: cursor.realtime)
    }

    /// Remembers the fields of the current entry, which has no position.
    private mutating func keepRejected(_ journal: JournalHandle) {
        guard rejected.count < Wire.maximumRejectedCount else { return }
        var fields: [UInt8] = []
        _ = unsafe journal.forEachField { data, count in
            guard fields.count + count < Wire.maximumRejectedByteCount else { return }
            // `data` has `count` bytes during the call.
            fields.append(text: unsafe Array(UnsafeBufferPointer(start: data, count: count)))
        }
        rejected.append(fields)
    }

    /// The current entry's cursor; `nil` where it cannot be read.
    @inline(__always)
    mutating func cursor(_ journal: JournalHandle) -> JournalCursor? {
        unsafe journal.withCursor { text in
            // The library ends the text with a zero.
            let bytes = unsafe UnsafeBufferPointer(
                start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: strlen(text))
            return unsafe cursors.parse(bytes.span)
        }.flatMap { $0 }
    }

    /// Sends the frame.
    mutating func flush() throws(ReaderOutput.Ended) {
        precondition(unproved.count == 0, "the numbers of entries are proved before they are sent")
        try judgeResumption()
        guard builder.readCount > 0 || watch.mustSendPosition else { return }
        if let last {
            // Standing on the last entry, or past it at the end, the library still knows its cursor; but the numbers
            // say the same in the same words.
            if !keepsCursor { position.cursor = last.text }
            // What is recovered may be older than what was read of other files with the same counter.
            if !isRecovering || !position.hasRead(last) { position.remember(last) }
        }
        for fields in rejected { try output.send(.rejected, fields) }
        rejected = []
        // The spool may be full for days. Files that journald removes meanwhile must not take up room.
        let journal = journal
        try output.send(
            builder, head: builder.head(cursor: position.text), patience: milliseconds(settings.stallTimeout)
        ) {
            journal?.letGo()
        }
        if journal?.isOpen == false { self.journal = nil }
        builder.removeAll()
        watch.mustSendPosition = false
        hasNews = true
        try output.answer()
    }

    /// Lets the library look at changed files; when some came or went, opens the journal again.
    private mutating func changesArrived() throws(ReaderOutput.Ended) {
        guard let journal else { return }
        learnChanges(journal)
        if watch.mustReopen(at: SuspendingClock.now) {
            try flush()
            self.journal = nil
            holdsEntry = false
            return
        }
        // Entries may have come between the last `next` and `process`.
        holdsEntry = journal.next() > 0
        if watch.haveNamesChanged(settings, leftOut: request.leftOut) { watch.isInvalidated = true }
    }

    private mutating func learnChanges(_ journal: JournalHandle) {
        guard journal.process() else { return }
        watch.isInvalidated = true
        // A new file may have a counter of its own.
        unproved.isPossible = false
    }

    /// Whether the library has more to read, now that it knows of all changes.
    mutating func hasMore() -> Bool {
        guard let journal else { return true }
        learnChanges(journal)
        holdsEntry = journal.next() > 0
        return holdsEntry
    }

    private mutating func pause() throws(ReaderOutput.Ended) {
        guard let journal else { return }
        var timeout = journal.timeout
        // Files that were given by name are not watched by the library.
        if journal.descriptor < 0 { timeout = 1000 }
        if let own = watch.timeout(at: SuspendingClock.now) { timeout = timeout < 0 ? own : min(timeout, own) }
        output.wait(for: journal.descriptor, timeout: timeout)
        try output.answer()
    }

    private mutating func close(because result: Int32) throws(ReaderOutput.Ended) {
        failureCount += 1
        try flush()
        journal = nil
        try output.send(.state, Array("\(JournalError(operation: "read", code: -result))".utf8))
        isUnavailable = true
        output.wait(for: -1, timeout: 1000)
        try output.answer()
    }

    /// Walks through every entry and field; ends the process where one of them is deadly.
    private func examine() -> Int32 {
        guard let journal = try? JournalHandle(settings) else { return EX_NOINPUT }
        journal.seekHead()
        var sum: UInt8 = 0
        while journal.next() > 0 {
            _ = unsafe journal.forEachField { data, count in unsafe sum ^= data[count - 1] }
        }
        return sum == 0 ? 0 : EX_OK
    }

    /// The unit this process runs in, from its control group.
    private static func ownUnit() -> String? {
        guard let bytes = try? PosixFileSystem().contents(of: "/proc/self/cgroup", limit: 1 << 16) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let name = lastComponent(of: String(line))
            if name.hasSuffix(".service") { return name }
        }
        return nil
    }
}
