internal import EventModel
internal import Platform

extension JournalReader {
    /// Stands where reading goes on: after the position, or at the start that the settings name.
    mutating func seek() throws(JournalError) {
        guard let journal else { return }
        holdsEntry = false
        last = nil
        resumption = nil
        mayRepeat = hasRecovered
        jumps = []
        if let time = position.startTime {
            journal.seek(realtime: time)
        } else if let wanted = JournalCursor(position.cursor), journal.seek(cursor: position.cursor) {
            if !position.hasRead(wanted) { position.remember(wanted) }
            seek(after: wanted, in: journal)
        } else {
            start(journal)
        }
    }

    private mutating func start(_ journal: JournalHandle) {
        switch settings.start {
        case .beginning:
            read.beginsAtHead = true
            journal.seekHead()
        case .time(let time): journal.seek(realtime: UInt64(clamping: time.microseconds))
        case .boot:
            journal.seekCurrentBoot()
            let isThere =
                journal.next() > 0
                && journal.cursor().flatMap { JournalCursor($0) }.map { hexadecimal($0.boot) }
                    == JournalFolder.currentBoot()
            if isThere { holdsEntry = true } else { journal.seekHead() }
        case .now:
            journal.seekTail()
            if journal.previous() > 0, let cursor = journal.cursor(), let tail = JournalCursor(cursor) {
                last = tail
                read.add(tail)
                position.cursor = cursor
            } else {
                position = .before(UInt64(clamping: LocalTime.now()))
                journal.seekHead()
            }
            // Known at once, so that a crash before the first entry does not move the start.
            watch.mustSendPosition = true
        }
    }

    /// A cursor seek lands on the nearest entry, so the one it landed on is compared.
    private mutating func seek(after wanted: JournalCursor, in journal: JournalHandle) {
        if journal.next() > 0 {
            if journal.test(cursor: position.cursor) {
                last = wanted
                // Entries behind it may have been recovered from damaged files.
                let isAhead = position.number(of: wanted.sequence) ?? 0 > wanted.sequenceNumber
                if isAhead || (position.counters.count > 1 && !unproved.isPossible) { mayRepeat = true }
                return
            }
            holdsEntry = true
        } else {
            // All there is is older than the position: the end was lost, or the clock stepped back.
            journal.seekTail()
            let isTail =
                journal.previous() > 0
                && journal.cursor().flatMap { JournalCursor($0) }?.sequence == wanted.sequence
            if !isTail { journal.seekHead() }
        }
        var reached = wanted
        reached.sequenceNumber = max(wanted.sequenceNumber, position.number(of: wanted.sequence) ?? 0)
        resumption = Resumption(wanted: reached)
    }

    /// Whether the entry was read before; the first one that was not tells of a gap.
    mutating func isReadBefore(_ entry: JournalCursor) -> Bool {
        if isRecovering { return read.hasPassed(entry.sequenceNumber, of: entry.sequence) ?? false }
        if mayRepeat, repeatable.contains(entry) { return true }
        if resumption != nil, position.hasRead(entry) { return true }
        guard let pending = resumption, !pending.isGapJudged else { return false }
        resumption?.isGapJudged = true
        switch pending.wanted.landing(at: entry) {
        case .alreadyRead, .next: break
        case .gap(let missing):
            watch.notes.append(
                ReaderNote(
                    kind: .gap, from: pending.wanted.realtime, to: entry.realtime, missing: missing,
                    reason: "the journal no longer has the entry that was read last"))
        }
        return false
    }

    /// Sends what was found out before the entries after it.
    mutating func judgeResumption() throws(ReaderOutput.Ended) {
        for note in watch.notes { try output.send(.note, note.encoded()) }
        watch.notes = []
    }
}

/// 32 digits.
func hexadecimal(_ id: JournalCursor.ID) -> String {
    var bytes: [UInt8] = []
    bytes.append(hexadecimal: id.high, digitCount: 16)
    bytes.append(hexadecimal: id.low, digitCount: 16)
    return String(decoding: bytes, as: UTF8.self)
}

extension JournalCursor {
    /// As libsystemd writes it.
    var text: String {
        "s=\(hexadecimal(sequence));i=\(String(sequenceNumber, radix: 16));b=\(hexadecimal(boot))"
            + ";m=\(String(monotonic, radix: 16));t=\(String(realtime, radix: 16));x=\(String(digest, radix: 16))"
    }
}
