import EventModel
import EventText
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

@testable import EventFiles

/// Random lives of a file sink on a spool, with crashes by death and by power cut and with other settings after each:
/// over all its files, every event that it took stands exactly once, in order, and no line is torn.
@Suite struct FileSinkModelTests {
    @Test("exactly once, boundary first, own words: any crash at any call", arguments: 0..<120)
    func survivesCrashes(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var life = FileSinkLife(seed: seed)
        for crash in 0..<10 {
            life.changeSettings(using: &random)
            life.files.crash(at: Int.random(in: 1...150, using: &random))
            life.run(actions: 40, using: &random)
            life.files =
                Bool.random(using: &random)
                ? life.files.afterPowerCut(seed: seed &* 31 &+ crash) : life.files.afterProcessDeath()
        }
        try life.check("ten crashes")
    }

    @Test("a crash at each single call of one life leaves every event exactly once")
    func survivesACrashAtEachCall() throws {
        for call in 1...220 {
            for isPowerCut in [false, true] {
                var random = SeededGenerator(seed: 3)
                var life = FileSinkLife(seed: 3)
                life.files.crash(at: call)
                life.run(actions: 50, using: &random)
                life.files = isPowerCut ? life.files.afterPowerCut(seed: call) : life.files.afterProcessDeath()
                life.changeSettings(using: &random)
                try life.check("\(isPowerCut ? "a power cut" : "death") at call \(call)")
            }
        }
    }
}

/// One spool, one source and one file sink.
private struct FileSinkLife {
    static let path = "logs/events.log"

    var files = MemoryFileSystem()
    private var settings = FileSinkSettings(path: FileSinkLife.path)
    private var filter = EventFilter.all
    private let seed: Int
    private let clock = StepClock()

    init(seed: Int) {
        self.seed = seed
        settings.rotation.size = 900
        settings.rotation.every = .seconds(60)
    }

    mutating func changeSettings(using random: inout SeededGenerator) {
        settings.dialect = Bool.random(using: &random) ? .moab : .extended
        settings.format = Int.random(in: 0..<4, using: &random) == 0 ? .json : .eventsLog
        settings.rotation.size = [300, 900, 4000].randomElement(using: &random)
        // Every event passes each of these filters, so that each must be there in the end.
        let texts = ["{}", #"{"severity":">= info"}"#, #"{"source":"s"}"#]
        filter = texts.randomElement(using: &random).flatMap { try? EventFilter(canonicalText: $0) } ?? .all
    }

    /// Appends, commits, writes and synchronizes until the actions are done or the files crash.
    mutating func run(actions: Int, using random: inout SeededGenerator) {
        guard var log = openLog(), let feed = try? DirectFeed(files: files, log: log),
            let writer = try? startWriter(feed)
        else { return }
        var next = Self.cursor(of: log)
        for _ in 0..<actions where !files.hasCrashed {
            clock.advance(seconds: Int.random(in: 0...9, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<3:
                let count = Int.random(in: 1...4, using: &random)
                log.append(batch(from: next, count: count), ticket: AcceptanceTicket(number: UInt64(next)))
                next += count
                _ = try? log.commit()
                feed.durable = log.durable
            case 3..<6:
                guard (try? writer.step()) != nil else { return }
            case 6:
                guard (try? writer.synchronize()) != nil else { return }
            default:
                // A point that is synchronized while the sink goes on.
                guard let point = try? writer.makeSyncPoint(), (try? writer.step()) != nil else { return }
                for handle in point.handles { guard (try? handle.synchronize()) != nil else { return } }
                guard (try? writer.record(point)) != nil else { return }
            }
        }
    }

    /// Delivers everything that is left and reads the files.
    mutating func check(_ crash: String) throws {
        guard let log = openLog() else {
            Issue.record("the spool does not open")
            return
        }
        let feed = try DirectFeed(files: files, log: log)
        let writer = try startWriter(feed)
        while try writer.step() {}
        try writer.synchronize()
        var found: [Int] = []
        let names = try files.list("logs").filter { !$0.contains(".unexpected-") }
        let rotated = names.filter { $0 != "events.log" }.sorted()
        for name in rotated + ["events.log"] {
            let bytes = try #require(try files.contents(of: "logs/" + name, limit: 1 << 24))
            for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
                found.append(try Self.number(of: Array(line)))
            }
            #expect(bytes.isEmpty || bytes.last == 0x0A, "\(name) ends with a whole line")
        }
        #expect(found == Array(0..<Self.cursor(of: log)), "after \(crash)")
        #expect(writer.written.counts.delivered == UInt64(found.count))
    }

    private func openLog() -> SpoolLog? {
        try? SpoolLog.open(directory: "spool", fileSystem: files, maximumByteCount: 1 << 30, segmentByteCount: 8192)
    }

    private func startWriter(_ feed: DirectFeed) throws -> EventFileWriter {
        let rendition = FileRendition(settings, filter: filter)
        let clock = clock
        let plan = EventFilePlan(
            name: "events", path: settings.path, mode: 0o640, user: nil, group: nil, rendition: rendition,
            rotation: RotationPolicy(settings.rotation), offset: { _ in 0 })
        return try EventFileRecovery.start(
            plan: plan, feed: feed, fileSystem: files, now: { clock.now() }, report: { _ in })
    }

    private func batch(from first: Int, count: Int) -> Batch {
        var writer = BatchWriter()
        for number in first..<first + count {
            writer.append(
                Event(
                    id: EventID(high: 1, low: UInt64(number)), time: Timestamp(microseconds: Int64(number) * 1_000_000),
                    observedTime: Timestamp(microseconds: Int64(number)), source: "s", severity: .major,
                    code: UInt32(number),
                    message: Text("event \(number) of life \(seed) " + String(repeating: "x", count: number % 90))))
        }
        return Batch(
            source: "s", cursor: Cursor(Array(String(first + count).utf8)),
            counts: SourceCounts(read: UInt64(count), accepted: UInt64(count)), payload: writer.bytes)
    }

    private static func cursor(of log: borrowing SpoolLog) -> Int {
        log.sources["s"]?.cursor.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) } ?? 0
    }

    /// The event's code, from a line in any of the formats.
    private static func number(of line: [UInt8]) throws -> Int {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("{") {
            let value = try #require(text.split(separator: "\"code\":").last?.prefix { $0.isNumber })
            return try #require(Int(value))
        }
        let event = try EventLineDecoder().decode(line.span)
        return Int(try #require(event.code))
    }
}
