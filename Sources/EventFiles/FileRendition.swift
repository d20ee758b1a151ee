internal import EventModel
internal import EventText
internal import Pipeline
internal import Platform

/// Everything that decides which bytes an event becomes in a file.
///
/// It is kept with the sink's position, so that after a crash what was written can be encoded again, also when the
/// settings have changed since.
struct FileRendition: Equatable, Sendable {
    var format: FileFormat
    var dialect: FileDialect
    var timeZone: FileTimeZone
    var filter: EventFilter

    init(_ settings: FileSinkSettings, filter: EventFilter) {
        format = settings.format
        dialect = settings.dialect
        timeZone = settings.timeZone
        self.filter = filter
    }

    /// One line for format, dialect and zone, then the filter.
    var text: String {
        "\(format.rawValue) \(dialect.rawValue) \(timeZone.rawValue)\n\(filter.canonicalText)"
    }

    /// Reads ``text``; `nil` when it is none.
    init?(text: String) {
        guard let newline = text.firstIndex(of: "\n") else { return nil }
        let words = text[..<newline].split(separator: " ").map(String.init)
        guard words.count == 3, let format = FileFormat(rawValue: words[0]),
            let dialect = FileDialect(rawValue: words[1]),
            let timeZone = FileTimeZone(rawValue: words[2]),
            let filter = try? EventFilter(canonicalText: String(text[text.index(after: newline)...]))
        else { return nil }
        self.format = format
        self.dialect = dialect
        self.timeZone = timeZone
        self.filter = filter
    }

    /// Seconds that the stamps are ahead of UTC at a moment.
    var offset: @Sendable (Int64) -> Int {
        switch timeZone {
        case .utc: { _ in 0 }
        case .local: { LocalTime.offset(at: $0) }
        }
    }
}

/// Walks over the events of a frame and renders each as a line.
struct FrameRenderer {
    /// What one event became.
    enum Step: Equatable {
        case line
        /// The filter leaves it out.
        case filtered
        /// The rest of the frame, so many events, cannot be decoded.
        case damaged(events: UInt64)
        case end
    }

    /// Name of the sink.
    private let sink: String
    private let filter: EventFilter
    private let hasFilter: Bool
    private let format: FileFormat
    private var lines: EventLineEncoder
    private var json = EventJSONEncoder()
    private var reader = BatchReader([])
    private var eventCount = 0
    /// Whether the frame's events are delivered again to another sink.
    private var isForOther = false

    /// The frame's event that the next step renders.
    private(set) var eventIndex = 0

    /// - Parameter sink: its name.
    init(_ rendition: FileRendition, sink: String) {
        self.sink = sink
        filter = rendition.filter
        hasFilter = rendition.filter != .all
        format = rendition.format
        lines = EventLineEncoder(dialect: rendition.dialect == .moab ? .moab : .extended, offset: rendition.offset)
    }

    /// Turns to a frame, and steps over the events before its position.
    ///
    /// - Returns: the memory of the frame before, for the next.
    mutating func open(_ frame: SpoolFrame) -> [UInt8] {
        let memory = reader.reset(frame.payload, from: frame.eventsOffset)
        lines.beginBatch()
        eventCount = frame.eventCount
        isForOther = Replay.isForOther(source: frame.source, than: sink)
        eventIndex = isForOther ? Int(frame.position.event) : 0
        while eventIndex < frame.position.event, (try? reader.next()) == true { eventIndex += 1 }
        return memory
    }

    /// The frame's payload, for what in it cannot be decoded.
    var frameBytes: [UInt8] { reader.bytes }

    /// Renders the next event to the end of `buffer`, with its line feed.
    mutating func next(into buffer: inout [UInt8]) -> Step {
        guard eventIndex < eventCount else { return .end }
        guard !isForOther else {
            eventIndex += 1
            return .filtered
        }
        guard (try? reader.next()) == true else {
            defer { eventIndex = eventCount }
            return .damaged(events: UInt64(eventCount - eventIndex))
        }
        eventIndex += 1
        if hasFilter, !filter.matches(reader) { return .filtered }
        switch format {
        case .eventsLog:
            lines.append(reader, to: &buffer)
        case .json:
            json.append(reader, to: &buffer)
            buffer.append(0x0A)
        }
        return .line
    }
}
