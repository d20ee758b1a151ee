package import EventModel

/// Finds the lines that hold wanted events, of `events.log` in both dialects and of canonical JSON, an event a line.
///
/// Most lines are ruled out by a look at their bytes: the stamp at a line's start, and the few fields that the filter
/// asks for (``FieldProbe``). What is left is decoded, which tells whether it is a line of ours at all, and put to the
/// filter where the look left something unclear.
package struct LineSieve: Sendable {
    /// What a line is.
    package enum Verdict: Equatable, Sendable {
        /// It holds a wanted event.
        case wanted
        /// It holds another event. Where that was seen at once, the rest of the line was not looked at.
        case unwanted
        /// It is no line of ours, or a torn one.
        case foreign
    }

    private let filter: EventFilter
    /// The earliest wanted time; `nil` for no bound.
    package let since: Timestamp?
    /// The first time that is wanted no more; `nil` for no bound.
    private let until: Timestamp?
    private let timeConditions: [EventFilter.Condition]
    private let lineProbes: [FieldProbe]
    private let objectProbes: [FieldProbe]
    /// Whether every condition has a probe for lines, or is about the stamp.
    private let hasAllProbes: Bool
    private let lines = EventLineDecoder()
    private let parser = JSONParser(maximumByteCount: 64 << 20)
    private var writer = BatchWriter()
    private var currentReader = BatchReader([])
    /// The wanted event, while the reader does not stand on it.
    private var unread: Event?

    /// After the verdict `wanted`, a reader that stands on the line's event.
    package var reader: BatchReader {
        mutating get {
            if let event = unread { read(event) }
            return currentReader
        }
    }

    /// - Parameters:
    ///   - since: events that happened before are not wanted.
    ///   - until: events that happened then or later are not wanted.
    package init(_ filter: EventFilter, since: Timestamp? = nil, until: Timestamp? = nil) {
        self.filter = filter
        self.since = since
        self.until = until
        timeConditions = filter.conditions.filter { $0.key == .time }
        lineProbes = filter.conditions.compactMap { FieldProbe($0, in: .line) }
        hasAllProbes = lineProbes.count + timeConditions.count == filter.conditions.count
        objectProbes = filter.conditions.compactMap { FieldProbe($0, in: .object) }
    }

    /// Judges a line without its line feed.
    package mutating func judge(_ line: Span<UInt8>) -> Verdict {
        guard line.count > 0, line[0] == UInt8(ascii: "{") else { return judgeFields(line) }
        return judgeObject(line)
    }

    private mutating func judgeFields(_ line: Span<UInt8>) -> Verdict {
        if since != nil || until != nil || !timeConditions.isEmpty {
            var cursor = LineCursor(line)
            guard let time = try? cursor.stamp() else { return .foreign }
            guard isWanted(time) else { return .unwanted }
        }
        var isClear = hasAllProbes
        for probe in lineProbes {
            switch probe.ask(line) {
            case .holds: break
            case .fails: return .unwanted
            case .unclear: isClear = false
            }
        }
        guard let event = try? lines.decode(line) else { return .foreign }
        guard isClear else { return judge(event) }
        unread = event
        return .wanted
    }

    private mutating func judgeObject(_ line: Span<UInt8>) -> Verdict {
        if let time = Self.time(ofObject: line), !isWanted(time) { return .unwanted }
        if !objectProbes.isEmpty, line.firstIndex(of: FieldProbe.unicodeEscape) == nil {
            for probe in objectProbes where probe.ask(line) == .fails { return .unwanted }
        }
        guard let value = try? parser.parse(line), let draft = try? EventJSONDecoder().decode(value),
            let id = draft.id, let time = draft.time
        else { return .foreign }
        return judge(draft.event(id: id, time: time, observedTime: time, source: .empty))
    }

    private mutating func judge(_ event: Event) -> Verdict {
        guard isWanted(event.time) else { return .unwanted }
        read(event)
        return filter.matches(currentReader) ? .wanted : .unwanted
    }

    private mutating func read(_ event: Event) {
        unread = nil
        writer.removeAll()
        writer.append(event)
        currentReader.reset(writer.bytes)
        // What the writer wrote is whole.
        _ = try? currentReader.next()
    }

    private func isWanted(_ time: Timestamp) -> Bool {
        if let since, time < since { return false }
        if let until, time >= until { return false }
        return timeConditions.allSatisfy { $0.holds(for: time) }
    }

    /// The time of an object that begins as ours do: with the id, then the time in UTC.
    private static func time(ofObject line: Span<UInt8>) -> Timestamp? {
        let idEnd = 7 + 32
        let start = idEnd + 10
        let end = start + 27
        guard line.count > end, line.hasPrefix(#"{"id":""#),
            line.extracting(idEnd..<start).isEqual(to: #"","time":""#), line[end] == UInt8(ascii: "\"")
        else { return nil }
        return Timestamp(parsing: line.extracting(start..<end))
    }
}
