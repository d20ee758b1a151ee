internal import EventModel
internal import Pipeline
internal import Platform

/// What a start finds in a spool's directory.
struct SpoolRecovery {
    /// Segments that hold the log, in order, with the sizes of their files.
    var segments: [(number: UInt64, byteCount: Int)] = []
    /// Files that hold nothing and can serve as the next segment.
    var leftovers: [UInt64] = []
    /// The last segment with frames and where it ends; `nil` for an empty spool.
    var last: (segment: UInt64, end: UInt32)?
    /// The last segment, when it holds no batch: it can go as soon as the next one is durable, and starts that write
    /// nothing cost no disk.
    var emptySegment: UInt64?
    /// The greatest number that any file has.
    var greatestNumber: UInt64 = 0
    /// Cursor and totals of every source.
    var sources: [String: SourceState] = [:]
    /// Number of the next event.
    var nextEvent: UInt64 = 0
    /// Stretches that have decayed in the segments that were scanned.
    var damages: [SpoolDamage] = []

    /// Reads the openings from the last segment backwards to one that verifies, and the frames from there on.
    ///
    /// - Parameter proven: for each segment, the offset up to which sinks have read it: it was durable.
    static func scan(
        _ directory: String, _ fileSystem: any FileSystem, proven: [UInt64: UInt32]
    ) throws(FileError) -> SpoolRecovery {
        var result = SpoolRecovery()
        let numbers = try segments(of: directory, fileSystem)
        result.greatestNumber = numbers.last ?? 0
        var tail: [UInt64] = []
        var base: Int?
        for (index, number) in numbers.enumerated().reversed() {
            let reader = try reader(of: number, in: directory, fileSystem)
            defer { reader.close() }
            if let (header, opening, _) = try reader.opening() {
                result.sources = opening.sources
                result.nextEvent = header.firstEvent
                base = index
                break
            }
            // Never durable, unless a frame verifies in it: then its opening has decayed.
            if try reader.nextFrame(from: 0, limit: Int(UInt32.max)) == nil,
                index == numbers.count - 1 - result.leftovers.count
            {
                result.leftovers.append(number)
            } else {
                tail.insert(number, at: 0)
            }
        }
        if let base { tail.insert(numbers[base], at: 0) }
        for number in numbers where !result.leftovers.contains(number) {
            let status = try fileSystem.status(of: directory + "/" + SegmentFormat.name(of: number))
            result.segments.append((number, status?.byteCount ?? 0))
        }
        for number in tail {
            let reader = try reader(of: number, in: directory, fileSystem)
            defer { reader.close() }
            let isLast = number == tail.last
            let end = try result.apply(reader, isLast: isLast, proven: proven[number] ?? 0)
            if isLast { result.last = (number, end) }
        }
        try result.leaveOutEmptyLast(directory, fileSystem)
        return result
    }

    /// Numbers of the segments, in order. A directory of such a name is nobody's.
    static func segments(of directory: String, _ fileSystem: any FileSystem) throws(FileError) -> [UInt64] {
        var numbers: [UInt64] = []
        for name in try fileSystem.list(directory) {
            guard let number = SegmentFormat.number(ofName: name),
                try fileSystem.status(of: directory + "/" + name)?.isDirectory == false
            else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }

    static func reader(
        of number: UInt64, in directory: String, _ fileSystem: any FileSystem
    ) throws(FileError) -> SegmentReader {
        let path = directory + "/" + SegmentFormat.name(of: number)
        return SegmentReader(number: number, file: try fileSystem.open(path, .read, permissions: 0))
    }

    /// Where a sink begins that has no position yet: at the first segment from `oldest` on.
    static func beginning(
        of directory: String, from oldest: UInt64, _ fileSystem: any FileSystem
    ) throws(FileError) -> SinkRecord {
        let numbers = try segments(of: directory, fileSystem).filter { $0 >= oldest }
        guard let first = numbers.min() else {
            return SinkRecord(position: SpoolPosition(segment: oldest, offset: 0), nextEvent: 0)
        }
        let reader = try reader(of: first, in: directory, fileSystem)
        defer { reader.close() }
        let frame = try reader.nextFrame(from: 0, limit: Int(UInt32.max))
        return SinkRecord(
            position: SpoolPosition(segment: first, offset: 0), nextEvent: frame?.header.firstEvent ?? 0)
    }

    /// Takes over cursors and totals from a segment's frames.
    ///
    /// - Returns: where the segment ends.
    private mutating func apply(_ reader: SegmentReader, isLast: Bool, proven: UInt32) throws(FileError) -> UInt32 {
        let limit = Int(UInt32.max)
        var offset = try reader.opening()?.end ?? 0
        while true {
            if let frame = try reader.frame(at: offset, limit: limit) {
                take(frame)
                offset = frame.end
                continue
            }
            // Not a frame: the end, or decay that a later frame or a sink's position proves (invariant "prefix").
            guard let next = try reader.nextFrame(from: offset + 1, limit: limit) else { return UInt32(offset) }
            if isLast, proven <= UInt32(offset), try !isProven(offset, by: reader, from: next) { return UInt32(offset) }
            damages.append(SpoolDamage(segment: reader.number, offset: UInt32(offset), end: UInt32(next.offset)))
            offset = next.offset
        }
    }

    /// Whether a frame at or behind `next` says that `offset` was durable.
    private func isProven(_ offset: Int, by reader: SegmentReader, from next: Frame) throws(FileError) -> Bool {
        var candidate: Frame? = next
        while let frame = candidate {
            if frame.header.durable > UInt32(offset) { return true }
            candidate = try reader.nextFrame(from: frame.end, limit: Int(UInt32.max))
        }
        return false
    }

    private mutating func take(_ frame: Frame) {
        nextEvent = max(nextEvent, frame.header.firstEvent &+ UInt64(frame.header.eventCount))
        guard frame.header.kind == .batch, let head = BatchHead(parsing: frame.payload.span) else { return }
        sources[head.source] = SourceState(
            cursor: head.state.cursor ?? sources[head.source]?.cursor, totals: head.state.totals)
    }

    /// Leaves out the last segment when it holds no batch: the next one's opening says what its own says.
    private mutating func leaveOutEmptyLast(_ directory: String, _ fileSystem: any FileSystem) throws(FileError) {
        guard let (number, end) = last else { return }
        let reader = try Self.reader(of: number, in: directory, fileSystem)
        defer { reader.close() }
        guard let (_, opening, openingEnd) = try reader.opening(), openingEnd >= Int(end) else { return }
        emptySegment = number
        last = opening.previousSegment == 0 ? nil : (opening.previousSegment, opening.previousEnd)
    }
}
