package import EventModel
package import Normalization
package import Pipeline

/// What the records of one answer became: events in their binary form, and counts.
package struct RemotePage: Sendable {
    /// The most that one page may hold, in bytes of events; an API asks for fewer records when a page is fuller.
    package static let maximumByteCount = 16 << 20

    /// Name of the source.
    package let source: String
    /// When the answer came.
    package let observedTime: Timestamp
    package private(set) var counts = SourceCounts()
    /// Sentences about what was set aside or is missing, for the log: at most ``maximumNoteCount``.
    package private(set) var notes: [String] = []
    /// Records that were set aside.
    package private(set) var rejected: [QuarantinedRecord] = []

    /// What is written when the page is stored, while the next one is fetched.
    private enum Pending: Sendable {
        case event(Event)
        case records(@Sendable (_ take: (Event) -> Void) -> Void)
    }

    private static let maximumNoteCount = 20
    /// Most bytes of records that a page sets aside with what they hold; of more than that only the reason is kept.
    private static let maximumRejectedByteCount = 8 << 20
    private var rejectedByteCount = 0
    /// Makes ids (G5) of the source's records.
    let identity: EventIdentity
    private var writer = BatchWriter()
    private var normalizer: Normalizer?
    /// In order, behind what is in `writer`.
    private var pending: [Pending] = []

    /// - Parameter normalizer: says what records are, instead of what their API alone knows.
    package init(source: String, observedTime: Timestamp, normalizer: Normalizer? = nil) {
        self.normalizer = normalizer
        self.source = source
        self.observedTime = observedTime
        identity = EventIdentity(source: source)
    }

    /// The events so far (``EventModel/BatchFormat``). Makes those that were put off: ask once.
    package var payload: [UInt8] {
        guard !pending.isEmpty else { return writer.bytes }
        var (writer, normalizer) = (writer, normalizer)
        for next in pending {
            switch next {
            case .event(let event): writer.append(event)
            case .records(let make): make { writer.append(normalizer?.normalized($0) ?? $0) }
            }
        }
        return writer.bytes
    }

    /// The id (G5) of the record with this native identity, such as `audit 12729`.
    package func id(of native: Text) -> EventID { identity.id(of: native.bytes.span) }

    /// Appends the event that a record became, as rules have it.
    package mutating func append(_ event: Event) {
        write(normalizer?.normalized(event) ?? event)
        counts.read += 1
        counts.accepted += 1
    }

    /// Appends the events that so many records become, as rules have it, when the page is stored.
    ///
    /// - Parameter make: hands them to `take` in their order, exactly so many; depends on nothing that changes.
    package mutating func append(
        recordCount: Int, later make: @escaping @Sendable (_ take: (Event) -> Void) -> Void
    ) {
        guard recordCount > 0 else { return }
        pending.append(.records(make))
        counts.read += UInt64(recordCount)
        counts.accepted += UInt64(recordCount)
    }

    private mutating func write(_ event: Event) {
        if pending.isEmpty { writer.append(event) } else { pending.append(.event(event)) }
    }

    /// Counts a record that the source's settings leave out.
    package mutating func filter() {
        counts.read += 1
        counts.filtered += 1
    }

    /// Counts a record that cannot be decoded; it is set aside.
    ///
    /// - Parameter bytes: as the server gave them; `nil` where it gave none.
    package mutating func reject(_ reason: String, bytes: [UInt8]?) {
        counts.read += 1
        counts.rejected += 1
        note(reason)
        var content = QuarantinedRecord.Content.nothing
        if let bytes, rejectedByteCount + bytes.count <= Self.maximumRejectedByteCount {
            rejectedByteCount += bytes.count
            content = .bytes(bytes)
        }
        rejected.append(
            QuarantinedRecord(
                part: .source(source), cause: bytes == nil ? .unreadable : .undecodable, reason: reason,
                content: content))
    }

    /// Appends an event that stands for no record, such as a gap (G8), and says so in the log.
    package mutating func append(note text: String, _ event: Event) {
        write(event)
        counts.noted += 1
        note(text)
    }

    /// Remembers a sentence for the log.
    package mutating func note(_ text: String) {
        if notes.count < Self.maximumNoteCount { notes.append(text) }
    }
}

extension RemotePage {
    /// Appends the event `Software.Log.Gap` (G8): what lies between two positions cannot be read any more.
    ///
    /// - Parameters:
    ///   - stream: which of the source's streams, in the API's words; a part of the event's id.
    ///   - from: the position that was reached before, in the API's words.
    ///   - to: where reading goes on.
    ///   - reason: why, in one sentence.
    package mutating func appendGap(stream: String, from: String, to: String, reason: String) {
        append(
            note: "\(reason) (\(stream): from \(from) to \(to))",
            Event(
                id: id(of: Text("gap \(stream) \(from) \(to)")), time: observedTime, observedTime: observedTime,
                source: Text(source), origin: "tributary", kind: "Software.Log.Gap", severity: .major,
                classification: .sla, visibility: .external, isSystemEvent: true, message: Text(reason),
                parameters: [
                    Parameter("stream", .text(Text(stream))), Parameter("from", .text(Text(from))),
                    Parameter("to", .text(Text(to))), Parameter("reason", .text(Text(reason))),
                ]))
    }
}
