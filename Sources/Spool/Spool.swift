package import EventModel
package import Logging
package import Pipeline
package import Platform
internal import Synchronization

/// The durable buffer between sources and sinks.
///
/// Sources hand over batches at any time; one thread writes them. While one sync runs, the next batches gather:
/// group commit without a timer. What is durable moves ``durable``, and sinks read up to there.
package final class Spool: BatchAcceptor, TapSource {
    /// What an operator decides of a sink's place in the spool.
    package struct SinkPlan: Sendable {
        package let name: String
        package let whenFull: WhenFull

        package init(name: String, whenFull: WhenFull) {
            self.name = name
            self.whenFull = whenFull
        }
    }

    /// Batches that were accepted and that the writer has not yet taken.
    private struct Intake {
        var batches: [(Batch, AcceptanceTicket)] = []
        /// Bytes accepted over the process's life.
        var acceptedBytes: UInt64 = 0
        var lastTicket = AcceptanceTicket(number: 0)
        var isStopped = false
    }

    private enum Admission {
        case ticket(AcceptanceTicket)
        /// No room until so many bytes are written.
        case wait(until: UInt64)
        case stopped
    }

    /// Most bytes that wait, those that are just being written included.
    private static let intakeByteCount: UInt64 = 4 << 20

    /// Everything before it is on stable storage.
    package let durable: Watermark<SpoolPosition>
    /// What recovery had to step over.
    package let damages: [SpoolDamage]
    /// How the writing side is doing.
    package let vitals = Vitals()

    private let writer: SpoolWriter
    private let feeds: FeedRegistry
    private let directory: String
    private let fileSystem: any FileSystem
    private let intake = Mutex(Intake())
    /// The last ticket given out; the writer waits for it.
    private let accepted = Watermark(AcceptanceTicket(number: 0))
    /// Accepted bytes that are durable; sources wait for it.
    private let written = Watermark<UInt64>(0)
    private let durableTicket = Watermark(AcceptanceTicket(number: 0))

    /// Recovers the spool in a directory.
    ///
    /// - Parameters:
    ///   - maximumByteCount: limit of all segments together, at least four segments.
    ///   - segmentByteCount: size of a segment; `nil` for a sixteenth of the limit, 16 MiB at most.
    package init(
        directory: String, maximumByteCount: Int, segmentByteCount: Int? = nil, sinks: [SinkPlan],
        fileSystem: any FileSystem = PosixFileSystem(), logger: Logger
    ) throws(SpoolError) {
        var proven: [UInt64: UInt32] = [:]
        var leastNextEvent: UInt64 = 0
        var files: [(SinkPlan, SinkPositionFile)] = []
        do {
            for sink in sinks {
                let file = try SinkPositionFile(directory: directory, sink: sink.name, fileSystem: fileSystem)
                if let position = file.record?.position {
                    leastNextEvent = max(leastNextEvent, file.record?.nextEvent ?? 0)
                    proven[position.segment] = max(proven[position.segment] ?? 0, position.offset)
                }
                files.append((sink, file))
            }
        } catch {
            throw .inaccessible(directory: directory, reason: error.description)
        }
        let log = try SpoolLog.open(
            directory: directory, fileSystem: fileSystem, maximumByteCount: maximumByteCount,
            segmentByteCount: segmentByteCount ?? min(16 << 20, maximumByteCount / 16), proven: proven,
            leastNextEvent: leastNextEvent)
        self.directory = directory
        self.fileSystem = fileSystem
        damages = log.damages
        durable = Watermark(log.durable)
        feeds = FeedRegistry(oldestSegment: log.firstSegment)
        writer = SpoolWriter(log: log, feeds: feeds, vitals: vitals, logger: logger)
        for (sink, file) in files { try add(sink) { () throws(FileError) in file } }
    }

    /// Adds a sink while the spool runs; it begins at its recorded position, or at the oldest that is still kept. From
    /// now on segments are kept for it.
    package func attach(_ sink: SinkPlan) throws(SpoolError) {
        try add(sink) { () throws(FileError) in
            try SinkPositionFile(directory: directory, sink: sink.name, fileSystem: fileSystem)
        }
    }

    /// Changes what happens to a sink that is behind when the spool is full.
    package func setWhenFull(_ sink: SinkPlan) {
        feeds.all.first { $0.name == sink.name }?.whenFull = sink.whenFull
    }

    /// Takes a sink out that is not run any more. Its position stays; nothing is kept for it.
    package func detach(_ sink: String) {
        feeds.remove(sink)
    }

    private func add(_ sink: SinkPlan, _ open: () throws(FileError) -> SinkPositionFile) throws(SpoolError) {
        do throws(FileError) {
            try feeds.add { oldest throws(FileError) in
                let file = try open()
                let first = try SpoolRecovery.beginning(of: directory, from: oldest, fileSystem)
                return SpoolFeed(
                    name: sink.name, whenFull: sink.whenFull, file: file, first: first, directory: directory,
                    fileSystem: fileSystem, durable: durable, records: feeds.records)
            }
        } catch {
            throw .inaccessible(directory: directory, reason: error.description)
        }
    }

    /// The feed of a sink that the spool knows.
    package func feed(for sink: String) -> (any SinkFeed)? { feeds.all.first { $0.name == sink } }

    /// Returns when everything that was accepted so far is durable.
    package func settle() async throws {
        try await waitUntilDurable(intake.withLock { $0.lastTicket })
    }

    /// Cursor and totals of every source, as far as they are durable.
    package func sources() async -> [String: SourceState] { await writer.sources }

    /// How everything stands.
    package func standing() async -> SpoolStanding {
        // Sinks first: none of them is ahead of what the log then says.
        let sinks = feeds.all.map {
            SpoolStanding.Sink(name: $0.name, firstEvent: $0.firstEvent, record: $0.recorded())
        }
        return await writer.standing(of: sinks)
    }

    /// When the first event behind a sink's position was accepted; `nil` when none is. Blocks.
    package func acceptanceOfOldest(behind record: SinkRecord) -> Timestamp? {
        let durable = durable
        let reader = SpoolReader(
            directory: directory, fileSystem: fileSystem, position: record.position, nextEvent: record.nextEvent,
            durable: { durable.value })
        guard let frame = try? reader.next() else { return nil }
        var events = BatchReader([])
        events.reset(frame.payload, from: frame.eventsOffset)
        for _ in 0...frame.position.event { guard (try? events.next()) == true else { return nil } }
        return events.observedTime
    }

    package func tap() async -> any EventTap {
        SpoolTap(directory: directory, fileSystem: fileSystem, beginning: await writer.end, durable: durable)
    }

    @discardableResult
    package func accept(_ batch: consuming Batch) async throws -> AcceptanceTicket {
        let byteCount = batch.payload.count + (batch.cursor?.bytes.count ?? 0) + 1024
        guard byteCount <= SegmentFormat.maximumPayloadByteCount else {
            throw AcceptanceError.tooLarge(byteCount: byteCount, limit: SegmentFormat.maximumPayloadByteCount)
        }
        while true {
            switch admit(batch, byteCount: UInt64(byteCount)) {
            case .ticket(let ticket):
                accepted.advance(to: ticket)
                return ticket
            case .wait(let target):
                guard try await written.wait(for: target) else { throw AcceptanceError.stopped }
            case .stopped:
                throw AcceptanceError.stopped
            }
        }
    }

    package func waitUntilDurable(_ ticket: AcceptanceTicket) async throws {
        guard try await durableTicket.wait(for: ticket) else { throw AcceptanceError.stopped }
    }

    /// Writes what is accepted until it is cancelled, or until ``finish()`` was called and all of it is durable.
    package func run() async throws {
        defer { stop() }
        vitals.rests()
        var taken = AcceptanceTicket(number: 0)
        while try await accepted.wait(for: AcceptanceTicket(number: taken.number + 1)) {
            let (batches, bytes) = intake.withLock { intake in
                let batches = intake.batches
                intake.batches.removeAll()
                return (batches, intake.acceptedBytes)
            }
            guard let last = batches.last else { continue }
            taken = last.1
            try await writer.write(batches, durable: durable)
            written.advance(to: bytes)
            durableTicket.advance(to: taken)
        }
    }

    /// Says that no more batches will come: ``run()`` returns when all there are are durable, and feeds end.
    package func finish() {
        intake.withLock { $0.isStopped = true }
        accepted.finish()
    }

    private func admit(_ batch: Batch, byteCount: UInt64) -> Admission {
        intake.withLock { intake in
            if intake.isStopped { return .stopped }
            if intake.acceptedBytes > written.value + Self.intakeByteCount {
                return .wait(until: intake.acceptedBytes - Self.intakeByteCount)
            }
            intake.acceptedBytes += byteCount
            intake.lastTicket = AcceptanceTicket(number: intake.lastTicket.number + 1)
            intake.batches.append((batch, intake.lastTicket))
            return .ticket(intake.lastTicket)
        }
    }

    private func stop() {
        intake.withLock { $0.isStopped = true }
        written.finish()
        durableTicket.finish()
        durable.finish()
    }
}
