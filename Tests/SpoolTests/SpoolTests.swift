import EventModel
import Logging
import Pipeline
import Platform
import TestSupport
import Testing

@testable import Spool

/// The running spool: accepting, group commit, sinks that come and go, and its end.
@Suite(.timeLimit(.minutes(15))) struct SpoolTests {
    private let fixture = SpoolFixture()
    private let log = RecordedLog()

    @Test func `while one sync runs, the next batches gather and share one`() async throws {
        let files = GatedFileSystem(fixture.files)
        let spool = try makeSpool(sinks: [], segmentByteCount: 1 << 20, fileSystem: files)
        try await running(spool) {
            let before = files.begun.value
            files.hold()
            try await spool.accept(SpoolFixture.batch(from: 0))
            _ = try await files.begun.wait(for: before + 1)
            var last = AcceptanceTicket(number: 0)
            for number in 1...500 { last = try await spool.accept(SpoolFixture.batch(from: number)) }
            files.release()
            try await spool.waitUntilDurable(last)
            #expect(files.begun.value == before + 2)
            #expect(await spool.standing().taken == 501)
        }
        #expect(try fixture.read(to: spool.durable.value).events == Array(0...500))
    }

    @Test func `a batch is promised only when it is durable`() async throws {
        let files = GatedFileSystem(fixture.files)
        let spool = try makeSpool(sinks: ["a"], fileSystem: files)
        let feed = try #require(spool.feed(for: "a"))
        try await running(spool) {
            files.hold()
            let seen = files.begun.value
            try await spool.accept(SpoolFixture.batch(from: 0))
            _ = try await files.begun.wait(for: seen + 1)
            #expect(try read(feed).events == [])
            async let settled: Void = spool.settle()
            files.release()
            try await settled
            #expect(try read(feed).events == [0])
            #expect(await spool.sources()["s"]?.totals.accepted == 1)
        }
    }

    @Test func `nothing accepted is settled at once`() async throws {
        let spool = try makeSpool(sinks: [])
        try await running(spool) { try await spool.settle() }
    }

    @Test func `a frame at the limit is taken and read back, one over it is refused`() async throws {
        let folder = TemporaryFolder()
        let spool = try Spool(
            directory: folder.path, maximumByteCount: 128 << 20, segmentByteCount: 1 << 20,
            sinks: [Spool.SinkPlan(name: "a", whenFull: .wait)], logger: log.logger)
        let feed = try #require(spool.feed(for: "a"))
        let limit = SegmentFormat.maximumPayloadByteCount
        let largest = [UInt8](repeating: 1, count: limit - 1024 - 10)
        try await running(spool) {
            let cursor = Cursor([UInt8](repeating: 2, count: 10))
            let counts = SourceCounts(read: 1, accepted: 1)
            let ticket = try await spool.accept(Batch(source: "s", cursor: cursor, counts: counts, payload: largest))
            try await spool.waitUntilDurable(ticket)
            let reader = feed.makeReader(at: try feed.recorded().position, nextEvent: 0)
            let frame = try #require(try reader.next(buffer: []))
            #expect(Array(frame.payload[frame.eventsOffset...]) == largest)
            await #expect(throws: AcceptanceError.tooLarge(byteCount: limit + 1, limit: limit)) {
                try await spool.accept(Batch(source: "s", cursor: cursor, counts: counts, payload: largest + [1]))
            }
            #expect(await spool.standing().taken == 1)
        }
    }

    @Test func `after the end everything is durable, feeds end, and nothing more is taken`() async throws {
        let spool = try makeSpool(sinks: ["a"])
        let feed = try #require(spool.feed(for: "a"))
        for number in 0..<100 { try await spool.accept(SpoolFixture.batch(from: number)) }
        spool.finish()
        try await spool.run()
        let reading = try read(feed)
        #expect(reading.events == Array(0..<100))
        #expect(try await !feed.waitForMore(at: reading.position))
        await #expect(throws: AcceptanceError.stopped) { try await spool.accept(SpoolFixture.batch(from: 100)) }
    }

    @Test func `who waits for a batch that a stop leaves unwritten is told`() async throws {
        let spool = try makeSpool(sinks: [])
        let ticket = try await spool.accept(SpoolFixture.batch(from: 0))
        let run = Task { try await spool.run() }
        run.cancel()
        _ = await run.result
        do {
            try await spool.waitUntilDurable(ticket)
            #expect(await spool.standing().taken == 1)
        } catch {
            #expect(error as? AcceptanceError == .stopped)
        }
    }

    @Test(arguments: ["write", "synchronize", "allocate", "open"])
    func `write errors are tried again and nothing is lost`(operation: String) async throws {
        let spool = try makeSpool(sinks: ["a"])
        let feed = try #require(spool.feed(for: "a"))
        try await running(spool) {
            for number in 0..<10 { try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400)) }
            try await spool.settle()
            fixture.files.fail(operation, with: 28)
            for number in 10..<40 { try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400)) }
            try await log.waitForMessage(containing: "error: Spool cannot be written: cannot \(operation) ")
            fixture.files.fail(operation, with: nil)
            try await spool.settle()
            try await log.waitForMessage(containing: "notice: Spool is written again")
        }
        let reading = try read(feed)
        #expect(reading.events == Array(0..<40))
        #expect(reading.incidents == [])
        let errors = log.messages.filter { $0.hasPrefix("error") }
        #expect(errors.count == 1)
        #expect(errors[0].contains("spool.directory"))
    }

    @Test func `a sink added later begins at the oldest that is kept, without a false alarm`() async throws {
        let spool = try makeSpool(sinks: ["a"])
        let first = try #require(spool.feed(for: "a"))
        try await running(spool) {
            for number in 0..<60 { try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400)) }
            try await spool.settle()
            try first.record(try read(first).record)
            // The next write gives segments back.
            try await spool.accept(SpoolFixture.batch(from: 60))
            try await spool.settle()
            try spool.attach(Spool.SinkPlan(name: "b", whenFull: .wait))
            let second = try #require(spool.feed(for: "b"))
            for number in 61..<120 { try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400)) }
            try await spool.settle()
            let reading = try read(second)
            #expect(reading.incidents == [])
            #expect(reading.events == Array((120 - reading.events.count)..<120))
            #expect(reading.events.count >= 60)
            #expect(reading.events.count < 80)
        }
    }

    @Test func `a sink that is attached again goes on at its record`() async throws {
        let spool = try makeSpool(sinks: ["a"])
        try await running(spool) {
            for number in 0..<10 { try await spool.accept(SpoolFixture.batch(from: number)) }
            try await spool.settle()
            let feed = try #require(spool.feed(for: "a"))
            try feed.record(try read(feed).record)
            spool.detach("a")
            #expect(spool.feed(for: "a") == nil)
            try await spool.accept(SpoolFixture.batch(from: 10))
            try await spool.settle()
            try spool.attach(Spool.SinkPlan(name: "a", whenFull: .wait))
            #expect(try read(try #require(spool.feed(for: "a"))).events == [10])
        }
    }

    @Test func `a directory in use is refused, and free again afterwards`() throws {
        let folder = TemporaryFolder()
        func open() throws {
            _ = try SpoolLog.open(
                directory: folder.path, fileSystem: PosixFileSystem(), maximumByteCount: 1 << 20, segmentByteCount: 4096
            )
        }
        do {
            let log = try SpoolLog.open(
                directory: folder.path, fileSystem: PosixFileSystem(), maximumByteCount: 1 << 20, segmentByteCount: 4096
            )
            #expect(throws: SpoolError.inUse(directory: folder.path)) { try open() }
            #expect(SpoolError.inUse(directory: folder.path).description.contains("spool.directory"))
            _ = log.durable
        }
        try open()
    }

    @Test func `a directory that cannot be made is named with the setting`() throws {
        let folder = TemporaryFolder()
        let path = folder.path + "/file"
        _ = try PosixFileSystem().open(path, .createNew, permissions: 0o600)
        let error = #expect(throws: SpoolError.self) {
            try Spool(directory: path + "/spool", maximumByteCount: 64 << 20, sinks: [], logger: log.logger)
        }
        #expect(error?.description.contains(path) == true)
        #expect(error?.description.contains("spool.directory") == true)
    }

    private func makeSpool(
        sinks: [String], segmentByteCount: Int = 4096, fileSystem: (any FileSystem)? = nil
    ) throws -> Spool {
        try Spool(
            directory: SpoolFixture.directory, maximumByteCount: 1 << 30, segmentByteCount: segmentByteCount,
            sinks: sinks.map { Spool.SinkPlan(name: $0, whenFull: .wait) }, fileSystem: fileSystem ?? fixture.files,
            logger: log.logger)
    }

    private func read(_ feed: any SinkFeed) throws -> SpoolReading {
        let record = try feed.recorded()
        return try SpoolReading(feed.makeReader(at: record.position, nextEvent: record.nextEvent))
    }
}

/// Runs a spool while `body` does.
func running(_ spool: Spool, _ body: () async throws -> Void) async throws {
    let task = Task { try await spool.run() }
    defer { task.cancel() }
    try await body()
    task.cancel()
    _ = await task.result
}
