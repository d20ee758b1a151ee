internal import EventModel
internal import EventText
internal import Pipeline

/// Turns frames of the spool into the lines of a tap: events that match in canonical JSON, and `{"dropped": N}` where
/// some were missed.
struct TapRenderer {
    private let filter: EventFilter
    private var reader = BatchReader([])
    private var json = EventJSONEncoder()
    /// Events of the frame that are still to be rendered.
    private(set) var remainingCount = 0

    init(_ filter: EventFilter) {
        self.filter = filter
    }

    /// Turns to a frame, and steps over the events before its position.
    ///
    /// - Returns: the memory of the frame before, for the next.
    mutating func open(_ frame: SpoolFrame) -> [UInt8] {
        let memory = reader.reset(frame.payload, from: frame.eventsOffset)
        remainingCount = frame.eventCount
        for _ in 0..<frame.position.event where (try? reader.next()) == true { remainingCount -= 1 }
        return memory
    }

    /// Renders the next event of the frame to the end of `lines`, when it is wanted.
    mutating func step(into lines: inout [UInt8]) {
        guard (try? reader.next()) == true else {
            Self.append(droppedCount: UInt64(remainingCount), to: &lines)
            remainingCount = 0
            return
        }
        remainingCount -= 1
        guard filter.matches(reader) else { return }
        json.append(reader, to: &lines)
        lines.append(0x0A)
    }

    /// Says that events were missed, whether they would have matched or not.
    static func append(droppedCount count: UInt64, to lines: inout [UInt8]) {
        if count > 0 { lines += "{\"dropped\":\(count)}\n".utf8 }
    }
}
