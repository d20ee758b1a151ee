import EventModel
import EventText
import LocalAPI
import Pipeline
import Spool
import TestSupport
import Testing

@testable import Daemon

@Suite struct SinkSkipTests {
    private let folder = TemporaryFolder()
    private let kept = RecordingQuarantine()
    private let spool: Spool

    init() throws {
        spool = try Spool(
            directory: folder.path, maximumByteCount: 64 << 20,
            sinks: [Spool.SinkPlan(name: "siem", whenFull: .wait)], logger: RecordedLog().logger)
    }

    private var feed: any SinkFeed { spool.feed(for: "siem")! }

    /// Makes batches durable: events of these severities, their numbers in order.
    private func accept(_ batches: (source: String, severities: [Severity])...) async throws {
        var number: UInt64 = 0
        for (source, severities) in batches {
            var writer = BatchWriter()
            for severity in severities {
                writer.append(
                    Event(
                        id: EventID(high: 0, low: number), time: .earliest, observedTime: .earliest, source: "s",
                        severity: severity))
                number += 1
            }
            let count = UInt64(severities.count)
            try await spool.accept(
                Batch(
                    source: source, cursor: nil, counts: SourceCounts(read: count, accepted: count),
                    payload: writer.bytes))
        }
        spool.finish()
        try await spool.run()
    }

    private func skip(_ filter: EventFilter = .all, quarantine: RecordingQuarantine? = nil) throws -> SkipOutcome {
        try SinkSkip(sink: "siem", feed: feed, filter: filter, quarantine: quarantine ?? kept, user: "root").run()
    }

    private static func id(of event: [UInt8]) throws -> UInt64? {
        try EventJSONDecoder().decode(try JSONParser().parse(event.span)).id?.low
    }

    /// Skips until nothing waits.
    ///
    /// - Returns: numbers of the events.
    private func skipAll(_ filter: EventFilter = .all) throws -> [UInt64?] {
        var numbers: [UInt64?] = []
        while case .skipped(let event, _, _) = try skip(filter) { numbers.append(try Self.id(of: event)) }
        return numbers
    }

    @Test func `each event is skipped once, in order, and the ledger is exact`() async throws {
        try await accept(("s", [.info, .info]), ("s", [.info]), ("s", [.info, .info, .info]))
        for number in 0..<6 as Range<UInt64> {
            guard case .skipped(let event, let place, 0) = try skip() else {
                Issue.record("event \(number) was not skipped")
                return
            }
            #expect(try Self.id(of: event) == number && place == number + 1)
            let record = try feed.recorded()
            #expect(record.nextEvent == number + 1)
            #expect(record.counts == SinkCounts(quarantined: number + 1))
        }
        #expect(try skip() == .nothingWaits)
        #expect(try feed.recorded().counts == SinkCounts(quarantined: 6))
        #expect(kept.records.count == 6)
        #expect(kept.records.allSatisfy { $0.reason == "skipped by root" && $0.part == .sink("siem") })
    }

    @Test func `events that the filter leaves out are counted and not meant`() async throws {
        try await accept(("s", [.info, .major, .info]), ("s", [.info]), ("s", [.info, .major]))
        let filter = EventFilter(conditions: [try .init(key: "severity", values: [">= major"])])
        guard case .skipped(_, _, 1) = try skip(filter) else {
            Issue.record("the second event was not skipped")
            return
        }
        #expect(try feed.recorded().counts == SinkCounts(filtered: 1, quarantined: 1))
        #expect(try skipAll(filter) == [5])
        #expect(try feed.recorded().counts == SinkCounts(filtered: 4, quarantined: 2))
    }

    @Test func `what is delivered again to another sink is not meant`() async throws {
        try await accept((Replay.source(for: "other"), [.info, .info]), (Replay.source(for: "siem"), [.info]))
        #expect(try skipAll() == [2])
        #expect(try feed.recorded().counts == SinkCounts(filtered: 2, quarantined: 1))
    }

    @Test func `an event that the quarantine cannot keep is skipped all the same`() async throws {
        try await accept(("s", [.info]))
        guard case .skipped(_, nil, 0) = try skip(quarantine: RecordingQuarantine(isFull: true)) else {
            Issue.record("it was not skipped")
            return
        }
        #expect(try feed.recorded().counts.quarantined == 1)
    }

    @Test func `what cannot be decoded is set aside on the way`() async throws {
        try await spool.accept(
            Batch(source: "s", cursor: nil, counts: SourceCounts(read: 3, accepted: 3), payload: [1, 2, 3]))
        try await accept(("s", [.info]))
        #expect(try skipAll() == [0])
        #expect(try feed.recorded().counts == SinkCounts(quarantined: 4))
        #expect(kept.records.map(\.cause) == [.damaged, .skipped])
    }

    @Test func `without events nothing changes`() async throws {
        try await accept()
        let before = try feed.recorded()
        #expect(try skip() == .nothingWaits)
        #expect(try feed.recorded() == before)
        #expect(kept.records.isEmpty)
    }
}
