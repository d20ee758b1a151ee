internal import EventModel
internal import Pipeline
internal import Platform

/// Reads the spool for one tap, on a thread of its own.
actor TapReader {
    /// What there is to send.
    struct Piece: Equatable {
        /// Whole lines; may be empty.
        var lines: [UInt8] = []
        /// Whether it goes on only when more becomes durable.
        var isLast = false
    }

    /// A piece is sent when it has so many bytes, or so many events were looked at for it.
    private static let (byteCount, eventCount) = (64 << 10, 20_000)

    private let executor = ThreadExecutor(name: "tap")
    private let tap: any EventTap
    private var renderer: TapRenderer
    private var frames: (any FrameReader)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(_ tap: any EventTap, _ filter: EventFilter) {
        self.tap = tap
        renderer = TapRenderer(filter)
    }

    /// Where the spool is read next.
    var position: SpoolPosition { reader().position }

    /// Reads on, for as long as it does not have to wait.
    func next() throws -> Piece {
        var piece = Piece()
        var seenCount = 0
        while piece.lines.count < Self.byteCount, seenCount < Self.eventCount {
            guard renderer.remainingCount > 0 else {
                guard try openFrame(&piece.lines) else {
                    piece.isLast = true
                    break
                }
                continue
            }
            renderer.step(into: &piece.lines)
            seenCount += 1
        }
        return piece
    }

    /// - Returns: `false` when no further frame is durable.
    private func openFrame(_ lines: inout [UInt8]) throws -> Bool {
        let reader = reader()
        let frame = try reader.next(buffer: [])
        for incident in reader.takeIncidents() {
            switch incident {
            case .damaged(_, let events), .dropped(_, let events):
                TapRenderer.append(droppedCount: events, to: &lines)
            }
        }
        guard let frame else { return false }
        _ = renderer.open(frame)
        return true
    }

    /// The reader of the frames; it is made here, as it stays on this thread.
    private func reader() -> any FrameReader {
        if let frames { return frames }
        let made = tap.makeReader()
        frames = made
        return made
    }
}
