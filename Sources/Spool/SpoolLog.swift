internal import EventModel
package import Pipeline
package import Platform

/// The spool's writing side: recovery, appending, committing, releasing. Blocks; for one thread.
///
/// What was appended is visible and kept only after ``commit()``. Format and invariants: `SegmentFormat.swift`.
package struct SpoolLog: ~Copyable, Sendable {
    /// How a commit ended.
    package enum CommitResult: Equatable, Sendable {
        /// Everything appended is durable.
        case done
        /// The spool is at its limit; what is left waits for ``release(before:)``.
        case full
    }

    /// A batch that is not yet durable.
    private struct Pending: Sendable {
        let batch: Batch
        let ticket: AcceptanceTicket
    }

    package let directory: String
    /// Everything before it is durable and may be read.
    package private(set) var durable: SpoolPosition
    /// The last batch that is durable.
    package private(set) var durableTicket = AcceptanceTicket(number: 0)
    /// Cursor and totals of every source, as far as they are durable.
    package private(set) var sources: [String: SourceState]
    /// Number of the next event: how many the spool has taken in its life.
    package private(set) var nextEvent: UInt64
    /// What recovery had to step over.
    package let damages: [SpoolDamage]

    private let fileSystem: any FileSystem
    private let segmentByteCount: Int
    private let maximumByteCount: Int
    private let lockFile: any OpenFile

    /// Segments that hold the log, with the sizes of their files.
    private var segments: [(number: UInt64, byteCount: Int)]
    /// Files that can serve as the next segment.
    private var leftovers: [UInt64]
    private var greatestNumber: UInt64
    private var previous: (segment: UInt64, end: UInt32)?
    private var current: (any OpenFile)?
    private var pending: [Pending] = []
    /// Size of the frame that found no room, padded.
    private var waitingFrameByteCount = 0

    /// Recovers the spool in a directory, which is created when it is missing, and opens a segment.
    ///
    /// - Parameters:
    ///   - maximumByteCount: limit of all segments together.
    ///   - segmentByteCount: size of a segment; a larger frame gets a larger one.
    ///   - leastNextEvent: number of an event that some sink has come to: later ones have none below it, also when the
    ///     segments are gone.
    ///   - proven: for each segment, how far a sink's durable position says that it was read.
    package static func open(
        directory: String, fileSystem: any FileSystem, maximumByteCount: Int, segmentByteCount: Int,
        proven: [UInt64: UInt32] = [:], leastNextEvent: UInt64 = 0
    ) throws(SpoolError) -> SpoolLog {
        var (lockFile, recovery) = try recover(directory, fileSystem, proven: proven)
        // Numbers grow for ever (a sink waits for what follows its position), whoever has removed the segments.
        recovery.greatestNumber = max(recovery.greatestNumber, proven.keys.max() ?? 0)
        recovery.nextEvent = max(recovery.nextEvent, leastNextEvent)
        var log = SpoolLog(
            directory: directory, fileSystem: fileSystem, maximumByteCount: maximumByteCount,
            segmentByteCount: segmentByteCount, lockFile: lockFile, recovery: recovery)
        do throws(FileError) {
            try log.sealLast()
            try log.openSegment(frameByteCount: 0)
            try log.remove(recovery.emptySegment)
        } catch {
            throw .inaccessible(directory: directory, reason: error.description)
        }
        return log
    }

    private init(
        directory: String, fileSystem: any FileSystem, maximumByteCount: Int, segmentByteCount: Int,
        lockFile: any OpenFile, recovery: SpoolRecovery
    ) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.segmentByteCount = segmentByteCount
        self.maximumByteCount = maximumByteCount
        self.lockFile = lockFile
        sources = recovery.sources
        nextEvent = recovery.nextEvent
        damages = recovery.damages
        leftovers = recovery.leftovers
        greatestNumber = recovery.greatestNumber
        previous = recovery.last
        segments = recovery.segments.map { ($0.number, $0.byteCount) }
        durable = .start
    }

    /// Makes the last segment durable (invariant "sealed"): a run that was killed may have left frames there that
    /// we can read and that a power cut would still take away.
    private func sealLast() throws(FileError) {
        guard let previous, segments.contains(where: { $0.number == previous.segment }) else { return }
        let file = try fileSystem.open(path(of: previous.segment), .update, permissions: 0)
        defer { file.close() }
        try file.synchronize()
    }

    /// Removes a segment that holds nothing, and what did not serve as the new segment, so that readers meet no file
    /// without an opening.
    private mutating func remove(_ emptySegment: UInt64?) throws(FileError) {
        while let leftover = leftovers.popLast() { try fileSystem.remove(path(of: leftover)) }
        guard let emptySegment else { return }
        segments.removeAll { $0.number == emptySegment }
        try fileSystem.remove(path(of: emptySegment))
    }

    private static func recover(
        _ directory: String, _ fileSystem: any FileSystem, proven: [UInt64: UInt32]
    ) throws(SpoolError) -> (any OpenFile, SpoolRecovery) {
        do throws(FileError) {
            try fileSystem.makeDirectory(directory, permissions: 0o700)
            let lockFile = try fileSystem.open(directory + "/lock", .createOrUpdate, permissions: 0o600)
            if try lockFile.lock() {
                return (lockFile, try SpoolRecovery.scan(directory, fileSystem, proven: proven))
            }
        } catch {
            throw .inaccessible(directory: directory, reason: error.description)
        }
        throw .inUse(directory: directory)
    }

    /// Whether the segment that ``commit()`` wants fits below the limit.
    package var hasRoom: Bool { hasRoom(forFrame: waitingFrameByteCount) }

    /// Bytes of all segments.
    package var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

    /// How many segments hold the log.
    package var segmentCount: Int { segments.count }

    /// Bytes of the spool's files from a position to what is durable.
    package func byteCount(behind position: SpoolPosition) -> Int {
        segments.reduce(0) { sum, segment in
            guard segment.number >= position.segment, segment.number <= durable.segment else { return sum }
            let end = segment.number == durable.segment ? Int(durable.offset) : segment.byteCount
            let start = segment.number == position.segment ? Int(position.offset) : 0
            return sum + max(0, end - start)
        }
    }

    /// Number of the first segment.
    package var firstSegment: UInt64 { segments.first?.number ?? greatestNumber }

    /// Orders a batch behind all before it. It is durable after ``commit()``.
    package mutating func append(_ batch: consuming Batch, ticket: AcceptanceTicket) {
        pending.append(Pending(batch: batch, ticket: ticket))
    }

    /// Writes what was appended and makes it durable.
    ///
    /// - Throws: `FileError`; what was not durable is kept, and the next commit writes it to a new segment, as after
    ///   a failed sync nobody knows what the disk holds.
    package mutating func commit() throws(FileError) -> CommitResult {
        do {
            return try write()
        } catch {
            current?.close()
            current = nil
            previous = (durable.segment, durable.offset)
            throw error
        }
    }

    /// Gives back the segments before `number`, which no sink needs any more.
    package mutating func release(before number: UInt64) {
        let currentNumber = durable.segment
        while let first = segments.first, first.number < number, first.number < currentNumber {
            segments.removeFirst()
            if first.byteCount == segmentByteCount, leftovers.count < 2 {
                leftovers.append(first.number)
            } else {
                try? fileSystem.remove(path(of: first.number))
            }
        }
    }

    /// Removes a segment that sinks were still to read. Its file does not serve again: a reader may have it open.
    package mutating func drop(_ number: UInt64) {
        guard number < durable.segment, let index = segments.firstIndex(where: { $0.number == number }) else { return }
        segments.remove(at: index)
        try? fileSystem.remove(path(of: number))
    }

    private mutating func write() throws(FileError) -> CommitResult {
        var states = sources
        var event = nextEvent
        var offset = Int(durable.offset)
        var written = 0
        while written < pending.count {
            let batch = pending[written].batch
            let known = states[batch.source] ?? SourceState()
            let state = SourceState(cursor: batch.cursor ?? known.cursor, totals: known.totals + batch.counts)
            var head: [UInt8] = []
            BatchHead.append(
                Batch(source: batch.source, cursor: state.cursor, counts: batch.counts, payload: []),
                totals: state.totals, to: &head)
            let payloadByteCount = head.count + batch.payload.count
            let end = SegmentFormat.end(of: offset, payloadByteCount: payloadByteCount)
            guard current != nil, end <= segments[segments.count - 1].byteCount else {
                try synchronize(written: written, states: states, event: event, offset: offset)
                written = 0
                waitingFrameByteCount = SegmentFormat.end(of: 0, payloadByteCount: payloadByteCount)
                guard hasRoom(forFrame: waitingFrameByteCount) else { return .full }
                previous = (durable.segment, durable.offset)
                try openSegment(frameByteCount: waitingFrameByteCount)
                offset = Int(durable.offset)
                continue
            }
            try write(head, batch, at: offset, firstEvent: event)
            states[batch.source] = state
            event += batch.counts.events
            offset = end
            written += 1
        }
        try synchronize(written: written, states: states, event: event, offset: offset)
        return .done
    }

    /// Writes one frame: envelope, then the events from where they are.
    private func write(_ head: [UInt8], _ batch: Batch, at offset: Int, firstEvent: UInt64) throws(FileError) {
        var checksum = Checksum()
        checksum.add(head.span)
        checksum.add(batch.payload.span)
        var header = FrameHeader(
            kind: .batch, payload: [UInt8]().span, eventCount: UInt32(batch.counts.events), firstEvent: firstEvent,
            durable: durable.offset)
        header.payloadByteCount = head.count + batch.payload.count
        header.payloadChecksum = checksum.value
        var bytes: [UInt8] = []
        header.append(to: &bytes, segment: durable.segment, offset: offset)
        bytes.append(contentsOf: head)
        try current?.write(bytes.span, at: offset)
        try current?.write(batch.payload.span, at: offset + bytes.count)
    }

    /// Makes the first `written` pending batches durable and forgets them.
    private mutating func synchronize(
        written: Int, states: [String: SourceState], event: UInt64, offset: Int
    ) throws(FileError) {
        guard written > 0 else { return }
        try current?.synchronize()
        durable.offset = UInt32(offset)
        durableTicket = pending[written - 1].ticket
        sources = states
        nextEvent = event
        pending.removeFirst(written)
    }

    /// Whether a segment for a frame fits below the limit. The only segment is no reason to wait: nothing frees it.
    private func hasRoom(forFrame frameByteCount: Int) -> Bool {
        let wanted = segmentByteCount(opening: opening().encoded(), frameByteCount: frameByteCount)
        if wanted == segmentByteCount, !leftovers.isEmpty { return true }
        return segments.count <= 1 || byteCount + wanted <= maximumByteCount
    }

    private func segmentByteCount(opening: [UInt8], frameByteCount: Int) -> Int {
        max(segmentByteCount, SegmentFormat.end(of: 0, payloadByteCount: opening.count) + frameByteCount)
    }

    private func opening() -> Opening {
        Opening(previousSegment: previous?.segment ?? 0, previousEnd: previous?.end ?? 0, sources: sources)
    }

    /// Opens the next segment and makes its opening durable (invariants "sealed", "known end", "whole opening").
    private mutating func openSegment(frameByteCount: Int) throws(FileError) {
        let opening = opening().encoded()
        let openingEnd = SegmentFormat.end(of: 0, payloadByteCount: opening.count)
        let byteCount = segmentByteCount(opening: opening, frameByteCount: frameByteCount)
        let number = greatestNumber + 1
        greatestNumber = number
        let file = try makeFile(number, byteCount: byteCount)
        var bytes: [UInt8] = []
        FrameHeader(kind: .opening, payload: opening.span, eventCount: 0, firstEvent: nextEvent, durable: 0)
            .append(to: &bytes, segment: number, offset: 0)
        bytes.append(contentsOf: opening)
        do {
            try file.write(bytes.span, at: 0)
            try file.synchronize()
            try fileSystem.synchronizeDirectory(directory)
        } catch {
            file.close()
            leftovers.append(number)
            throw error
        }
        current?.close()
        current = file
        segments.append((number, byteCount))
        durable = SpoolPosition(segment: number, offset: UInt32(openingEnd))
    }

    /// A file for a segment: one that served before, where one is at hand. A larger one takes the place of those that
    /// are, so that all files together stay below the limit.
    private mutating func makeFile(_ number: UInt64, byteCount: Int) throws(FileError) -> any OpenFile {
        let path = path(of: number)
        if byteCount == segmentByteCount, let leftover = leftovers.last {
            try fileSystem.rename(self.path(of: leftover), to: path)
            // At hand for the next try, if this one fails.
            leftovers[leftovers.count - 1] = number
            let file = try fileSystem.open(path, .update, permissions: 0)
            let size = try file.status().byteCount
            if size < byteCount { try file.allocate(byteCount: byteCount) }
            if size > byteCount { try file.truncate(to: byteCount) }
            leftovers.removeLast()
            return file
        }
        while let leftover = leftovers.popLast() { try? fileSystem.remove(self.path(of: leftover)) }
        let file = try fileSystem.open(path, .createNew, permissions: 0o600)
        do {
            try file.allocate(byteCount: byteCount)
        } catch {
            file.close()
            try? fileSystem.remove(path)
            throw error
        }
        return file
    }

    private func path(of number: UInt64) -> String {
        directory + "/" + SegmentFormat.name(of: number)
    }
}
