import EventModel
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

@Suite struct VitalsTests {
    @Test func `trouble keeps its beginning and its last reason, and success ends it`() {
        let start = ContinuousClock.now
        let time = Moment(start)
        let vitals = Vitals(now: { time.value })
        vitals.failed("refused")
        time.value = start + .seconds(5)
        vitals.failed("timed out")
        #expect(vitals.state.trouble == Vitals.Trouble(reason: "timed out", since: start))
        #expect(vitals.state.retries == 2)
        #expect(vitals.state.activity == .waiting)
        #expect(vitals.state.beat == start + .seconds(5))
        vitals.succeeded()
        #expect(vitals.state.trouble == nil)
        #expect(vitals.state.retries == 2)
    }

    @Test func `a source is caught up until it hands over more`() {
        let vitals = Vitals()
        vitals.handsOver(Timestamp(microseconds: Int64(7)))
        #expect(!vitals.state.isCaughtUp)
        vitals.caughtUp()
        #expect(vitals.state.isCaughtUp && vitals.state.activity == .idle)
        vitals.handsOver(nil)
        #expect(!vitals.state.isCaughtUp)
        #expect(vitals.state.lastEvent == Timestamp(microseconds: Int64(7)))
    }

    @Test func `a batch that passes tells the time of its first event`() async throws {
        let vitals = Vitals()
        let acceptor = RecordingAcceptor()
        var writer = BatchWriter()
        var generator = EventGenerator(seed: 5)
        let event = generator.event()
        writer.append(event)
        try await WatchedAcceptor(acceptor, vitals).accept(
            Batch(source: "s", cursor: nil, counts: SourceCounts(read: 1, accepted: 1), payload: writer.bytes))
        #expect(vitals.state.lastEvent == event.time)
        #expect(vitals.state.activity == .working)
    }
}

extension VitalsTests {
    @Test func `a position that moves does not end the trouble of a sink`() throws {
        let vitals = Vitals()
        let feed = WatchedFeed(EmptyFeed(), vitals)
        vitals.failed("refused")
        // Its filter left events out while nobody took any.
        var record = try feed.recorded()
        record.counts.filtered += 1
        record.nextEvent += 1
        try feed.record(record)
        #expect(vitals.state.trouble?.reason == "refused")
    }
}

/// A feed that has nothing.
private struct EmptyFeed: SinkFeed {
    private static let start = SpoolPosition(segment: 1, offset: 0)

    private final class EmptyReader: FrameReader {
        let position = start
        func next(buffer: consuming [UInt8]) -> SpoolFrame? { nil }
        func takeIncidents() -> [SpoolIncident] { [] }
    }

    func recorded() -> SinkRecord { SinkRecord(position: Self.start, nextEvent: 0) }
    func makeReader(at position: SpoolPosition, nextEvent: UInt64) -> any FrameReader { EmptyReader() }
    func waitForMore(at position: SpoolPosition) -> Bool { false }
    func record(_ record: SinkRecord) {}
}

/// A time that a test moves.
final class Moment: Sendable {
    private let stored: Mutex<ContinuousClock.Instant>

    init(_ value: ContinuousClock.Instant) {
        stored = Mutex(value)
    }

    var value: ContinuousClock.Instant {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}
