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
//   72   4  byte count of the detail
//   76      detail: the sink's own

internal import EventModel
package import Pipeline
package import Platform

/// The durable record of one sink's progress. Blocks; for one thread.
package struct SinkPositionFile: Sendable {
    private static let magic: UInt32 = 0x6F50_7254
    private static let slotByteCount = 1 << 16
    private static let headByteCount = 76
    /// Largest detail, in bytes.
    package static let maximumDetailByteCount = 60 << 10

    /// What was last recorded; `nil` before the first time.
    package private(set) var record: SinkRecord?

    private let file: any OpenFile
    private var sequence: UInt64 = 0

    /// Opens the file of a sink; created when there is none.
    package init(directory: String, sink: String, fileSystem: any FileSystem) throws(FileError) {
        let folder = directory + "/sinks"
        let path = folder + "/" + sink + ".position"
        try fileSystem.makeDirectory(folder, permissions: 0o700)
        let isNew = try !fileSystem.exists(path)
        file = try fileSystem.open(path, .createOrUpdate, permissions: 0o600)
        if isNew {
            try file.allocate(byteCount: 2 * Self.slotByteCount)
            try file.synchronize()
            try fileSystem.synchronizeDirectory(folder)
            try fileSystem.synchronizeDirectory(directory)
        }
        for slot in 0..<2 {
            var bytes: [UInt8] = []
            _ = try file.read(at: slot * Self.slotByteCount, count: Self.slotByteCount, appendingTo: &bytes)
            guard let (found, record) = Self.parse(bytes.span), found > sequence else { continue }
            sequence = found
            self.record = record
        }
        // What a killed run left may be readable and not yet durable; nothing may be built on it before it is.
        if !isNew { try file.synchronize() }
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

    private static func parse(_ bytes: Span<UInt8>) -> (sequence: UInt64, SinkRecord)? {
        guard bytes.count >= headByteCount, bytes.fixed32(at: 0) == magic else { return nil }
        let detailByteCount = Int(bytes.fixed32(at: 72))
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
        return (bytes.fixed64(at: 8), record)
    }
}
