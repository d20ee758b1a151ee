// What the file sink keeps with its position: the files that it has written and that may not be durable yet, oldest
// first; the last one is the current. `SinkRecord.detail`, version 1, numbers little-endian, varints LEB128:
//
//   1        version, 1
//   varint   number of files, then for each:
//     24     device, inode, birth of the file (8 each)
//     8      its number among the rotated files
//     16     spool position where this part of it begins: segment (8), offset (4), event (4)
//     8      number of the event there
//     32     delivered, filtered, quarantined, dropped up to there (8 each)
//     8      size of the file up to there: these bytes are durable and are not looked at again
//     8      when it was begun, microseconds since the epoch
//     varint byte count of the rendition, then its text
//
// A file's part ends where the next file's begins. The record's own position is the first file's.
//
// Invariants (tests carry their names):
//
//   exactly once     From the record and the spool alone follows every byte that the files must hold behind the
//                    recorded sizes. A start compares, completes what is torn, and goes on from there.
//   boundary first   The record that names a new file is durable before the file's first byte is written.
//   own words        What was written under other settings is compared under those settings.

internal import EventModel
internal import Pipeline
internal import Platform

/// One file of the chain.
struct ChainedFile: Equatable, Sendable {
    var identity: FileIdentity
    /// Its number among the rotated files, from 1.
    var number: UInt64
    /// Where the part of it that is not known to be durable begins.
    var start: FilePoint
    /// When it was begun, microseconds since the epoch.
    var began: Int64
    var rendition: FileRendition
}

/// A place between two events, in the spool and in a file.
struct FilePoint: Equatable, Sendable {
    var position: SpoolPosition
    /// Number of the event there.
    var nextEvent: UInt64
    /// The ledger up to there.
    var counts: SinkCounts
    /// Bytes of the file up to there.
    var byteCount: Int
}

/// The files that the sink answers for.
struct FileChain: Equatable, Sendable {
    /// Most files in a chain: a rotation waits until the disk has caught up.
    static let maximumCount = 8

    var files: [ChainedFile]

    /// The record that says all of this.
    var record: SinkRecord? {
        guard let first = files.first else { return nil }
        return SinkRecord(
            position: first.start.position, nextEvent: first.start.nextEvent, counts: first.start.counts,
            detail: encoded())
    }

    init(files: [ChainedFile]) {
        self.files = files
    }

    /// Reads a record's detail; `nil` when it is none.
    init?(_ record: SinkRecord) {
        var reader = DetailReader(bytes: record.detail)
        guard reader.byte() == 1, let count = reader.varint(), count >= 1, count <= Self.maximumCount + 1 else { return nil }
        files = []
        for _ in 0..<count {
            guard let file = reader.file() else { return nil }
            files.append(file)
        }
    }

    private func encoded() -> [UInt8] {
        var bytes: [UInt8] = [1]
        bytes.append(varint: UInt64(files.count))
        for file in files {
            let start = file.start
            for value in [
                file.identity.device, file.identity.inode, file.identity.birth, file.number, start.position.segment,
                UInt64(start.position.offset) | UInt64(start.position.event) << 32, start.nextEvent,
                start.counts.delivered, start.counts.filtered, start.counts.quarantined, start.counts.dropped,
                UInt64(start.byteCount), UInt64(bitPattern: file.began),
            ] { bytes.append(fixed: value) }
            let text = Array(file.rendition.text.utf8)
            bytes.append(varint: UInt64(text.count))
            bytes.append(contentsOf: text)
        }
        return bytes
    }
}

/// Walks over a detail's bytes.
private struct DetailReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func byte() -> UInt8? {
        guard index < bytes.count else { return nil }
        index += 1
        return bytes[index - 1]
    }

    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, let byte = byte() {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    mutating func fixed() -> UInt64? {
        guard bytes.count - index >= 8 else { return nil }
        defer { index += 8 }
        return (0..<8).reduce(0) { $0 | UInt64(bytes[index + $1]) << UInt64($1 * 8) }
    }

    mutating func file() -> ChainedFile? {
        var values: [UInt64] = []
        for _ in 0..<13 {
            guard let value = fixed() else { return nil }
            values.append(value)
        }
        guard let length = varint(), length <= UInt64(bytes.count - index), values[11] <= UInt64(Int.max) else { return nil }
        let text = String(decoding: bytes[index..<index + Int(length)], as: UTF8.self)
        index += Int(length)
        guard let rendition = FileRendition(text: text) else { return nil }
        return ChainedFile(
            identity: FileIdentity(device: values[0], inode: values[1], birth: values[2]), number: values[3],
            start: FilePoint(
                position: SpoolPosition(
                    segment: values[4], offset: UInt32(truncatingIfNeeded: values[5]),
                    event: UInt32(truncatingIfNeeded: values[5] >> 32)),
                nextEvent: values[6],
                counts: SinkCounts(
                    delivered: values[7], filtered: values[8], quarantined: values[9], dropped: values[10]),
                byteCount: Int(values[11])),
            began: Int64(bitPattern: values[12]), rendition: rendition)
    }
}

extension [UInt8] {
    fileprivate mutating func append(fixed value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }

    fileprivate mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }
}
