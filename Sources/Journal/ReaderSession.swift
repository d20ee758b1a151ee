internal import EventModel
internal import Glibc
internal import Normalization
internal import Pipeline
internal import Platform

/// What outlives one reader: the position, and what is still to be handed over.
struct ReaderSession {
    /// What a frame asks for.
    enum Step {
        case nothing, greeting
        case batch(Batch)
        /// There is no more for now; notes may be left.
        case caughtUp(Batch?)
        /// Why nothing can be read; empty when it can be again.
        case state(String)
    }

    let frames = FrameAssembler()
    private let name: String
    private let settings: JournalSettings
    private var mapper: EntryMapper
    private var position: JournalPosition
    /// Notes that wait for the entries after them: the two become durable together.
    private var notes: [ReaderNote] = []
    /// Fields of entries that the next frame counts as rejected, a line each.
    private var rejected: [[UInt8]] = []
    /// Entries that were set aside with the batch that was answered last.
    private(set) var setAside: [QuarantinedRecord] = []
    /// Files that ended the reader.
    private(set) var leftOut: [String] = []

    init(name: String, settings: JournalSettings, rules: RuleSet, position: JournalPosition) {
        self.name = name
        self.settings = settings
        self.position = position
        mapper = EntryMapper(source: name, parameters: settings.parameters, rules: rules)
    }

    /// What a reader is asked for.
    func request(_ task: ReaderRequest.Task, started: UInt64) -> ReaderRequest {
        var asked = position
        asked.reports = []
        return ReaderRequest(
            task: task, settings: settings, ruleFields: mapper.rules.fieldNames.map(\.string), leftOut: leftOut,
            daemon: getpid(), daemonStart: started,
            position: asked.text)
    }

    /// Remembers that a file ends the reader.
    mutating func leaveOut(_ path: String, because reason: String) {
        leftOut.append(path)
        add(ReaderNote(kind: .damagedFile, reason: "reading it ended the reader: \(reason)", file: path))
    }

    /// Takes the next frame that has arrived whole.
    ///
    /// - Returns: `nil` when there is none.
    mutating func nextStep() throws(WireError) -> Step? {
        let frames = frames
        return try frames.next { type, content throws(WireError) in try take(type, content) }
    }

    private mutating func take(_ type: UInt8, _ content: Span<UInt8>) throws(WireError) -> Step {
        var reader = WireReader(content)
        switch Wire.Reply(rawValue: type) {
        case .hello:
            guard try reader.byte() == Wire.version else { throw .malformed("version") }
            rejected = []
            return .greeting
        case .entries: return .batch(try entries(&reader))
        case .caughtUp:
            guard !notes.isEmpty else { return .caughtUp(nil) }
            mapper.beginFrame()
            let observed = Timestamp(microseconds: LocalTime.now())
            writeNotes(observed)
            return .caughtUp(batch(SourceCounts()))
        case .note:
            add(try ReaderNote(decoding: &reader))
            return .nothing
        case .pong: return .nothing
        case .rejected:
            guard rejected.count < Wire.maximumRejectedCount else { throw .malformed("rejected") }
            var lines: [UInt8] = []
            while !reader.isAtEnd { lines += try reader.text() + [0x0A] }
            rejected.append(lines)
            return .nothing
        case .state: return .state(String(decoding: [UInt8](copying: content), as: UTF8.self))
        case .failed, nil: throw .malformed("type")
        }
    }

    private mutating func add(_ note: ReaderNote) {
        // A gap happens once; of a file it is said once, however often the reader is started.
        if note.kind == .damagedFile {
            let subject = Array("\(note.file)\0\(note.reason)".utf8)
            guard position.report(EventIdentity(source: name).id(of: subject.span).high) else { return }
        }
        guard notes.count < 1024, !notes.contains(note) else { return }
        notes.append(note)
    }

    private mutating func entries(_ reader: inout WireReader) throws(WireError) -> Batch {
        var counts = SourceCounts()
        counts.read = try reader.varint()
        counts.filtered = try reader.varint()
        counts.rejected = try reader.varint()
        let text = try reader.text()
        guard text.count <= Cursor.maximumByteCount / 2 else { throw .malformed("cursor") }
        let observed = Timestamp(microseconds: LocalTime.now())
        mapper.beginFrame()
        writeNotes(observed)
        counts.accepted = UInt64(try mapper.map(&reader, observed: observed))
        guard counts.read == counts.accepted &+ counts.filtered &+ counts.rejected else { throw .malformed("count") }
        setAside = records(rejectedCount: counts.rejected)
        let reports = position.reports
        position = JournalPosition(parsing: String(decoding: text, as: UTF8.self))
        position.reports = reports
        return batch(counts)
    }

    /// Takes what is to be kept of entries that were rejected.
    private mutating func records(rejectedCount: UInt64) -> [QuarantinedRecord] {
        defer { rejected = [] }
        guard rejectedCount > 0 else { return [] }
        var records = rejected.prefix(Int(clamping: rejectedCount)).map { fields in
            QuarantinedRecord(
                part: .source(name), cause: .unreadable, reason: "the entry's position cannot be read",
                content: .bytes(fields))
        }
        let rest = rejectedCount - UInt64(records.count)
        if rest > 0 {
            records.append(
                QuarantinedRecord(
                    part: .source(name), cause: .unreadable, reason: "the positions of \(rest) entries cannot be read",
                    content: .nothing))
        }
        return records
    }

    private mutating func writeNotes(_ observed: Timestamp) {
        for note in notes { mapper.output.append(note.event(source: name, observed: observed)) }
    }

    private mutating func batch(_ counts: SourceCounts) -> Batch {
        var counts = counts
        counts.noted = UInt64(notes.count)
        notes = []
        return Batch(
            source: name, cursor: Cursor(Array(position.text.utf8)), counts: counts, payload: mapper.output.writer.bytes
        )
    }
}
