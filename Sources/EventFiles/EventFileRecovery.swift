internal import EventModel
internal import Pipeline
internal import Platform

/// The start of a file sink: brings every file of the recorded chain to what it must hold, and opens the current one.
///
/// What was recorded is durable. Behind it, each file is compared with the events of its part, encoded again as they
/// were then: a torn line is completed, a missing one written, and bytes that are none of ours are moved aside.
struct EventFileRecovery {
    let plan: EventFilePlan
    let feed: any SinkFeed
    let fileSystem: any FileSystem
    let now: @Sendable () -> Int64
    let report: (FileNotice) -> Void

    /// The file that is written from now on, and its place in the chain.
    private(set) var current: EventFileWriter.OpenEventFile
    private(set) var currentEntry: ChainedFile

    /// Recovers, records where the sink stands, and answers with the writer.
    ///
    /// - Parameter isDistrusted: what stands behind the recorded sizes is written again, whatever it is: after a failed
    ///   fdatasync(2) it is readable and may yet never reach the disk.
    static func start(
        plan: EventFilePlan, feed: any SinkFeed, fileSystem: any FileSystem, now: @escaping @Sendable () -> Int64,
        isDistrusted: Bool = false, report: @escaping (FileNotice) -> Void
    ) throws -> EventFileWriter {
        let record = try feed.recorded()
        var place = FilePoint(
            position: record.position, nextEvent: record.nextEvent, counts: record.counts, byteCount: 0)
        var kept: (ChainedFile, EventFileWriter.OpenEventFile)?
        var greatest: UInt64 = 0
        if let chain = FileChain(record) {
            for (index, entry) in chain.files.enumerated() {
                let end = index + 1 < chain.files.count ? chain.files[index + 1].start : nil
                let repair = FileRepair(
                    plan: plan, feed: feed, fileSystem: fileSystem, isDistrusted: isDistrusted, report: report)
                let result = try repair.run(entry, until: end)
                place = result?.point ?? end ?? entry.start
                kept = result.flatMap { $0.isAtPath && end == nil ? (entry, $0.file) : nil }
                greatest = max(greatest, entry.number)
            }
        }
        let file = try kept?.1 ?? openEventFile(plan, fileSystem, report: report)
        place.byteCount = file.byteCount
        let names = try fileSystem.list(plan.directory)
        let used = names.compactMap { RotatedName($0, base: plan.base)?.number }.max() ?? 0
        let number = kept?.0.number ?? max(used, greatest) + 1
        let entry = ChainedFile(
            identity: file.identity, number: number, start: place, began: kept?.0.began ?? now(),
            rendition: plan.rendition)
        let recovered = EventFileRecovery(
            plan: plan, feed: feed, fileSystem: fileSystem, now: now, report: report, current: file,
            currentEntry: entry)
        try file.handle.synchronize()
        if let record = FileChain(files: [entry]).record { try feed.record(record) }
        return EventFileWriter(
            recovered: recovered, reader: feed.makeReader(at: place.position, nextEvent: place.nextEvent))
    }
}

/// Brings one file to what it must hold.
private struct FileRepair {
    let plan: EventFilePlan
    let feed: any SinkFeed
    let fileSystem: any FileSystem
    let isDistrusted: Bool
    let report: (FileNotice) -> Void

    /// How a file was left.
    struct Result {
        var file: EventFileWriter.OpenEventFile
        /// Behind the last event of it.
        var point: FilePoint
        /// Whether it still has the sink's path.
        let isAtPath: Bool
    }

    /// Compares, completes and synchronizes.
    ///
    /// - Parameter end: where the next file begins; `nil` for the last, which ends where its bytes end.
    /// - Returns: `nil` when the file cannot be found.
    func run(_ entry: ChainedFile, until end: FilePoint?) throws -> Result? {
        guard let path = try find(entry.identity) else {
            report(.missing(file: plan.path))
            return nil
        }
        let handle = try fileSystem.open(path, .update, permissions: 0)
        if isDistrusted, try handle.status().byteCount > entry.start.byteCount {
            try handle.truncate(to: entry.start.byteCount)
        }
        let size = try handle.status().byteCount
        var result = Result(
            file: EventFileWriter.OpenEventFile(
                handle: handle, identity: entry.identity, byteCount: entry.start.byteCount),
            point: entry.start, isAtPath: path == plan.path)
        if size < entry.start.byteCount {
            // Cut by somebody: nothing can be compared, and what follows the record is delivered again.
            report(.changedByOthers(file: path, what: "cut"))
            result.file.byteCount = try endOfLines(handle, byteCount: size)
            result.point.byteCount = result.file.byteCount
            try handle.synchronize()
            return result
        }
        try compare(entry, until: end, size: size, path: path, &result)
        try handle.synchronize()
        return result
    }

    private func find(_ identity: FileIdentity) throws(FileError) -> String? {
        if try fileSystem.status(of: plan.path)?.identity == identity { return plan.path }
        guard try fileSystem.exists(plan.directory) else { return nil }
        for name in try fileSystem.list(plan.directory) {
            let path = plan.directory + "/" + name
            if try fileSystem.status(of: path)?.identity == identity { return path }
        }
        return nil
    }

    private func compare(
        _ entry: ChainedFile, until end: FilePoint?, size: Int, path: String, _ result: inout Result
    ) throws {
        let reader = feed.makeReader(at: entry.start.position, nextEvent: entry.start.nextEvent)
        var renderer = FrameRenderer(entry.rendition, sink: plan.name)
        var tail = FileTail(handle: result.file.handle, offset: entry.start.byteCount, size: size)
        var line: [UInt8] = []
        // The last file ends where its bytes end. One that was closed has a known end, and is filled up to it.
        while end != nil || !tail.isAtEnd {
            if let end, result.point.position >= end.position { break }
            guard let frame = try reader.next(buffer: []) else { break }
            note(reader.takeIncidents(), &result)
            if let end, frame.position >= end.position { break }
            _ = renderer.open(frame)
            result.point.position = frame.position
            while end != nil || !tail.isAtEnd {
                if let end, result.point.position >= end.position { break }
                line.removeAll(keepingCapacity: true)
                let step = renderer.next(into: &line)
                if step == .end {
                    result.point.position = frame.end
                    break
                }
                try take(step, line, &tail, path: path, &result)
                result.point.position.event = UInt32(renderer.eventIndex)
                result.point.nextEvent = frame.firstEvent + UInt64(renderer.eventIndex)
            }
        }
        note(reader.takeIncidents(), &result)
        // Bytes behind the file's part, or behind the spool's last event, are nobody's.
        if !tail.isAtEnd { try setAside(&tail, path: path) }
        try tail.flush()
        result.file.byteCount = tail.offset
        result.point.byteCount = tail.offset
    }

    /// Matches one step with the file.
    private func take(
        _ step: FrameRenderer.Step, _ line: [UInt8], _ tail: inout FileTail, path: String, _ result: inout Result
    ) throws {
        switch step {
        case .end: break
        case .filtered: result.point.counts.filtered += 1
        case .damaged(let events): result.point.counts.quarantined += events
        case .line:
            if try !tail.match(line) { try setAside(&tail, path: path) }
            try tail.complete(line)
            result.point.counts.delivered += 1
        }
    }

    private func note(_ incidents: [SpoolIncident], _ result: inout Result) {
        for incident in incidents {
            switch incident {
            case .damaged(_, let events): result.point.counts.quarantined += events
            case .dropped(_, let events): result.point.counts.dropped += events
            }
            report(.incident(incident))
        }
    }

    /// Moves the bytes from the tail's place on to a file of their own.
    private func setAside(_ tail: inout FileTail, path: String) throws(FileError) {
        let first = path + ".unexpected-" + String(tail.offset)
        var name = first
        var number = 1
        while try fileSystem.exists(name) {
            number += 1
            name = first + "-" + String(number)
        }
        let byteCount = tail.size - tail.offset
        let copy = try fileSystem.open(name, .createNew, permissions: 0o600)
        try tail.copyRest(to: copy)
        try copy.synchronize()
        try fileSystem.synchronizeDirectory(plan.directory)
        try tail.cut()
        report(.unexpectedBytes(file: path, movedTo: name, byteCount: byteCount))
    }
}

/// The bytes of a file behind what was recorded, compared line by line.
private struct FileTail {
    private static let chunkByteCount = 256 << 10

    let handle: any OpenFile
    /// Everything before it is as it must be.
    private(set) var offset: Int
    private(set) var size: Int

    private var chunk: [UInt8] = []
    private var chunkOffset = 0
    /// What must follow `offset` and is not yet in the file.
    private var missing: [UInt8] = []

    init(handle: any OpenFile, offset: Int, size: Int) {
        self.handle = handle
        self.offset = offset
        self.size = size
        chunkOffset = offset
    }

    var isAtEnd: Bool { offset >= size }

    /// Compares a line with the file and moves behind what is the same.
    ///
    /// - Returns: `false` when the file holds something else; at its end the line may be there in part or not at all.
    mutating func match(_ line: [UInt8]) throws(FileError) -> Bool {
        matched = 0
        while matched < line.count, offset < size {
            if offset >= chunkOffset + chunk.count {
                chunkOffset = offset
                chunk.removeAll(keepingCapacity: true)
                _ = try handle.read(at: offset, count: min(Self.chunkByteCount, size - offset), appendingTo: &chunk)
                if chunk.isEmpty { return false }
            }
            let available = min(chunkOffset + chunk.count - offset, line.count - matched)
            for _ in 0..<available {
                guard chunk[offset - chunkOffset] == line[matched] else { return false }
                offset += 1
                matched += 1
            }
        }
        return true
    }

    /// Bytes of the last line that the file has.
    private var matched = 0

    /// Adds what the file lacks of a line that was just matched.
    mutating func complete(_ line: [UInt8]) throws(FileError) {
        guard matched < line.count else { return }
        missing.append(contentsOf: line[matched...])
        offset += line.count - matched
        size = offset
        chunkOffset = offset
        chunk.removeAll(keepingCapacity: true)
        if missing.count >= Self.chunkByteCount { try flush() }
    }

    /// Writes what is missing.
    mutating func flush() throws(FileError) {
        guard !missing.isEmpty else { return }
        try handle.write(missing.span, at: offset - missing.count)
        missing.removeAll(keepingCapacity: true)
    }

    /// Copies everything from here on.
    func copyRest(to copy: any OpenFile) throws(FileError) {
        var position = offset
        while position < size {
            var bytes: [UInt8] = []
            let count = try handle.read(at: position, count: Self.chunkByteCount, appendingTo: &bytes)
            if count == 0 { return }
            try copy.write(bytes.span, at: position - offset)
            position += count
        }
    }

    /// Cuts the file here.
    mutating func cut() throws(FileError) {
        try handle.truncate(to: offset)
        size = offset
        chunkOffset = offset
        chunk.removeAll(keepingCapacity: true)
    }
}
