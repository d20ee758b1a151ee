import EventModel
import EventText
import Pipeline
import Spool
import TestSupport
import Testing

@testable import Syslog

/// The limit that plain TCP has: what a receiver's kernel has acknowledged and its program throws away.
@Suite(.timeLimit(.minutes(2))) struct UnreadTests {
    private static let total = 40_000

    @Test func `a receiver that throws away what it has not read loses that, and nothing else`() async throws {
        let (resets, bufferByteCount) = (50, 16_384)
        let receiver = StreamReceiver(bufferByteCount: Int32(bufferByteCount)) { number in
            number < resets ? .abort(after: 200 + number * 37 % 300) : .read
        }
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        fixture.limits.inFlightByteCount = 16 << 10
        fixture.limits.chunkByteCount = 4 << 10
        try await fixture.running {
            for start in stride(from: 0, to: Self.total, by: 5000) { try await fixture.accept(start..<start + 5000) }
            try await fixture.deliverAll()
        }
        await until { receiver.texts.last?.hasSuffix("event \(Self.total - 1)") == true }
        let arrived = try numbers(receiver.messages)
        let missing = Set(0..<Self.total).subtracting(arrived)
        // Twice its size is what Linux makes of a buffer, and a frame has 50 bytes at least.
        #expect(missing.count <= resets * 2 * bufferByteCount / 50, "\(missing.count) are missing")
        #expect(arrived.count - Set(arrived).count < Self.total / 100)
        #expect(fixture.counts == SinkCounts(delivered: UInt64(Self.total)))
        #expect(receiver.connectionCount == resets + 1)
        print(
            "thrown away unread in \(resets) resets: \(missing.count) of \(Self.total),",
            "repeated: \(arrived.count - Set(arrived).count)")
    }
}
