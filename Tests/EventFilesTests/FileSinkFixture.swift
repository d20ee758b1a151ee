import EventModel
import EventText
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

@testable import EventFiles

/// A spool and a file sink's writer in a folder of their own, driven call by call.
final class FileSinkFixture {
    let folder = TemporaryFolder()
    let clock = StepClock()
    let files = PosixFileSystem()
    var settings: FileSinkSettings
    /// What the operator was told since the last start.
    private(set) var notices: [FileNotice] = []
    private(set) var eventCount = 0

    private var spool: OpenSpool?

    init() {
        settings = FileSinkSettings(path: folder.path + "/logs/events.log")
        settings.rotation = .never
    }

    var path: String { settings.path }
    var directory: String { parentDirectory(of: path) }

    /// Makes so many events durable in the spool, each a batch.
    func append(_ count: Int, from source: String = "s") throws {
        let spool = try openSpool()
        for _ in 0..<count {
            spool.append(number: eventCount, from: source)
            eventCount += 1
        }
        try spool.commit()
    }

    /// A writer as a start of the daemon makes it; what an earlier one did not synchronize is as a kill leaves it.
    func start() throws -> EventFileWriter {
        spool = nil
        notices = []
        let rendition = FileRendition(settings, filter: .all)
        let plan = EventFilePlan(
            name: "events", path: path, mode: 0o640, user: nil, group: nil, rendition: rendition,
            rotation: RotationPolicy(settings.rotation), offset: { _ in 0 })
        let clock = clock
        return try EventFileRecovery.start(
            plan: plan, feed: try openSpool().feed, fileSystem: files, now: { clock.now() },
            report: { [weak self] in self?.notices.append($0) })
    }

    /// Appends events and writes them.
    func deliver(_ count: Int, with writer: EventFileWriter) throws {
        try append(count)
        while try writer.step() {}
    }

    /// Numbers of the events in a file, in its order.
    func events(in path: String) throws -> [Int] {
        let bytes = try #require(try files.contents(of: path, limit: 1 << 26))
        #expect(bytes.isEmpty || bytes.last == 0x0A, "\(path) ends with a whole line")
        return try bytes.split(separator: 0x0A).compactMap { line in
            guard let event = try? EventLineDecoder().decode(Array(line).span) else { return nil }
            return Int(try #require(event.code))
        }
    }

    /// Names in the sink's folder, sorted.
    func names() throws -> [String] {
        try files.list(directory).sorted()
    }

    /// Names of the files that were rotated by us, sorted.
    func rotatedNames() throws -> [String] {
        try names().filter { RotatedName($0, base: "events.log") != nil }
    }

    /// Numbers of the events in all rotated files and the current one.
    func allEvents() throws -> [Int] {
        try (rotatedNames() + ["events.log"]).flatMap { try events(in: directory + "/" + $0) }
    }

    /// Writes at the end of a file as somebody else would.
    func appendForeign(_ text: String, to path: String) throws {
        let file = try files.open(path, .createOrUpdate, permissions: 0o600)
        try file.write(Array(text.utf8).span, at: file.status().byteCount)
    }

    /// Cuts a file as somebody else would.
    func cut(_ path: String, to byteCount: Int) throws {
        try files.open(path, .update, permissions: 0).truncate(to: byteCount)
    }

    func byteCount(_ path: String) throws -> Int {
        try #require(try files.status(of: path)).byteCount
    }

    private func openSpool() throws -> OpenSpool {
        if let spool { return spool }
        let opened = try OpenSpool(directory: folder.path + "/spool", files: files)
        spool = opened
        return opened
    }
}

/// A log, open, and a feed that reads it.
private final class OpenSpool {
    let feed: DirectFeed
    private var log: SpoolLog

    init(directory: String, files: PosixFileSystem) throws {
        let log = try SpoolLog.open(
            directory: directory, fileSystem: files, maximumByteCount: 1 << 26, segmentByteCount: 1 << 16)
        feed = try DirectFeed(files: files, log: log)
        self.log = log
    }

    func append(number: Int, from source: String) {
        log.append(Self.batch(number: number, source), ticket: AcceptanceTicket(number: UInt64(number)))
    }

    func commit() throws {
        #expect(try log.commit() == .done)
        feed.durable = log.durable
    }

    private static func batch(number: Int, _ source: String) -> Batch {
        var writer = BatchWriter()
        writer.append(numberedEvent(number))
        return Batch(
            source: source, cursor: Cursor(Array(String(number).utf8)), counts: SourceCounts(read: 1, accepted: 1),
            payload: writer.bytes)
    }
}

/// An event that its line is known by: the code is the number.
func numberedEvent(_ number: Int) -> Event {
    Event(
        id: EventID(high: 1, low: UInt64(number)), time: Timestamp(microseconds: Int64(number) * 1_000_000),
        observedTime: .earliest, source: "s", severity: .major, code: UInt32(number), message: Text("event \(number)"))
}

/// A feed without threads.
final class DirectFeed: SinkFeed, @unchecked Sendable {
    // Sendable: used by one test on one thread.
    var durable: SpoolPosition
    private let directory: String
    private let files: any FileSystem
    private var position: SinkPositionFile
    private let first: UInt64

    init(files: any FileSystem, log: borrowing SpoolLog) throws {
        self.files = files
        directory = log.directory
        durable = log.durable
        first = log.firstSegment
        position = try SinkPositionFile(directory: directory, sink: "file", fileSystem: files)
    }

    func recorded() throws -> SinkRecord {
        position.record ?? SinkRecord(position: SpoolPosition(segment: first, offset: 0), nextEvent: 0)
    }

    func makeReader(at position: SpoolPosition, nextEvent: UInt64) -> any FrameReader {
        SpoolReader(directory: directory, fileSystem: files, position: position, nextEvent: nextEvent) { self.durable }
    }

    func waitForMore(at position: SpoolPosition) async throws -> Bool { false }

    func record(_ record: SinkRecord) throws {
        try position.write(record)
    }
}

/// A clock that the test moves.
final class StepClock: @unchecked Sendable {
    // Sendable: used by one test on one thread.
    private var microseconds: Int64 = 1_700_000_000_000_000

    func advance(seconds: Int) {
        microseconds += Int64(seconds) * 1_000_000
    }

    func now() -> Int64 { microseconds }
}
