import EventModel
import EventText
import Foundation
import Pipeline
import Platform
import Spool
import Synchronization
import TestSupport
import Testing

@testable import EventFiles

/// The whole sink, with its threads, on a running spool.
@Suite(.timeLimit(.minutes(15))) struct FileSinkTests {
    private let folder = TemporaryFolder()
    private let files = PosixFileSystem()
    private let log = RecordedLog()

    @Test func `everything is delivered once, over rotation and compression`() async throws {
        var settings = settings()
        settings.rotation.size = 4000
        settings.rotation.compression = .gzip
        let spool = try makeSpool()
        try await running(spool) {
            try await accept(0..<300, spool)
            try await run(sink(settings, spool), until: spool)
        }
        let names = try files.list(folder.path + "/logs").sorted()
        #expect(names.count > 5)
        for name in names where name != "events.log" {
            #expect(name.hasSuffix(".gz"))
            #expect(try decompress(folder.path + "/logs/" + name).count <= 4000)
        }
        let plain = try files.list(folder.path + "/logs").filter {
            RotatedName($0, base: "events.log")?.isCompressed == false
        }
        #expect(
            try (plain.sorted() + ["events.log"]).flatMap { try events(folder.path + "/logs/" + $0) } == Array(0..<300))
        let record = try #require(spool.feed(for: "file")).recorded()
        #expect(record.counts == SinkCounts(delivered: 300))
        #expect(log.messages == [])
    }

    @Test func `only as many files stay as the settings say`() async throws {
        var settings = settings()
        settings.rotation.size = 1000
        settings.rotation.keep = 2
        settings.rotation.compression = .none
        let spool = try makeSpool()
        try await running(spool) {
            try await accept(0..<100, spool)
            try await run(sink(settings, spool), until: spool)
        }
        let names = try files.list(folder.path + "/logs").sorted()
        #expect(names.count == 3)
        let left = try (names.dropFirst() + ["events.log"]).flatMap { try events(folder.path + "/logs/" + $0) }
        #expect(left == Array((100 - left.count)..<100))
    }

    @Test func `what the filter leaves out is counted`() async throws {
        let spool = try makeSpool()
        try await running(spool) {
            try await accept(0..<10, spool)
            let filter = try EventFilter(canonicalText: #"{"severity":">= critical"}"#)
            try await run(sink(settings(), spool, filter: filter), until: spool)
        }
        #expect(try #require(spool.feed(for: "file")).recorded().counts == SinkCounts(filtered: 10))
        #expect(try events(settings().path) == [])
    }

    @Test func `a disk that fails is told once, and events wait until it is well`() async throws {
        let memory = MemoryFileSystem()
        let spool = try makeSpool()
        memory.fail("write", with: 28)
        try await running(spool) {
            try await accept(0..<20, spool)
            let sink = sink(FileSinkSettings(path: "logs/events.log"), spool, files: memory)
            let run = Task { try await sink.run(mode: .forever) }
            try await log.waitForMessage(
                containing:
                    "error: Cannot write event file 'logs/events.log': cannot write 'logs/events.log': No space left on device (sinks.file.path)"
            )
            memory.fail("write", with: nil)
            try await log.waitForMessage(containing: "notice: File 'logs/events.log' is written again after ")
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
        }
        let bytes = try #require(try memory.contents(of: "logs/events.log", limit: 1 << 20))
        #expect(bytes.count { $0 == 0x0A } == 20)
        #expect(log.messages.count { $0.hasPrefix("error") } == 1)
    }

    @Test func `a run that shall end gives up on a disk that stays full, and says so once`() async throws {
        let memory = MemoryFileSystem()
        let spool = try makeSpool()
        memory.fail("write", with: 28)
        try await running(spool) {
            try await accept(0..<5, spool)
            spool.finish()
            let sink = sink(FileSinkSettings(path: "logs/events.log"), spool, files: memory)
            let failure = await #expect(throws: SinkFailure.self) { try await sink.run(mode: .once) }
            #expect(failure?.description.contains("'file'") == true)
        }
        #expect(log.messages.count { $0.hasPrefix("error") } == 1)
        #expect(!log.messages.contains { $0.contains("written again") })
    }

    @Test func `a folder in the way is waited out`() async throws {
        let spool = try makeSpool()
        let blocked = folder.path + "/logs"
        try files.open(blocked, .createNew, permissions: 0o600).close()
        try await running(spool) {
            try await accept(0..<5, spool)
            let sink = sink(settings(), spool)
            let run = Task { try await sink.run(mode: .forever) }
            try await log.waitForMessage(containing: "error: Cannot write event file")
            try files.remove(blocked)
            try await log.waitForMessage(containing: "is written again after ")
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
        }
        #expect(try events(settings().path) == Array(0..<5))
    }

    @Test func `after a reopening the events go to the path again`() async throws {
        let spool = try makeSpool()
        let path = settings().path
        try await running(spool) {
            let sink = sink(settings(), spool)
            let run = Task { try await sink.run(mode: .once) }
            let feed = try #require(spool.feed(for: "file"))
            try await accept(0..<5, spool)
            while try !files.exists(path) || events(path).count < 5 { await Task.yield() }
            sink.reopen()
            try await log.waitForMessage(containing: "Reopened")
            try files.rename(path, to: path + ".1")
            sink.reopen()
            try await log.waitForMessage(containing: "Reopened", number: 2)
            try await accept(5..<9, spool)
            spool.finish()
            try await run.value
            #expect(try feed.recorded().counts.delivered == 9)
        }
        #expect(try events(path + ".1") == Array(0..<5))
        #expect(try events(path) == Array(5..<9))
    }

    @Test func `a decayed stretch of the spool is told and counted, and the rest is delivered`() async throws {
        let memory = MemoryFileSystem()
        let spool = try makeSpool(files: memory)
        let incidents = IncidentList()
        try await running(spool) {
            for number in 0..<3 { try await accept(number..<number + 1, spool) }
            let feed = try #require(spool.feed(for: "file"))
            let start = try feed.recorded()
            let reader = feed.makeReader(at: start.position, nextEvent: start.nextEvent)
            _ = try reader.next(buffer: [])
            let frame = try #require(try reader.next(buffer: []))
            let segment = try #require(try memory.list("\(folder.path)/spool").first { $0.hasSuffix(".segment") })
            memory.corrupt("\(folder.path)/spool/\(segment)") { $0[Int(frame.position.offset) + 60] ^= 1 }
            let sink = FileSink(
                name: "file", settings: settings(), filter: .all, feed: feed, logger: log.logger,
                onIncident: { incident in incidents.append(incident) })
            try await run(sink, until: spool)
            #expect(try feed.recorded().counts == SinkCounts(delivered: 2, quarantined: 1))
            let damage = SpoolDamage(segment: 1, offset: frame.position.offset, end: frame.end.offset)
            #expect(incidents.all == [.damaged(damage, events: 1)])
        }
        #expect(try events(settings().path) == [0, 2])
        #expect(log.messages.count { $0.contains("could not be read from the spool") } == 1)
    }

    @Test func `a sink that is cancelled and run again loses and repeats nothing`() async throws {
        let spool = try makeSpool()
        try await running(spool) {
            for round in 0..<6 {
                let sink = sink(settings(), spool)
                let run = Task { try await sink.run(mode: .forever) }
                try await accept(round * 10..<round * 10 + 10, spool)
                run.cancel()
                _ = await run.result
            }
            try await run(sink(settings(), spool), until: spool)
        }
        #expect(try events(settings().path) == Array(0..<60))
    }

    private func settings() -> FileSinkSettings {
        var settings = FileSinkSettings(path: folder.path + "/logs/events.log")
        settings.rotation = .never
        return settings
    }

    private func makeSpool(files: any FileSystem = PosixFileSystem()) throws -> Spool {
        try Spool(
            directory: folder.path + "/spool", maximumByteCount: 64 << 20, segmentByteCount: 1 << 20,
            sinks: [Spool.SinkPlan(name: "file", whenFull: .wait)], fileSystem: files, logger: log.logger)
    }

    private func sink(
        _ settings: FileSinkSettings, _ spool: Spool, filter: EventFilter = .all,
        files: any FileSystem = PosixFileSystem()
    ) -> FileSink {
        FileSink(
            name: "file", settings: settings, filter: filter, feed: spool.feed(for: "file")!, fileSystem: files,
            logger: log.logger)
    }

    /// Ends the spool and runs the sink until it has delivered everything.
    private func run(_ sink: FileSink, until spool: Spool) async throws {
        spool.finish()
        try await sink.run(mode: .once)
    }

    /// Makes events durable, one batch of them.
    private func accept(_ numbers: Range<Int>, _ spool: Spool) async throws {
        var writer = BatchWriter()
        for number in numbers { writer.append(numberedEvent(number)) }
        let counts = SourceCounts(read: UInt64(numbers.count), accepted: UInt64(numbers.count))
        try await spool.accept(Batch(source: "s", cursor: nil, counts: counts, payload: writer.bytes))
        try await spool.settle()
    }

    /// Numbers of the events in a file.
    private func events(_ path: String) throws -> [Int] {
        let bytes = try #require(try files.contents(of: path, limit: 1 << 26))
        return try bytes.split(separator: 0x0A).map {
            Int(try #require(try EventLineDecoder().decode(Array($0).span).code))
        }
    }

    /// Runs a spool while `body` does.
    private func running(_ spool: Spool, _ body: () async throws -> Void) async throws {
        let task = Task { try await spool.run() }
        defer { task.cancel() }
        try await body()
        task.cancel()
        _ = await task.result
    }
}

private final class IncidentList: Sendable {
    private let incidents = Mutex([SpoolIncident]())

    var all: [SpoolIncident] { incidents.withLock { $0 } }

    func append(_ incident: SpoolIncident) {
        incidents.withLock { $0.append(incident) }
    }
}
