internal import EventModel
package import Pipeline
package import Platform

/// Reads the spool in order, from a position to what is durable. Blocks; for one thread.
package final class SpoolReader: FrameReader {
    /// The next frame's place. Grows with every call of ``next(buffer:)``.
    package private(set) var position: SpoolPosition
    /// Number of the next event; `nil` before the first frame or opening was read.
    package private(set) var nextEvent: UInt64?

    /// What is durable, asked at each call of ``next(buffer:)``.
    private let durable: () -> SpoolPosition
    private let directory: String
    private let fileSystem: any FileSystem
    private var reader: SegmentReader?
    /// Where the open segment ends; `nil` while it is the last.
    private var end: Int?
    private var incidents: [SpoolIncident] = []

    /// A reader at `position`.
    ///
    /// - Parameter nextEvent: number of the event there, where it is known, so that what is missing can be counted.
    package init(
        directory: String, fileSystem: any FileSystem, position: SpoolPosition, nextEvent: UInt64?,
        durable: @escaping () -> SpoolPosition
    ) {
        self.durable = durable
        self.directory = directory
        self.fileSystem = fileSystem
        self.position = position
        self.nextEvent = nextEvent
    }

    deinit {
        reader?.close()
    }

    package func takeIncidents() -> [SpoolIncident] {
        defer { incidents.removeAll() }
        return incidents
    }

    package func next(buffer: consuming [UInt8] = []) throws -> SpoolFrame? {
        let durable = durable()
        while true {
            guard try openSegment(durable: durable) else { return nil }
            let limit = position.segment == durable.segment ? Int(durable.offset) : end ?? Int(UInt32.max)
            guard Int(position.offset) < limit else {
                guard try moveToNextSegment(durable: durable) else { return nil }
                continue
            }
            guard let frame = try reader?.frame(at: Int(position.offset), limit: limit, buffer: buffer) else {
                buffer = []
                try stepOverDamage(limit: limit)
                continue
            }
            let start = position
            position = SpoolPosition(segment: start.segment, offset: UInt32(frame.end))
            count(missing: frame.header.firstEvent, before: start)
            nextEvent = frame.header.firstEvent &+ UInt64(frame.header.eventCount)
            guard frame.header.kind == .batch, let head = BatchHead(parsing: frame.payload.span) else {
                buffer = frame.payload
                continue
            }
            guard frame.header.eventCount > start.event else {
                buffer = frame.payload
                continue
            }
            return SpoolFrame(
                position: start, end: position, firstEvent: frame.header.firstEvent,
                eventCount: Int(frame.header.eventCount), source: head.source, payload: frame.payload,
                eventsOffset: head.eventsOffset)
        }
    }

    /// Notes events between the last frame and one that begins with event `first`.
    private func count(missing first: UInt64, before position: SpoolPosition) {
        guard let nextEvent, first > nextEvent else { return }
        if case .damaged(let damage, 0)? = incidents.last {
            incidents[incidents.count - 1] = .damaged(damage, events: first - nextEvent)
        } else {
            incidents.append(.dropped(before: position, events: first - nextEvent))
        }
    }

    /// Makes sure that the segment of the position is open; moves to the first one that exists.
    private func openSegment(durable: SpoolPosition) throws(FileError) -> Bool {
        let isOpen = reader?.number == position.segment
        if isOpen, end != nil || position.segment == durable.segment { return true }
        let numbers = try fileSystem.list(directory).compactMap(SegmentFormat.number(ofName:))
            .filter { $0 >= position.segment && $0 <= durable.segment }.sorted()
        guard let number = numbers.first else { return false }
        reader?.close()
        reader = try SpoolRecovery.reader(of: number, in: directory, fileSystem)
        end = try sealedEnd(of: number, later: numbers.dropFirst())
        guard number != position.segment else { return true }
        position = SpoolPosition(segment: number, offset: 0)
        if let first = try reader?.opening()?.header.firstEvent {
            count(missing: first, before: position)
            nextEvent = first
        }
        return true
    }

    /// Where a segment ended, by the opening of the one after it (invariant "known end").
    private func sealedEnd(of number: UInt64, later: ArraySlice<UInt64>) throws(FileError) -> Int? {
        for candidate in later {
            let reader = try SpoolRecovery.reader(of: candidate, in: directory, fileSystem)
            defer { reader.close() }
            guard let (_, opening, _) = try reader.opening() else { continue }
            return opening.previousSegment == number ? Int(opening.previousEnd) : nil
        }
        return nil
    }

    /// - Returns: `false` when there is none that may be read.
    private func moveToNextSegment(durable: SpoolPosition) throws(FileError) -> Bool {
        guard position.segment < durable.segment else { return false }
        let next = try fileSystem.list(directory).compactMap(SegmentFormat.number(ofName:))
            .filter { $0 > position.segment && $0 <= durable.segment }.min()
        guard let next else { return false }
        reader?.close()
        reader = nil
        position = SpoolPosition(segment: next, offset: 0)
        return true
    }

    private func stepOverDamage(limit: Int) throws(FileError) {
        let offset = Int(position.offset)
        let next = try reader?.nextFrame(from: offset + 1, limit: limit)
        let end = next?.offset ?? limit
        // Behind the last frame of a segment whose end nobody knows stand bytes of the file's earlier life.
        if next != nil || self.end != nil || limit < Int(UInt32.max) {
            incidents.append(
                .damaged(
                    SpoolDamage(segment: position.segment, offset: UInt32(offset), end: UInt32(end)), events: 0))
        }
        position = SpoolPosition(segment: position.segment, offset: UInt32(end))
    }
}
