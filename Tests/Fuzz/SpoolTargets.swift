import EventModel
import Pipeline
import Platform
import TestSupport

@testable import Spool

/// A spool's directory whose only segment is the input: a start always succeeds, and what is accepted then is read.
///
/// The first byte says what the rest is: bytes as they are, or the payloads of frames, whose headers are made for them,
/// as random bytes never have the right checksums.
struct SpoolTarget: FuzzTarget {
    private static let directory = "spool"
    private static let path = directory + "/00000000000000000001.segment"

    func run(_ bytes: [UInt8]) {
        let files = MemoryFileSystem()
        do {
            try files.makeDirectory(Self.directory, permissions: 0o700)
            let file = try files.open(Self.path, .createNew, permissions: 0o600)
            try file.write((bytes.first == 0 ? Array(bytes.dropFirst()) : Self.segment(bytes)).span, at: 0)
            for number in 0..<2 as Range<UInt64> { try start(files, number) }
        } catch { require(false, "a start fails: \(error)") }
    }

    /// Recovers, reads all that there is, and accepts one event, which must be the last then.
    private func start(_ files: MemoryFileSystem, _ number: UInt64) throws {
        var log = try SpoolLog.open(
            directory: Self.directory, fileSystem: files, maximumByteCount: 1 << 30, segmentByteCount: 4096)
        log.append(Self.batch(number), ticket: AcceptanceTicket(number: 1))
        require(try log.commit() == .done, "a batch finds no room")
        let durable = log.durable
        let reader = SpoolReader(
            directory: Self.directory, fileSystem: files, position: .start, nextEvent: nil, durable: { durable })
        var last: EventID?
        while let frame = try reader.next() {
            var batch = BatchReader([])
            batch.reset(frame.payload, from: frame.eventsOffset)
            while (try? batch.next()) == true { last = batch.id }
        }
        require(last == EventID(high: 7, low: number), "what was accepted is not the last: \(String(describing: last))")
    }

    private static func batch(_ number: UInt64) -> Batch {
        var writer = BatchWriter()
        writer.append(
            Event(id: EventID(high: 7, low: number), time: .earliest, observedTime: .earliest, source: "fuzz"))
        return Batch(
            source: "fuzz", cursor: Cursor([1]), counts: SourceCounts(read: 1, accepted: 1), payload: writer.bytes)
    }

    /// Frames of payloads: each behind a byte for its kind and flaws, and two for its length.
    private static func segment(_ bytes: [UInt8]) -> [UInt8] {
        var segment: [UInt8] = []
        var index = 1
        var nextEvent: UInt64 = 0
        while bytes.count - index >= 3 {
            let flags = bytes[index]
            let count = min(Int(bytes[index + 1]) | Int(bytes[index + 2]) << 8, bytes.count - index - 3)
            let payload = Array(bytes[index + 3..<index + 3 + count])
            index += 3 + count
            let header = FrameHeader(
                kind: flags & 1 == 0 ? .batch : .opening, payload: payload.span, eventCount: UInt32(flags >> 4),
                firstEvent: nextEvent, durable: flags & 2 == 0 ? UInt32(segment.count) : 0)
            nextEvent += UInt64(flags >> 4)
            let offset = segment.count
            header.append(to: &segment, segment: 1, offset: offset)
            segment += payload
            let end = SegmentFormat.end(of: offset, payloadByteCount: payload.count)
            segment += [UInt8](repeating: 0, count: end - segment.count)
            // Decay: a byte of the frame is another.
            if flags & 4 != 0 { segment[offset + Int(flags >> 4)] ^= flags | 1 }
        }
        return segment
    }

    var seeds: [[UInt8]] {
        let files = MemoryFileSystem()
        guard
            var log = try? SpoolLog.open(
                directory: Self.directory, fileSystem: files, maximumByteCount: 1 << 20, segmentByteCount: 4096)
        else { return [] }
        for number in 0..<3 as Range<UInt64> {
            log.append(Self.batch(number), ticket: AcceptanceTicket(number: number + 1))
            _ = try? log.commit()
        }
        guard let segment = try? files.contents(of: Self.path, limit: 4096) else { return [] }
        let opening = Opening(previousSegment: 0, previousEnd: 0, sources: ["fuzz": SourceState()]).encoded()
        let frames: [UInt8] = [1, 1, UInt8(opening.count), 0] + opening + [0x10, 8, 0, 1, 0x61, 0, 0, 0, 0, 0, 0]
        return [[0] + segment, frames]
    }
}

/// A sink's position file that is the input: a start always succeeds, and what is recorded then comes back.
struct PositionTarget: FuzzTarget {
    private static let path = "spool/sinks/a.position"

    func run(_ bytes: [UInt8]) {
        let files = MemoryFileSystem()
        do {
            try files.makeDirectory("spool/sinks", permissions: 0o700)
            let file = try files.open(Self.path, .createNew, permissions: 0o600)
            try file.write(bytes.span, at: 0)
            let found = try SinkPositionFile(directory: "spool", sink: "a", fileSystem: files)
            let record = SinkRecord(
                position: SpoolPosition(segment: 1, offset: 2), nextEvent: found.record?.nextEvent ?? 3)
            var written = found
            try written.write(record)
            let again = try SinkPositionFile(directory: "spool", sink: "a", fileSystem: files)
            require(again.record == record, "the record is \(String(describing: again.record)) afterwards")
        } catch { require(false, "a start fails: \(error)") }
    }

    var seeds: [[UInt8]] {
        let files = MemoryFileSystem()
        try? files.makeDirectory("spool", permissions: 0o700)
        guard var file = try? SinkPositionFile(directory: "spool", sink: "a", fileSystem: files) else { return [] }
        for number in 1...2 as ClosedRange<UInt64> {
            try? file.write(SinkRecord(position: SpoolPosition(segment: number, offset: 8), nextEvent: number))
        }
        let bytes = (try? files.contents(of: Self.path, limit: 1 << 17)) ?? nil
        return bytes.map { [Array($0.prefix(128)), $0] } ?? []
    }
}
