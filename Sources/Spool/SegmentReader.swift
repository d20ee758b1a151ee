internal import EventModel
internal import Platform

/// One frame, as it was read.
struct Frame {
    let header: FrameHeader
    let offset: Int
    let payload: [UInt8]

    /// Offset of the next frame.
    var end: Int { SegmentFormat.end(of: offset, payloadByteCount: header.payloadByteCount) }
}

/// Reads the frames of one segment by their offsets.
struct SegmentReader {
    let number: UInt64
    private let file: any OpenFile

    init(number: UInt64, file: any OpenFile) {
        self.number = number
        self.file = file
    }

    func close() {
        file.close()
    }

    /// The frame at an offset; `nil` when none verifies there or it reaches behind `limit`.
    ///
    /// - Parameter buffer: memory for the payload, used again.
    func frame(at offset: Int, limit: Int, buffer: consuming [UInt8] = []) throws(FileError) -> Frame? {
        guard limit - offset >= SegmentFormat.headerByteCount else { return nil }
        var head: [UInt8] = []
        _ = try file.read(at: offset, count: SegmentFormat.headerByteCount, appendingTo: &head)
        guard let header = FrameHeader(parsing: head.span, segment: number, offset: offset),
            SegmentFormat.end(of: offset, payloadByteCount: header.payloadByteCount) <= limit
        else { return nil }
        var payload = buffer
        payload.removeAll(keepingCapacity: true)
        let count = try file.read(
            at: offset + SegmentFormat.headerByteCount, count: header.payloadByteCount, appendingTo: &payload)
        guard count == header.payloadByteCount, Checksum.of(payload.span) == header.payloadChecksum else { return nil }
        return Frame(header: header, offset: offset, payload: payload)
    }

    /// The first frame at or behind an offset that verifies; `nil` when there is none below `limit`.
    func nextFrame(from offset: Int, limit: Int) throws(FileError) -> Frame? {
        let chunkByteCount = 1 << 20
        var start = (offset + SegmentFormat.alignment - 1) / SegmentFormat.alignment * SegmentFormat.alignment
        while start < limit {
            var chunk: [UInt8] = []
            let wanted = min(chunkByteCount, limit - start)
            let count = try file.read(at: start, count: wanted, appendingTo: &chunk)
            for index in stride(from: 0, to: count - 3, by: SegmentFormat.alignment)
            where chunk.span.fixed32(at: index) == SegmentFormat.magic {
                if let frame = try frame(at: start + index, limit: limit) { return frame }
            }
            if count < wanted { return nil }
            start += chunkByteCount
        }
        return nil
    }

    /// The segment's opening; `nil` when it does not verify.
    func opening() throws(FileError) -> (header: FrameHeader, opening: Opening, end: Int)? {
        guard let frame = try frame(at: 0, limit: Int(UInt32.max)), frame.header.kind == .opening,
            let opening = Opening(parsing: frame.payload.span)
        else { return nil }
        return (frame.header, opening, frame.end)
    }
}
