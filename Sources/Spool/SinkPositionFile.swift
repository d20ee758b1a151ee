// How far a sink is: `sinks/NAME.position` in the spool's directory. Version 1, numbers little-endian.
//
// Two slots of 64 KiB, at 0 and at 65,536, written in turn; the valid one with the greater sequence counts. A crash
// while one is written leaves the other.
//
//    0   4  magic, "TrPo"
//    4   4  CRC-32C of bytes 8 to the end of the detail
//    8   8  sequence
//   16   8  spool position: segment
//   24   4  offset
//   28   4  event
//   32   8  number of the next event
//   40  32  delivered, filtered, quarantined, dropped (8 each)
//   72   8  number of the event that the sink began with
//   80   4  byte count of the detail
//   84      detail: the sink's own

internal import EventModel
package import Pipeline
package import Platform

/// The durable record of one sink's progress. Blocks; for one thread.
package struct SinkPositionFile: Sendable {
    private static let magic: UInt32 = 0x6F50_7254
    private static let slotByteCount = 1 << 16
    private static let headByteCount = 84
    /// Largest detail, in bytes.
    package static let maximumDetailByteCount = 60 << 10

    /// What was last recorded; `nil` before the first time.
    package private(set) var record: SinkRecord?
    /// Number of the event that the sink began with; what was recorded has its own.
    package private(set) var firstEvent: UInt64 = 0

    private let file: any OpenFile
    private var sequence: UInt64 = 0

    /// Opens the file of a sink; created when there is none.
    package init(directory: String, sink: String, fileSystem: any FileSystem) throws(FileError) {
        let folder = directory + "/sinks"
        let path = folder + "/" + sink + ".position"
        try fileSystem.makeDirectory(folder, permissions: 0o700)
        let isNew = try !fileSystem.exists(path)
        file = try fileSystem.open(path, .createOrUpdate, permissions: 0o600)
        // A file that somebody cut gets its size back before it is read: a slot whose missing bytes were zeros would
        // otherwise verify only after the next write, and count for more than it.
        if try file.status().byteCount < 2 * Self.slotByteCount {
            try file.allocate(byteCount: 2 * Self.slotByteCount)
            try file.synchronize()
        }
        if isNew {
            try fileSystem.synchronizeDirectory(folder)
            try fileSystem.synchronizeDirectory(directory)
        }
        if let content = try Self.content(of: file) {
            sequence = content.sequence
            record = content.record
            firstEvent = content.firstEvent
        }
        // What a killed run left may be readable and not yet durable; nothing may be built on it before it is.
        if !isNew { try file.synchronize() }
    }

    /// What a position file holds.
    struct Content {
        var sequence: UInt64
        var record: SinkRecord
        var firstEvent: UInt64
    }

    /// Reads a file that another process may have open; `nil` before the first record.
    static func content(of path: String, _ fileSystem: any FileSystem) throws(FileError) -> Content? {
        let file = try fileSystem.open(path, .read, permissions: 0)
        defer { file.close() }
        return try content(of: file)
    }

    private static func content(of file: any OpenFile) throws(FileError) -> Content? {
        var newest: Content?
        for slot in 0..<2 {
            var bytes: [UInt8] = []
            _ = try file.read(at: slot * slotByteCount, count: slotByteCount, appendingTo: &bytes)
            guard let content = parse(bytes.span), content.sequence > newest?.sequence ?? 0 else { continue }
            newest = content
        }
        return newest
    }

    /// Says with which event a sink begins that has recorded nothing yet.
    package mutating func begin(with event: UInt64) {
        precondition(record == nil, "a sink begins once")
        firstEvent = event
    }

    /// Makes a record durable.
    package mutating func write(_ record: SinkRecord) throws(FileError) {
        precondition(record.detail.count <= Self.maximumDetailByteCount)
        var body: [UInt8] = []
        body.append(fixed: sequence + 1)
        body.append(fixed: record.position.segment)
        body.append(fixed: record.position.offset)
        body.append(fixed: record.position.event)
        body.append(fixed: record.nextEvent)
        for count in [
            record.counts.delivered, record.counts.filtered, record.counts.quarantined, record.counts.dropped,
        ] {
            body.append(fixed: count)
        }
        body.append(fixed: firstEvent)
        body.append(fixed: UInt32(record.detail.count))
        body.append(contentsOf: record.detail)
        var bytes: [UInt8] = []
        bytes.append(fixed: Self.magic)
        bytes.append(fixed: Checksum.of(body.span))
        bytes.append(contentsOf: body)
        try file.write(bytes.span, at: Int((sequence + 1) % 2) * Self.slotByteCount)
        try file.synchronize()
        sequence += 1
        self.record = record
    }

    private static func parse(_ bytes: Span<UInt8>) -> Content? {
        guard bytes.count >= headByteCount, bytes.fixed32(at: 0) == magic else { return nil }
        let detailByteCount = Int(bytes.fixed32(at: 80))
        guard detailByteCount <= min(maximumDetailByteCount, bytes.count - headByteCount),
            Checksum.of(bytes.extracting(8..<headByteCount + detailByteCount)) == bytes.fixed32(at: 4)
        else { return nil }
        let record = SinkRecord(
            position: SpoolPosition(
                segment: bytes.fixed64(at: 16), offset: bytes.fixed32(at: 24), event: bytes.fixed32(at: 28)),
            nextEvent: bytes.fixed64(at: 32),
            counts: SinkCounts(
                delivered: bytes.fixed64(at: 40), filtered: bytes.fixed64(at: 48), quarantined: bytes.fixed64(at: 56),
                dropped: bytes.fixed64(at: 64)),
            detail: Array(copying: bytes.extracting(headByteCount..<headByteCount + detailByteCount)))
        return Content(sequence: bytes.fixed64(at: 8), record: record, firstEvent: bytes.fixed64(at: 72))
    }
}
