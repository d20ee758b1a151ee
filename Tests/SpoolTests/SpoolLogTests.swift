import EventModel
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

/// The writing side: segments, their limit, and errors of the disk.
@Suite struct SpoolLogTests {
    private let spool = SpoolFixture()

    @Test(arguments: ["write", "synchronize", "allocate", "open", "rename"])
    func `what could not be written is written later, to a new segment, and nothing is there twice`(operation: String)
        throws
    {
        var log = try spool.open()
        var next = 0
        for round in 0..<60 {
            if round % 3 == 1 { spool.files.fail(operation, with: 28) }
            for _ in 0..<4 {
                log.append(
                    SpoolFixture.batch(from: next, count: 2, byteCount: 200),
                    ticket: AcceptanceTicket(number: UInt64(next)))
                next += 2
            }
            // Segments are given back, so that files serve again.
            log.release(before: log.durable.segment &- 3)
            if round % 3 == 1 {
                for _ in 0..<2 { _ = try? log.commit() }
                spool.files.fail(operation, with: nil)
            }
            #expect(try log.commit() == .done)
            #expect(log.nextEvent == UInt64(next))
        }
        let reading = try spool.read(to: log.durable)
        #expect(reading.events == Array((reading.events.first ?? 0)..<next))
        #expect(reading.incidents == [])
        let again = try SpoolFixture(files: spool.files.afterPowerCut(seed: 1)).open()
        #expect(again.nextEvent == UInt64(next))
        #expect(again.damages == [])
    }

    @Test func `a full disk makes the commit fail, and room makes it go on`() throws {
        var log = try spool.open()
        spool.files.limit(byteCount: 10_000)
        var failures = 0
        for number in 0..<40 {
            log.append(
                SpoolFixture.batch(from: number, byteCount: 300), ticket: AcceptanceTicket(number: UInt64(number)))
            do { _ = try log.commit() } catch {
                #expect(error.code == 28)
                failures += 1
            }
        }
        #expect(failures > 0)
        spool.files.limit(byteCount: .max)
        #expect(try log.commit() == .done)
        #expect(try spool.read(to: log.durable).events == Array(0..<40))
    }

    @Test(arguments: 0..<60)
    func `the files stay below the limit whatever comes, and no segment is needed twice`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let limit = 40_000
        var log = try spool.open(maximumByteCount: limit)
        var next = 0
        var released = 0
        for _ in 0..<120 {
            // A quarter of the frames is larger than a segment.
            let byteCount =
                Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 4000...9000, using: &random) : 500
            log.append(
                SpoolFixture.batch(from: next, byteCount: byteCount), ticket: AcceptanceTicket(number: UInt64(next)))
            next += 1
            while try log.commit() == .full {
                let hasRoom = log.hasRoom
                #expect(!hasRoom)
                log.release(before: log.firstSegment + UInt64.random(in: 1...3, using: &random))
                released += 1
            }
            #expect(try spool.byteCount() <= limit, "seed \(seed)")
        }
        #expect(released > 0)
        // As a sink does: behind what was released, of which files may still stand about.
        let first = SinkRecord(position: SpoolPosition(segment: log.firstSegment, offset: 0), nextEvent: 0)
        let reading = try spool.read(to: log.durable, from: first)
        #expect(reading.events == Array((next - reading.events.count)..<next))
    }

    @Test func `starts that write nothing leave one segment`() throws {
        for _ in 0..<20 { _ = try spool.open() }
        #expect(try spool.segments().count == 1)
    }

    @Test func `a position inside a frame leaves out the events before it`() throws {
        var log = try spool.open()
        log.append(SpoolFixture.batch(from: 0, count: 5), ticket: AcceptanceTicket(number: 1))
        _ = try log.commit()
        let frame = try #require(try spool.read(to: log.durable).frames.first)
        var position = frame.position
        position.event = 3
        let reading = try spool.read(to: log.durable, from: SinkRecord(position: position, nextEvent: 3))
        #expect(reading.events == [3, 4])
        position.event = 5
        #expect(try spool.read(to: log.durable, from: SinkRecord(position: position, nextEvent: 5)).events == [])
    }

    @Test func `a batch without a cursor keeps the source's, and one without events moves it`() throws {
        var log = try spool.open()
        log.append(SpoolFixture.batch(from: 0, count: 2), ticket: AcceptanceTicket(number: 1))
        let manual = Batch(source: "s", cursor: nil, counts: SourceCounts(read: 3, filtered: 3), payload: [])
        log.append(manual, ticket: AcceptanceTicket(number: 2))
        _ = try log.commit()
        #expect(log.sources["s"]?.cursor?.bytes == Array("2".utf8))
        #expect(log.sources["s"]?.totals == SourceCounts(read: 5, accepted: 2, filtered: 3))
        #expect(log.durableTicket == AcceptanceTicket(number: 2))
        let reading = try spool.read(to: log.durable)
        #expect(reading.events == [0, 1])
        #expect(reading.frames.count == 1)
        #expect(try SpoolFixture(files: spool.files.afterPowerCut(seed: 2)).open().sources["s"]?.totals.read == 5)
    }
}
