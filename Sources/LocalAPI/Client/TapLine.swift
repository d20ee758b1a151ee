package import EventModel
internal import EventText

/// What one line of a tap means.
package enum TapLine: Equatable {
    /// An event in canonical JSON.
    case event(Event)
    /// So many events were missed, as the reader was behind.
    case dropped(UInt64)

    /// - Parameter line: without its line feed.
    /// - Returns: `nil` for a line of another form: the daemon is of another version.
    package init?(_ line: [UInt8]) {
        guard let value = try? JSONParser(maximumByteCount: max(line.count, 1)).parse(line.span) else { return nil }
        if case .integer(let count)? = value["dropped"] {
            self = .dropped(count.magnitude)
            return
        }
        guard let draft = try? EventJSONDecoder().decode(value), let id = draft.id, let time = draft.time,
            let observedTime = draft.observedTime
        else { return nil }
        self = .event(draft.event(id: id, time: time, observedTime: observedTime, source: draft.source ?? .empty))
    }
}

/// Writes events as lines of `events.log`, for people.
package struct LineRenderer {
    private let isColored: Bool
    private var lines: EventLineEncoder
    private var reader = BatchReader([])

    /// - Parameters:
    ///   - isColored: whether the severity is shown by color, as on a terminal.
    ///   - offset: seconds that the stamp's zone is ahead of UTC at a moment in seconds since the epoch.
    package init(isColored: Bool, offset: @escaping @Sendable (Int64) -> Int) {
        self.isColored = isColored
        lines = EventLineEncoder(dialect: .extended, offset: offset)
    }

    /// The event's line, its line feed included.
    package mutating func line(_ event: Event) -> [UInt8] {
        var writer = BatchWriter()
        writer.append(event)
        reader.reset(writer.bytes)
        lines.beginBatch()
        var line: [UInt8] = []
        guard (try? reader.next()) == true else { return line }
        lines.append(reader, to: &line)
        guard isColored, let color = event.severity.color else { return line }
        line.removeLast()
        return Array("\u{1B}[\(color)m".utf8) + line + Array("\u{1B}[0m\n".utf8)
    }
}

extension Severity {
    /// Of the terminal, ECMA-48, 8.3.117; `nil` for the terminal's own.
    fileprivate var color: String? {
        switch self {
        case .unknown, .info: nil
        case .debug: "2"
        case .warning: "33"
        case .major: "31"
        case .critical: "1;31"
        }
    }
}
