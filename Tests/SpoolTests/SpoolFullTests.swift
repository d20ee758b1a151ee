import Pipeline
import Platform
import TestSupport
import Testing

@testable import Spool

/// What happens at the spool's limit (G6).
@Suite(.timeLimit(.minutes(15))) struct SpoolFullTests {
    private static let eventCount = 80
    private static let maximumByteCount = 16 << 10

    private let fixture = SpoolFixture()
    private let log = RecordedLog()

    @Test func `a sink that must get everything holds the sources, and its record lets them go on`() async throws {
        let spool = try makeSpool(["slow": .wait])
        let feed = try #require(spool.feed(for: "slow"))
        try await running(spool) {
            let last = try await acceptAll(spool)
            try await log.waitForMessage(containing: "warning: Spool is full")
            #expect(await spool.standing().taken < Self.eventCount)
            #expect(try fixture.byteCount() <= Self.maximumByteCount)
            #expect(try await deliver(feed, until: Self.eventCount) == Array(0..<Self.eventCount))
            try await spool.waitUntilDurable(last)
        }
        #expect(log.messages.count { $0.contains("Spool has room again") } >= 1)
    }

    @Test func `sources are held when the intake is full too`() async throws {
        let folder = TemporaryFolder()
        let spool = try Spool(
            directory: folder.path, maximumByteCount: 8 << 20, segmentByteCount: 1 << 20,
            sinks: [Spool.SinkPlan(name: "slow", whenFull: .wait)], logger: log.logger)
        let feed = try #require(spool.feed(for: "slow"))
        let accepted = Watermark(0)
        try await running(spool) {
            let source = Task {
                for number in 0..<30 {
                    try await spool.accept(SpoolFixture.batch(from: number, byteCount: 900 << 10))
                    accepted.advance(to: number + 1)
                }
            }
            try await log.waitForMessage(containing: "warning: Spool is full")
            var record = try feed.recorded()
            while record.nextEvent < 30 {
                // 4 MiB wait at most, and the batch that passed the limit.
                #expect(accepted.value <= Int(await spool.standing().taken) + 6)
                _ = try await feed.waitForMore(at: record.position)
                record = try SpoolReading(feed.makeReader(at: record.position, nextEvent: record.nextEvent)).record
                try feed.record(record)
            }
            try await source.value
        }
    }

    @Test func `drop-oldest gives up the oldest segment, counts its events and tells the sink`() async throws {
        let spool = try makeSpool(["slow": .dropOldest])
        let feed = try #require(spool.feed(for: "slow"))
        try await running(spool) {
            try await spool.waitUntilDurable(try await acceptAll(spool))
            #expect(try fixture.byteCount() <= Self.maximumByteCount)
            try check(feed)
        }
    }

    @Test func `what was dropped is told also after the next start`() async throws {
        let spool = try makeSpool(["slow": .dropOldest])
        try await running(spool) { try await spool.waitUntilDurable(try await acceptAll(spool)) }
        let again = try makeSpool(["slow": .dropOldest])
        // The first start gave the sink no record, so it begins at what there is; one that has a record is told.
        let recorded = try #require(again.feed(for: "slow")).recorded()
        let reader = SpoolReader(
            directory: SpoolFixture.directory, fileSystem: fixture.files, position: .start, nextEvent: 0,
            durable: { again.durable.value })
        let reading = try SpoolReading(reader)
        #expect(reading.lostEventCount == recorded.nextEvent)
        #expect(reading.events.count + Int(recorded.nextEvent) == Self.eventCount)
    }

    @Test func `a sink that must get everything is not robbed by one that may lose`() async throws {
        let spool = try makeSpool(["careless": .dropOldest, "careful": .wait])
        let careful = try #require(spool.feed(for: "careful"))
        try await running(spool) {
            _ = try await acceptAll(spool)
            try await log.waitForMessage(containing: "warning: Spool is full")
            #expect(try await deliver(careful, until: Self.eventCount) == Array(0..<Self.eventCount))
            try await spool.settle()
            try check(try #require(spool.feed(for: "careless")))
        }
    }

    @Test func `a sink that keeps up loses nothing to one that is behind`() async throws {
        let spool = try makeSpool(["behind": .dropOldest, "quick": .dropOldest])
        let quick = try #require(spool.feed(for: "quick"))
        try await running(spool) {
            var record = try quick.recorded()
            var events: [Int] = []
            for number in 0..<Self.eventCount {
                try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400))
                try await spool.settle()
                let reading = try SpoolReading(quick.makeReader(at: record.position, nextEvent: record.nextEvent))
                #expect(reading.incidents == [])
                events += reading.events
                record = reading.record
                try quick.record(record)
            }
            #expect(events == Array(0..<Self.eventCount))
            try check(try #require(spool.feed(for: "behind")))
        }
    }

    @Test func `a sink that is taken out holds nothing back any more`() async throws {
        let spool = try makeSpool(["gone": .wait, "here": .wait])
        let here = try #require(spool.feed(for: "here"))
        try await running(spool) {
            _ = try await acceptAll(spool)
            try await log.waitForMessage(containing: "warning: Spool is full")
            spool.detach("gone")
            #expect(try await deliver(here, until: Self.eventCount) == Array(0..<Self.eventCount))
            try await spool.settle()
        }
    }

    @Test func `a sink that is not configured any more holds nothing back`() async throws {
        let before = try makeSpool(["gone": .wait, "here": .wait])
        try await running(before) {
            try await before.accept(SpoolFixture.batch(from: 0, byteCount: 400))
            try await before.settle()
            for name in ["gone", "here"] {
                try #require(before.feed(for: name)).record(SinkRecord(position: .start, nextEvent: 0))
            }
        }
        let spool = try makeSpool(["here": .wait])
        let here = try #require(spool.feed(for: "here"))
        try await running(spool) {
            for number in 1..<Self.eventCount {
                try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400))
            }
            #expect(try await deliver(here, until: Self.eventCount) == Array(0..<Self.eventCount))
            try await spool.settle()
        }
        #expect(try fixture.byteCount() <= Self.maximumByteCount)
    }

    private func makeSpool(_ sinks: [String: WhenFull]) throws -> Spool {
        try Spool(
            directory: SpoolFixture.directory, maximumByteCount: Self.maximumByteCount, segmentByteCount: 4096,
            sinks: sinks.sorted { $0.key < $1.key }.map { Spool.SinkPlan(name: $0.key, whenFull: $0.value) },
            fileSystem: fixture.files, logger: log.logger)
    }

    /// Hands over more than the spool may hold.
    private func acceptAll(_ spool: Spool) async throws -> AcceptanceTicket {
        var last = AcceptanceTicket(number: 0)
        for number in 0..<Self.eventCount {
            last = try await spool.accept(SpoolFixture.batch(from: number, byteCount: 400))
        }
        return last
    }

    /// Reads and records until so many events are delivered.
    private func deliver(_ feed: any SinkFeed, until count: Int) async throws -> [Int] {
        var record = try feed.recorded()
        var events: [Int] = []
        while record.nextEvent < count {
            guard try await feed.waitForMore(at: record.position) else { break }
            let reading = try SpoolReading(feed.makeReader(at: record.position, nextEvent: record.nextEvent))
            #expect(reading.incidents == [])
            events += reading.events
            let next = reading.frames.isEmpty ? record.nextEvent : reading.record.nextEvent
            record = SinkRecord(position: reading.position, nextEvent: next)
            try feed.record(record)
        }
        return events
    }

    /// Expects that a sink without a record is told how many of all events it lost, and gets the rest.
    private func check(_ feed: any SinkFeed) throws {
        let record = try feed.recorded()
        let reading = try SpoolReading(feed.makeReader(at: record.position, nextEvent: record.nextEvent))
        let lost = Self.eventCount - reading.events.count
        #expect(lost > 0)
        #expect(reading.events == Array(lost..<Self.eventCount))
        let begin = try #require(reading.frames.first).position
        #expect(
            reading.incidents == [
                .dropped(before: SpoolPosition(segment: begin.segment, offset: 0), events: UInt64(lost))
            ])
    }
}
