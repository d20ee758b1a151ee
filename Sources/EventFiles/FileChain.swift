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

    /// Numbers of 8 bytes that stand before the rendition.
    fileprivate static let numberCount = 13
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
        let bytes = record.detail.span
        var index = 1
        guard bytes.count > 0, bytes[0] == 1, let count = bytes.varint(at: &index), count >= 1,
            count <= Self.maximumCount + 1
        else { return nil }
        files = []
        for _ in 0..<count {
            guard let file = bytes.chainedFile(at: &index) else { return nil }
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

extension Span<UInt8> {
    /// Reads one file of a detail and moves behind it; `nil` when there is none.
    fileprivate func chainedFile(at index: inout Int) -> ChainedFile? {
        guard count - index >= ChainedFile.numberCount * 8 else { return nil }
        let values = (0..<ChainedFile.numberCount).map { fixed64(at: index + $0 * 8) }
        index += values.count * 8
        guard values[11] <= UInt64(Int.max), let text = text(at: &index, limit: count),
            let rendition = FileRendition(text: String(decoding: text, as: UTF8.self))
        else { return nil }
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
