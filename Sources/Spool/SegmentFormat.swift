// The spool on disk. Version 1.
//
// A directory with `NUMBER.segment` files (NUMBER: 20 decimal digits, from 1 upwards), `lock`, and `sinks/` with
// one position file for each sink (`SinkPositionFile.swift`). Numbers are little-endian.
//
// A segment is a run of frames, each at an offset divisible by 8, in a file that is allocated in advance and may
// have served as an earlier segment: behind the last frame stand bytes that mean nothing.
//
//   frame    0   4  magic, "Trib"
//            4   4  byte count of the payload
//            8   4  CRC-32C of: the segment's number (8), the frame's offset (8), bytes 12 to 39
//           12   4  CRC-32C of the payload
//           16   1  type: 1 opening, 2 batch
//           17   1  version: 1
//           18   2  zero
//           20   4  number of events in the payload
//           24   8  number of the first of them, counted over the spool's life from 0
//           32   4  durable: bytes of this segment that were on stable storage when the frame was written
//           36   4  zero
//           40      payload, then zeros up to the next offset divisible by 8
//
//   opening  the first frame of a segment, and only the first
//            8      number of the segment before; 0 when there is none
//            4      offset at which that one ended
//            varint number of sources, then for each: name (text), cursor (text), totals
//   batch    name of the source (text), its cursor after the batch (text), its totals after the batch,
//            then events (`BatchFormat`) to the end of the payload
//   text     varint byte count, bytes. An empty cursor means that the source has none.
//   totals   five varints: records read, accepted, filtered, rejected, events noted; over the spool's life
//
// Invariants (tests carry their names):
//
//   one run          A segment is written by one run of the daemon. A start opens a new one.
//   sealed           Segment n + 1 opens after all of n is durable. Damage in a segment that has a successor is
//                    therefore decay, not a torn write, and what is left of it is read.
//   known end        The opening of n + 1 says where n ended, so that frames behind that end, written but never
//                    durable when a run died, are not read.
//   prefix           The last segment ends at its first invalid frame, unless a later frame's `durable` proves that
//                    this one was on stable storage: then it has decayed, is stepped over and counted.
//   whole opening    An opening has the cursor and totals of every source the spool ever knew, as they were at the
//                    end of the segment before. No earlier segment is needed to know them.
//   together         A batch and its source's cursor are one frame (guarantee G1).
//   no ghosts        The checksum covers segment and offset: a frame from the file's earlier life, or one that moved,
//                    never verifies.

package import EventModel
package import Pipeline
internal import Platform

/// The numbers of the format above.
enum SegmentFormat {
    static let magic: UInt32 = 0x6269_7254
    static let version: UInt8 = 1
    static let headerByteCount = 40
    static let alignment = 8
    /// Largest payload, in bytes: a request of the local API (16 MiB at most) and its envelope fit in.
    static let maximumPayloadByteCount = 24 << 20

    /// Greatest number of a segment that is taken for ours: a foreign file's name must not use up the numbers.
    static let maximumNumber: UInt64 = 1 << 62

    /// The name of a segment's file.
    static func name(of segment: UInt64) -> String {
        let digits = String(segment)
        return String(repeating: "0", count: 20 - digits.count) + digits + ".segment"
    }

    /// The number of a segment's file; `nil` for a name that we do not give.
    static func number(ofName name: String) -> UInt64? {
        guard name.hasSuffix(".segment"), name.utf8.count == 28, let number = UInt64(name.dropLast(8)),
            (1...maximumNumber).contains(number), Self.name(of: number) == name
        else { return nil }
        return number
    }

    /// Offset after a frame with so many payload bytes.
    static func end(of offset: Int, payloadByteCount: Int) -> Int {
        (offset + headerByteCount + payloadByteCount + alignment - 1) / alignment * alignment
    }
}

/// The fixed part of a frame.
struct FrameHeader: Equatable {
    enum Kind: UInt8 {
        case opening = 1
        case batch = 2
    }

    var kind: Kind
    var payloadByteCount: Int
    var payloadChecksum: UInt32
    var eventCount: UInt32
    var firstEvent: UInt64
    var durable: UInt32

    /// Appends the header as it stands at `offset` of `segment`.
    func append(to buffer: inout [UInt8], segment: UInt64, offset: Int) {
        var tail: [UInt8] = []
        tail.append(fixed: payloadChecksum)
        tail.append(kind.rawValue)
        tail.append(SegmentFormat.version)
        tail.append(contentsOf: [0, 0])
        tail.append(fixed: eventCount)
        tail.append(fixed: firstEvent)
        tail.append(fixed: durable)
        tail.append(fixed: UInt32(0))
        buffer.append(fixed: SegmentFormat.magic)
        buffer.append(fixed: UInt32(payloadByteCount))
        buffer.append(fixed: Self.checksum(of: tail.span, payloadByteCount, segment: segment, offset: offset))
        buffer.append(contentsOf: tail)
    }

    /// Reads a header; `nil` when it does not verify at this place.
    init?(parsing bytes: Span<UInt8>, segment: UInt64, offset: Int) {
        guard bytes.count >= SegmentFormat.headerByteCount, bytes.fixed32(at: 0) == SegmentFormat.magic else {
            return nil
        }
        let byteCount = Int(bytes.fixed32(at: 4))
        let checksum = Self.checksum(
            of: bytes.extracting(12..<SegmentFormat.headerByteCount), byteCount, segment: segment, offset: offset)
        guard bytes.fixed32(at: 8) == checksum, byteCount <= SegmentFormat.maximumPayloadByteCount,
            bytes[17] == SegmentFormat.version, let kind = Kind(rawValue: bytes[16])
        else { return nil }
        self.kind = kind
        payloadByteCount = byteCount
        payloadChecksum = bytes.fixed32(at: 12)
        eventCount = bytes.fixed32(at: 20)
        firstEvent = bytes.fixed64(at: 24)
        durable = bytes.fixed32(at: 32)
    }

    init(kind: Kind, payload: Span<UInt8>, eventCount: UInt32, firstEvent: UInt64, durable: UInt32) {
        self.kind = kind
        self.payloadByteCount = payload.count
        self.payloadChecksum = Checksum.of(payload)
        self.eventCount = eventCount
        self.firstEvent = firstEvent
        self.durable = durable
    }

    private static func checksum(of tail: Span<UInt8>, _ byteCount: Int, segment: UInt64, offset: Int) -> UInt32 {
        var checksum = Checksum()
        checksum.add(segment)
        checksum.add(UInt64(offset))
        checksum.add(UInt64(byteCount))
        checksum.add(tail)
        return checksum.value
    }
}

/// What the spool knows of a source.
package struct SourceState: Equatable, Sendable {
    /// Where it stands; `nil` for a source without a position.
    package var cursor: Cursor?
    /// Its side of the ledger, over the spool's life.
    package var totals: SourceCounts

    package init(cursor: Cursor? = nil, totals: SourceCounts = SourceCounts()) {
        self.cursor = cursor
        self.totals = totals
    }
}

/// Payload of the first frame of a segment.
struct Opening: Equatable {
    /// Number of the segment before; 0 when there is none.
    var previousSegment: UInt64
    /// Offset at which that one ended.
    var previousEnd: UInt32
    var sources: [String: SourceState]

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(fixed: previousSegment)
        bytes.append(fixed: previousEnd)
        bytes.append(varint: UInt64(sources.count))
        for (name, state) in sources.sorted(by: { $0.key < $1.key }) { bytes.append(name, state) }
        return bytes
    }

    init(previousSegment: UInt64, previousEnd: UInt32, sources: [String: SourceState]) {
        self.previousSegment = previousSegment
        self.previousEnd = previousEnd
        self.sources = sources
    }

    init?(parsing bytes: Span<UInt8>) {
        guard bytes.count >= 12 else { return nil }
        previousSegment = bytes.fixed64(at: 0)
        previousEnd = bytes.fixed32(at: 8)
        sources = [:]
        var index = 12
        guard let count = bytes.varint(at: &index), count <= 100_000 else { return nil }
        for _ in 0..<count {
            guard let (name, state) = bytes.sourceState(at: &index) else { return nil }
            sources[name] = state
        }
    }
}

/// Payload of a batch frame, without its events.
struct BatchHead {
    let source: String
    let state: SourceState
    /// Where the events begin in the payload.
    let eventsOffset: Int

    /// Appends a whole batch payload.
    static func append(_ batch: Batch, totals: SourceCounts, to bytes: inout [UInt8]) {
        bytes.append(batch.source, SourceState(cursor: batch.cursor, totals: totals))
        bytes.append(contentsOf: batch.payload)
    }

    init?(parsing bytes: Span<UInt8>) {
        var index = 0
        guard let (name, state) = bytes.sourceState(at: &index) else { return nil }
        source = name
        self.state = state
        eventsOffset = index
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ name: String, _ state: SourceState) {
        append(varint: UInt64(name.utf8.count))
        append(contentsOf: name.utf8)
        append(varint: UInt64(state.cursor?.bytes.count ?? 0))
        append(contentsOf: state.cursor?.bytes ?? [])
        for total in [
            state.totals.read, state.totals.accepted, state.totals.filtered, state.totals.rejected, state.totals.noted,
        ] { append(varint: total) }
    }
}

extension Span<UInt8> {
    fileprivate func sourceState(at index: inout Int) -> (String, SourceState)? {
        guard let name = text(at: &index, limit: 1024), let cursor = text(at: &index, limit: Cursor.maximumByteCount),
            let read = varint(at: &index), let accepted = varint(at: &index), let filtered = varint(at: &index),
            let rejected = varint(at: &index), let noted = varint(at: &index)
        else { return nil }
        let totals = SourceCounts(read: read, accepted: accepted, filtered: filtered, rejected: rejected, noted: noted)
        return (
            String(decoding: name, as: UTF8.self),
            SourceState(cursor: cursor.isEmpty ? nil : Cursor(cursor), totals: totals)
        )
    }
}
