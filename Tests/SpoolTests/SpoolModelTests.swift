import EventModel
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

/// Random lives of a spool against a simple model of it: a list of batches. Every write, sync and rename of a life
/// crashes once, in lives of other seeds, by death of the process and by power cut.
@Suite struct SpoolModelTests {
    @Test(
        "every crash keeps the invariants: together, prefix, sealed, known end, whole opening, no ghosts",
        arguments: 0..<150)
    func survivesCrashes(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var life = SpoolLife(seed: seed)
        for crash in 0..<12 {
            let budget = Int.random(in: 1...120, using: &random)
            life.files.crash(at: budget)
            try life.run(actions: 60, using: &random)
            let isPowerCut = Bool.random(using: &random)
            life.files =
                isPowerCut ? life.files.afterPowerCut(seed: seed &* 31 &+ crash) : life.files.afterProcessDeath()
            try life.check(isPowerCut: isPowerCut)
        }
        #expect(life.checkedBatchCount > 0)
    }

    @Test("a crash at each single call of one life keeps the invariants")
    func survivesACrashAtEachCall() throws {
        for call in 1...260 {
            var random = SeededGenerator(seed: 7)
            var life = SpoolLife(seed: 7)
            life.files.crash(at: call)
            try life.run(actions: 60, using: &random)
            for (files, isPowerCut) in [
                (life.files.afterProcessDeath(), false), (life.files.afterPowerCut(seed: call), true),
            ] {
                var after = life
                after.files = files
                try after.check(isPowerCut: isPowerCut)
            }
        }
    }
}

/// One spool with three sources and a sink, and what must be in it.
private struct SpoolLife {
    var files = MemoryFileSystem()
    var checkedBatchCount = 0

    /// Every batch handed over, by source; a source's cursor is the number of its batches.
    private var handedOver: [String: [UInt64]] = ["a": [], "b": [], "c": []]
    /// Batches of each source that a commit has promised.
    private var promised: [String: Int] = ["a": 0, "b": 0, "c": 0]
    /// What the sink has read in this life, from its recorded position on.
    private var sinkRead: [String] = []
    private var sinkRecorded: [String] = []
    private var nextMark: UInt64 = 1

    init(seed: Int) {
        nextMark = UInt64(seed) << 32 + 1
    }

    /// Acts until the actions are done or the files crash.
    mutating func run(actions: Int, using random: inout SeededGenerator) throws {
        guard var log = open() else { return }
        guard let position = try? SinkPositionFile(directory: "spool", sink: "s", fileSystem: files) else { return }
        var sinkFile = position
        let durable = DurablePosition(log.durable)
        let record = sinkFile.record
        let reader = SpoolReader(
            directory: "spool", fileSystem: files, position: record?.position ?? .start,
            nextEvent: record?.nextEvent, durable: { durable.value })
        sinkRead = sinkRecorded
        var pending: [String: Int] = [:]
        for _ in 0..<actions where !files.hasCrashed {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let source = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                handedOver[source, default: []].append(nextMark)
                let count = handedOver[source]?.count ?? 0
                log.append(
                    batch(source, mark: nextMark, cursor: count, size: Int.random(in: 0...900, using: &random)),
                    ticket: AcceptanceTicket(number: nextMark))
                nextMark += 1
                pending[source] = count
            case 5..<7:
                if let result = try? log.commit() {
                    durable.value = log.durable
                    if result == .done {
                        for (source, count) in pending { promised[source] = count }
                        pending = [:]
                    }
                }
            case 7..<9:
                while let frame = try? reader.next(buffer: []) { sinkRead.append(Self.mark(of: frame)) }
            default:
                let record = SinkRecord(position: reader.position, nextEvent: reader.nextEvent ?? 0)
                if (try? sinkFile.write(record)) != nil {
                    sinkRecorded = sinkRead
                    log.release(before: record.position.segment)
                }
            }
        }
    }

    /// Opens the spool anew and compares.
    mutating func check(isPowerCut: Bool) throws {
        guard let log = open() else {
            Issue.record("the spool does not open after a crash")
            return
        }
        let sinkFile = try SinkPositionFile(directory: "spool", sink: "s", fileSystem: files)
        // A record that was written but whose call did not return may count.
        let record = sinkFile.record
        let last = log.durable
        let reader = SpoolReader(
            directory: "spool", fileSystem: files, position: record?.position ?? .start,
            nextEvent: record?.nextEvent, durable: { last })
        var read: [String] = []
        while let frame = try reader.next(buffer: []) { read.append(Self.mark(of: frame)) }
        #expect(reader.takeIncidents() == [])
        #expect(log.damages == [])
        let seen = Set(sinkRead)
        for source in handedOver.keys.sorted() {
            let marks = handedOver[source] ?? []
            let cursor =
                log.sources[source].flatMap { Int($0.cursor.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "0") }
                ?? 0
            #expect(cursor >= promised[source] ?? 0, "promised batches are there")
            #expect(cursor <= marks.count)
            #expect(log.sources[source]?.totals.read ?? 0 == UInt64(cursor), "totals and cursor agree")
            // Everything up to the cursor is read exactly once, before the record or after it, and nothing beyond.
            let expected = marks.prefix(cursor).map { "\(source)\($0)" }
            let after = read.filter { $0.hasPrefix(source) }
            #expect(Array(expected.suffix(after.count)) == after, "in order, and nothing beyond the cursor")
            for mark in expected.dropLast(after.count) { #expect(seen.contains(mark), "lost \(mark)") }
            // What a sink saw was durable (G2).
            for mark in sinkRead where mark.hasPrefix(source) {
                #expect(expected.contains(mark), "sink saw \(mark) too early")
            }
            checkedBatchCount += expected.count
            // The source goes on from its cursor; what came after was never promised.
            handedOver[source] = Array(marks.prefix(cursor))
            promised[source] = cursor
        }
        // The record may be newer than the last one known to have been written.
        sinkRecorded = Array(
            Set(handedOver.flatMap { source, marks in marks.map { "\(source)\($0)" } }).subtracting(read))
    }

    private func open() -> SpoolLog? {
        let recorded = try? SinkPositionFile(directory: "spool", sink: "s", fileSystem: files).record
        let proven = recorded.map { [$0.position.segment: $0.position.offset] } ?? [:]
        return try? SpoolLog.open(
            directory: "spool", fileSystem: files, maximumByteCount: 1 << 30, segmentByteCount: 4096, proven: proven)
    }

    private func batch(_ source: String, mark: UInt64, cursor: Int, size: Int) -> Batch {
        var writer = BatchWriter()
        writer.append(
            Event(
                id: EventID(high: mark, low: 0), time: Timestamp(microseconds: Int64(0)),
                observedTime: Timestamp(microseconds: Int64(0)),
                source: Text(source), message: Text([UInt8](repeating: 0x78, count: size))))
        return Batch(
            source: source, cursor: Cursor(Array(String(cursor).utf8)), counts: SourceCounts(read: 1, accepted: 1),
            payload: writer.bytes)
    }

    private static func mark(of frame: SpoolFrame) -> String {
        var reader = BatchReader([])
        reader.reset(frame.payload, from: frame.eventsOffset)
        guard (try? reader.next()) == true else { return "undecodable" }
        return "\(frame.source)\(reader.id.high)"
    }
}

/// What a reader may read, moved by the test.
private final class DurablePosition {
    var value: SpoolPosition

    init(_ value: SpoolPosition) {
        self.value = value
    }
}
