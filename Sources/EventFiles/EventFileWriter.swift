internal import EventModel
internal import Pipeline
internal import Platform

/// What a file sink's writer is given, besides the spool.
struct EventFilePlan: Sendable {
    /// The sink's name.
    let name: String
    let path: String
    let mode: UInt32
    /// Numeric owner and group of new files; `nil` leaves the process's.
    let user: UInt32?
    let group: UInt32?
    let rendition: FileRendition
    let rotation: RotationPolicy
    /// Seconds that periods of rotation are ahead of UTC at a moment.
    let offset: @Sendable (Int64) -> Int

    var directory: String { parentDirectory(of: path) }
    var base: String { lastComponent(of: path) }
}

/// Something that the operator should know.
enum FileNotice: Equatable, Sendable {
    /// Bytes that are not ours stood behind what was recorded; they are in the named file now.
    case unexpectedBytes(file: String, movedTo: String, byteCount: Int)
    /// Somebody else cut, extended or removed the file while we wrote it.
    case changedByOthers(file: String, what: String)
    /// A file that was written cannot be found any more.
    case missing(file: String)
    /// Events that could not be read from the spool.
    case incident(SpoolIncident)
    /// So many events of a frame, from this one of the spool on, cannot be decoded.
    case damaged(events: UInt64, from: UInt64, frame: [UInt8])
    /// The owner could not be set.
    case ownerNotSet(reason: String)
}

/// Writes the events of the spool to a file and its rotated siblings, each exactly once (G3). Blocks; for one thread.
///
/// After an error the writer is of no more use: a new one recovers, as after a crash.
final class EventFileWriter {
    /// A file that is open.
    struct OpenEventFile {
        let handle: any OpenFile
        let identity: FileIdentity
        /// Where the next byte goes.
        var byteCount: Int
    }

    /// What becomes durable by synchronizing some files.
    struct SyncPoint: Sendable {
        let handles: [any OpenFile]
        /// Number of the file that the point is in.
        let number: UInt64
        let point: FilePoint
    }

    static let flushByteCount = 256 << 10

    let plan: EventFilePlan
    let feed: any SinkFeed
    let fileSystem: any FileSystem
    let now: @Sendable () -> Int64
    let report: (FileNotice) -> Void

    var chain: FileChain
    var current: OpenEventFile
    /// Files of the chain before the current one.
    var rotated: [OpenEventFile] = []
    var reader: any FrameReader
    private var renderer: FrameRenderer

    /// Behind all that is in the file; its byte count is the file's.
    private(set) var written: FilePoint
    /// Behind all that is rendered.
    private var rendered: FilePoint
    private var buffer: [UInt8] = []
    private var memory: [UInt8] = []
    private var mustRecord = false

    /// A writer that has recovered: see `EventFileWriter+Recovery.swift`.
    init(recovered: EventFileRecovery, reader: any FrameReader) {
        plan = recovered.plan
        feed = recovered.feed
        fileSystem = recovered.fileSystem
        now = recovered.now
        report = recovered.report
        chain = FileChain(files: [recovered.currentEntry])
        current = recovered.current
        written = recovered.currentEntry.start
        rendered = recovered.currentEntry.start
        self.reader = reader
        renderer = FrameRenderer(recovered.plan.rendition, sink: recovered.plan.name)
    }

    /// Whether something was written that no record covers yet.
    var isDirty: Bool { chain.files.count > 1 || chain.files[0].start != written }

    /// Bytes that were written since the last record that covers all.
    var dirtyByteCount: Int {
        chain.files.count > 1 ? Int.max : written.byteCount - chain.files[0].start.byteCount
    }

    /// Files with smaller numbers are durable and finished: they may be compressed and removed.
    var firstNumber: UInt64 { chain.files[0].number }

    /// Takes the next frame from the spool and writes it.
    ///
    /// - Returns: `false` when there is none; everything is then in the file.
    func step() throws -> Bool {
        let frame = try reader.next(buffer: memory)
        memory = []
        for incident in reader.takeIncidents() { note(incident) }
        guard let frame else {
            rendered.position = reader.position
            try flush()
            return false
        }
        try rotateIfOver()
        memory = renderer.open(frame)
        while try render(frame) {}
        rendered.position = frame.end
        if buffer.count >= Self.flushByteCount { try flush() }
        return true
    }

    /// Closes the file and begins the next when its period is over.
    func rotateIfOver() throws {
        let time = now()
        guard written.byteCount + buffer.count > 0 else {
            // A file belongs to the period of its first event.
            chain.files[chain.files.count - 1].began = time
            return
        }
        guard
            plan.rotation.isOver(
                began: chain.files[chain.files.count - 1].began, now: time, offset: plan.offset(time / 1_000_000))
        else { return }
        try flush()
        try rotate()
    }

    /// Everything up to now, to be synchronized by somebody and then given to ``record(_:)``.
    func makeSyncPoint() throws -> SyncPoint {
        try flush()
        return SyncPoint(
            handles: rotated.map(\.handle) + [current.handle], number: chain.files[chain.files.count - 1].number,
            point: written)
    }

    /// Records that a point of this writer is durable.
    func record(_ point: SyncPoint) throws {
        // One of a writer before this says nothing about what was recovered since.
        guard let index = chain.files.firstIndex(where: { $0.number == point.number }),
            (rotated + [current]).contains(where: { $0.handle === point.handles.last })
        else { return }
        chain.files.removeFirst(index)
        rotated.removeFirst(min(index, rotated.count))
        chain.files[0].start = point.point
        try recordChain()
    }

    /// Makes everything up to now durable, and records it.
    func synchronize() throws {
        let point = try makeSyncPoint()
        for handle in point.handles { try handle.synchronize() }
        try record(point)
    }

    /// Opens the path again, after somebody has renamed the file.
    func reopen() throws {
        try synchronize()
        guard try fileSystem.status(of: plan.path)?.identity != current.identity else { return }
        rotated.append(current)
        try beginFile()
        try synchronize()
    }

    private func note(_ incident: SpoolIncident) {
        rendered.nextEvent += rendered.counts.count(incident)
        report(.incident(incident))
    }

    /// Renders one event of a frame.
    ///
    /// - Returns: `false` at the frame's end.
    private func render(_ frame: SpoolFrame) throws -> Bool {
        let start = buffer.count
        switch renderer.next(into: &buffer) {
        case .end: return false
        case .filtered: rendered.counts.filtered += 1
        case .damaged(let events):
            rendered.counts.quarantined += events
            let first = frame.firstEvent + UInt64(frame.eventCount) - events
            report(.damaged(events: events, from: first, frame: renderer.frameBytes))
        case .line:
            if plan.rotation.isFull(byteCount: written.byteCount + start, adding: buffer.count - start) {
                let line = Array(buffer[start...])
                buffer.removeLast(line.count)
                try flush()
                try rotate()
                buffer.append(contentsOf: line)
            }
            rendered.counts.delivered += 1
        }
        rendered.position = SpoolPosition(
            segment: frame.position.segment, offset: frame.position.offset, event: UInt32(renderer.eventIndex))
        rendered.nextEvent = frame.firstEvent + UInt64(renderer.eventIndex)
        if buffer.count >= 4 * Self.flushByteCount { try flush() }
        return true
    }

    /// Writes what is rendered.
    private func flush() throws {
        if !buffer.isEmpty {
            try followOthers()
            // The memory moves out and back: a span of a class's property would not outlive the call.
            var bytes = [UInt8]()
            swap(&bytes, &buffer)
            defer { swap(&bytes, &buffer) }
            try current.handle.write(bytes.span, at: current.byteCount)
            current.byteCount += bytes.count
            bytes.removeAll(keepingCapacity: bytes.count <= 8 * Self.flushByteCount)
        }
        rendered.byteCount = current.byteCount
        written = rendered
        if mustRecord {
            mustRecord = false
            try synchronize()
        }
    }

    /// Looks whether somebody else changed the file, and goes on behind what is there.
    private func followOthers() throws {
        let status = try current.handle.status()
        if !status.isLinked {
            report(.changedByOthers(file: plan.path, what: "removed"))
            written = FilePoint(
                position: written.position, nextEvent: written.nextEvent, counts: written.counts, byteCount: 0)
            rotated.append(current)
            try beginFile()
        } else if status.byteCount != current.byteCount {
            report(.changedByOthers(file: plan.path, what: status.byteCount < current.byteCount ? "cut" : "extended"))
            current.byteCount = try endOfLines(current.handle, byteCount: status.byteCount)
            mustRecord = true
        }
    }

    private func rotate() throws {
        if chain.files.count >= FileChain.maximumCount { try synchronize() }
        let number = chain.files[chain.files.count - 1].number
        if try fileSystem.status(of: plan.path)?.identity == current.identity {
            let name = RotatedName.make(base: plan.base, number: number, closed: now())
            try fileSystem.rename(plan.path, to: plan.directory + "/" + name)
        }
        rotated.append(current)
        try beginFile()
    }

    /// Opens the next file; what is written from now on goes there (invariant "boundary first").
    private func beginFile() throws {
        current = try openEventFile(plan, fileSystem, report: report)
        written.byteCount = current.byteCount
        rendered.byteCount = current.byteCount
        chain.files.append(
            ChainedFile(
                identity: current.identity, number: chain.files[chain.files.count - 1].number + 1, start: written,
                began: now(), rendition: plan.rendition))
        try recordChain()
    }

    private func recordChain() throws {
        guard let record = chain.record else { return }
        try feed.record(record)
    }
}

/// Opens the file at the plan's path, created with its folder when it is missing, ready for whole lines.
func openEventFile(
    _ plan: EventFilePlan, _ fileSystem: any FileSystem, report: (FileNotice) -> Void
) throws(FileError) -> EventFileWriter.OpenEventFile {
    let isNew = try !fileSystem.exists(plan.path)
    if isNew { try fileSystem.makeDirectory(plan.directory, permissions: 0o750) }
    let handle = try fileSystem.open(plan.path, .createOrUpdate, permissions: plan.mode)
    if isNew {
        if plan.user != nil || plan.group != nil {
            do throws(FileError) {
                try fileSystem.setOwner(of: plan.path, user: plan.user, group: plan.group)
            } catch {
                report(.ownerNotSet(reason: error.description))
            }
        }
        try fileSystem.synchronizeDirectory(plan.directory)
    }
    let status = try handle.status()
    return EventFileWriter.OpenEventFile(
        handle: handle, identity: status.identity, byteCount: try endOfLines(handle, byteCount: status.byteCount))
}

/// The size of a file, after ending its last line where somebody left it open.
func endOfLines(_ handle: any OpenFile, byteCount: Int) throws(FileError) -> Int {
    guard byteCount > 0 else { return 0 }
    var last: [UInt8] = []
    _ = try handle.read(at: byteCount - 1, count: 1, appendingTo: &last)
    guard last != [0x0A] else { return byteCount }
    let lineFeed: [UInt8] = [0x0A]
    try handle.write(lineFeed.span, at: byteCount)
    return byteCount + 1
}
