import EventModel
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

/// A spool's directory, and batches whose events are numbered from 0.
struct SpoolFixture {
    static let directory = "spool"

    var files = MemoryFileSystem()

    /// A log with small segments.
    func open(maximumByteCount: Int = 1 << 30, segmentByteCount: Int = 4096) throws -> SpoolLog {
        try SpoolLog.open(
            directory: Self.directory, fileSystem: files, maximumByteCount: maximumByteCount,
            segmentByteCount: segmentByteCount)
    }

    /// A batch of the source `s` with the events from `first`, and a cursor that says which is the next.
    static func batch(from first: Int, count: Int = 1, byteCount: Int = 10) -> Batch {
        var writer = BatchWriter()
        for number in first..<first + count {
            writer.append(
                Event(
                    id: EventID(high: 0, low: UInt64(number)), time: .earliest, observedTime: .earliest, source: "s",
                    message: Text([UInt8](repeating: 0x78, count: byteCount))))
        }
        return Batch(
            source: "s", cursor: Cursor(Array(String(first + count).utf8)),
            counts: SourceCounts(read: UInt64(count), accepted: UInt64(count)), payload: writer.bytes)
    }

    /// Where the segment's file is.
    static func path(_ segment: UInt64) -> String {
        let digits = String(segment)
        return directory + "/" + String(repeating: "0", count: 20 - digits.count) + digits + ".segment"
    }

    /// Numbers of the segments whose files there are.
    func segments() throws -> [UInt64] {
        try files.list(Self.directory).filter { $0.hasSuffix(".segment") }.compactMap { UInt64($0.dropLast(8)) }
            .sorted()
    }

    /// Bytes of all segments' files.
    func byteCount() throws -> Int {
        try segments().reduce(0) { try $0 + (files.status(of: Self.path($1))?.byteCount ?? 0) }
    }

    /// Reads everything that is durable.
    func read(to durable: SpoolPosition, from start: SinkRecord? = nil) throws -> SpoolReading {
        let reader = SpoolReader(
            directory: Self.directory, fileSystem: files, position: start?.position ?? .start,
            nextEvent: start?.nextEvent, durable: { durable })
        return try SpoolReading(reader)
    }
}

/// What a reader found.
struct SpoolReading {
    private(set) var events: [Int] = []
    private(set) var frames: [SpoolFrame] = []
    private(set) var incidents: [SpoolIncident] = []
    private(set) var position: SpoolPosition

    /// Reads to the end of what is durable.
    init(_ reader: any FrameReader) throws {
        position = reader.position
        while let frame = try reader.next(buffer: []) {
            var batch = BatchReader([])
            batch.reset(frame.payload, from: frame.eventsOffset)
            var skipped = frame.position.event
            while try batch.next() {
                if skipped > 0 { skipped -= 1 } else { events.append(Int(batch.id.low)) }
            }
            frames.append(frame)
        }
        incidents = reader.takeIncidents()
        #expect(reader.takeIncidents() == [], "an incident is reported once")
        position = reader.position
    }

    /// The record of a sink that has delivered all of it.
    var record: SinkRecord {
        let next = frames.last.map { $0.firstEvent + UInt64($0.eventCount) } ?? 0
        return SinkRecord(position: position, nextEvent: next)
    }
}
