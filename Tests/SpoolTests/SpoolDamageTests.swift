import EventModel
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

/// Decay and foreign files: stepped over, counted, reported once, and never an obstacle to a start (G7).
@Suite struct SpoolDamageTests {
    private var spool = SpoolFixture()

    @Test func `decay inside a sealed segment costs its frame, is counted and reported once`() throws {
        let durable = try fill(batches: 40, eventsEach: 3)
        let lost = try #require(
            try spool.read(to: durable).frames.first { $0.position.segment == 2 && $0.firstEvent > 30 })
        corrupt(2, at: Int(lost.position.offset) + 60)
        let reading = try spool.read(to: durable)
        let numbers = Set(Int(lost.firstEvent)..<Int(lost.firstEvent) + 3)
        #expect(reading.events == (0..<120).filter { !numbers.contains($0) })
        let damage = SpoolDamage(segment: 2, offset: lost.position.offset, end: lost.end.offset)
        #expect(reading.incidents == [.damaged(damage, events: 3)])
    }

    @Test func `decay of a segment's last frame is counted at the next segment`() throws {
        let durable = try fill(batches: 80, eventsEach: 3)
        let lost = try #require(try spool.read(to: durable).frames.last { $0.position.segment == 2 })
        corrupt(2, at: Int(lost.position.offset) + 4)
        let reading = try spool.read(to: durable)
        #expect(reading.events.count == 237)
        let damage = SpoolDamage(segment: 2, offset: lost.position.offset, end: lost.end.offset)
        #expect(reading.incidents == [.damaged(damage, events: 3)])
    }

    @Test func `a decayed opening costs no event`() throws {
        let durable = try fill(batches: 80, eventsEach: 2)
        for segment in [1, 2, 3] as [UInt64] {
            corrupt(segment, at: 45)
            let reading = try spool.read(to: durable)
            #expect(reading.events == Array(0..<160))
            #expect(reading.incidents.count == Int(segment))
            #expect(try SpoolFixture(files: spool.files).open().sources["s"]?.totals.read == 160)
        }
    }

    @Test func `decay in the last segment is proven by a later frame`() throws {
        let durable = try fill(batches: 5, eventsEach: 2)
        let frames = try spool.read(to: durable).frames
        corrupt(1, at: Int(frames[2].position.offset) + 50)
        let log = try spool.open()
        #expect(log.damages == [SpoolDamage(segment: 1, offset: frames[2].position.offset, end: frames[2].end.offset)])
        #expect(log.nextEvent == 10)
        #expect(log.sources["s"]?.cursor?.bytes == Array("10".utf8))
        let reading = try spool.read(to: log.durable)
        #expect(reading.events == [0, 1, 2, 3, 6, 7, 8, 9])
        #expect(reading.incidents.count == 1)
    }

    @Test func `whatever decays, what is read is in order and the rest is counted`() throws {
        for seed in 0..<60 {
            var random = SeededGenerator(seed: seed)
            var spool = SpoolFixture()
            var log = try spool.open()
            for number in 0..<40 {
                log.append(
                    SpoolFixture.batch(from: number * 3, count: 3), ticket: AcceptanceTicket(number: UInt64(number)))
                _ = try log.commit()
            }
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let segment = try #require(try spool.segments().dropLast().randomElement(using: &random))
                spool.files.corrupt(SpoolFixture.path(segment)) { bytes in
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            let reading = try spool.read(to: log.durable, from: SinkRecord(position: .start, nextEvent: 0))
            #expect(reading.events == Array(Set(reading.events)).sorted(), "seed \(seed)")
            #expect(reading.events.count + Int(reading.lostEventCount) == 120, "seed \(seed)")
            spool.files = spool.files.afterProcessDeath()
            #expect(try spool.open().nextEvent == 120)
        }
    }

    @Test func `foreign files in the directory are let be`() throws {
        let durable = try fill(batches: 10, eventsEach: 1)
        let names = [
            "notes.txt", "5.segment", "00000000000000000000.segment", "+0000000000000000003.segment",
            "0000000000000000000x.segment", "18446744073709551615.segment", "9223372036854775807.segment",
            "00000000000000000001.segment.bak", ".segment",
        ]
        for name in names { try create(name, Array("not ours".utf8)) }
        let log = try spool.open()
        #expect(log.nextEvent == 10)
        let reading = try spool.read(to: log.durable)
        #expect(reading.events == Array(0..<10))
        #expect(reading.incidents == [])
        #expect(Set(try spool.files.list(SpoolFixture.directory)).isSuperset(of: names))
        #expect(log.durable > durable)
    }

    @Test(arguments: [[], Array("garbage".utf8), [UInt8](repeating: 0xFF, count: 9000)] as [[UInt8]])
    func `a segment file without a frame prevents no start and takes no event`(content: [UInt8]) throws {
        _ = try fill(batches: 30, eventsEach: 2)
        let last = try #require(try spool.segments().last)
        try create(String(SpoolFixture.path(last + 3).dropFirst(6)), content)
        // In place of one that was given back long ago.
        try create(String(SpoolFixture.path(0).dropFirst(6)), content)
        var log = try spool.open()
        #expect(log.nextEvent == 60)
        #expect(log.sources["s"]?.totals.accepted == 60)
        #expect(log.durable.segment > last + 3)
        log.append(SpoolFixture.batch(from: 60), ticket: AcceptanceTicket(number: 1))
        #expect(try log.commit() == .done)
        #expect(try spool.read(to: log.durable).events == Array(0..<61))
    }

    @Test func `a first segment that is garbage hides nothing behind it`() throws {
        _ = try fill(batches: 30, eventsEach: 2)
        spool.files.corrupt(SpoolFixture.path(1)) { $0 = [UInt8](repeating: 7, count: 100) }
        let log = try spool.open()
        let reading = try spool.read(to: log.durable, from: SinkRecord(position: .start, nextEvent: 0))
        #expect(reading.events.last == 59)
        #expect(reading.events.count + Int(reading.lostEventCount) == 60)
    }

    @Test func `a reader ends where the segments end, also when somebody removed them`() throws {
        let durable = try fill(batches: 30, eventsEach: 2)
        for segment in try spool.segments().dropFirst() { try spool.files.remove(SpoolFixture.path(segment)) }
        let reading = try spool.read(to: durable)
        #expect(!reading.events.isEmpty)
        #expect(reading.events == Array(0..<reading.events.count))
    }

    /// Batches, each committed by itself.
    private func fill(batches: Int, eventsEach count: Int) throws -> SpoolPosition {
        var log = try spool.open()
        for number in 0..<batches {
            log.append(
                SpoolFixture.batch(from: number * count, count: count), ticket: AcceptanceTicket(number: UInt64(number))
            )
            #expect(try log.commit() == .done)
        }
        return log.durable
    }

    private func corrupt(_ segment: UInt64, at offset: Int) {
        spool.files.corrupt(SpoolFixture.path(segment)) { $0[offset] ^= 0x10 }
    }

    private func create(_ name: String, _ content: [UInt8]) throws {
        let file = try spool.files.open(SpoolFixture.directory + "/" + name, .createOrUpdate, permissions: 0o600)
        try file.write(content.span, at: 0)
    }
}

extension SpoolReading {
    /// Events of all incidents.
    var lostEventCount: UInt64 {
        incidents.reduce(0) { sum, incident in
            switch incident {
            case .damaged(_, let events), .dropped(_, let events): sum + events
            }
        }
    }
}
