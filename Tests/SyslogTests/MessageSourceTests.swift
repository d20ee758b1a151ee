import EventModel
import EventText
import Pipeline
import TestSupport
import Testing

@testable import Syslog

@Suite(.timeLimit(.minutes(2))) struct MessageSourceTests {
    private static func source(_ fixture: SinkFixture) throws -> (source: MessageSource, queue: DeliveryQueue) {
        let record = try fixture.feed.recorded()
        let source = MessageSource(
            name: "siem", feed: fixture.feed, at: record, filter: .all,
            encoder: SyslogEncoder(fixture.settings.form, machine: "m", offset: { _ in 0 }), quarantine: nil,
            report: { _ in })
        source.rewind(to: record, framing: .octetCounting)
        return (source, DeliveryQueue(at: record))
    }

    @Test func `the memory of a large message is not kept for the next one`() async throws {
        let fixture = try SinkFixture("tcp://127.0.0.1:1")
        fixture.settings.form.maximumByteCount = 1 << 20
        try await fixture.running {
            try await fixture.accept((0..<3).map { numberedEvent($0, filler: 1_000_000) })
            var (source, queue) = try Self.source(fixture)
            for _ in 0..<3 {
                #expect(try source.fill(to: 1, &queue))
                #expect(source.takeBytes().count > 1_000_000)
                #expect(source.bytes.capacity <= 512 << 10, "\(source.bytes.capacity)")
            }
        }
    }

    @Test func `no more than some thousand messages wait for an acknowledgement, however small`() async throws {
        let fixture = try SinkFixture("tcp://127.0.0.1:1")
        try await fixture.running {
            try await fixture.accept(0..<20_000)
            var (source, queue) = try Self.source(fixture)
            #expect(try source.fill(to: .max, &queue))
            #expect(queue.count == 8192)
            #expect(!source.hasRoom(in: queue))
            queue.arrived(through: queue.sentByteCount / 2)
            #expect(source.hasRoom(in: queue))
            while try source.fill(to: .max, &queue) { queue.arrived(through: queue.sentByteCount) }
            queue.arrived(through: queue.sentByteCount)
            #expect(queue.done.counts == SinkCounts(delivered: 20_000))
        }
    }
}
