import Pipeline
import TestSupport
import Testing

@testable import Syslog

@Suite struct DeliveryQueueTests {
    private static func record(_ number: Int) -> SinkRecord {
        SinkRecord(
            position: SpoolPosition(segment: 1, offset: UInt32(number)), nextEvent: UInt64(number),
            counts: SinkCounts(delivered: UInt64(number)))
    }

    @Test func `a message of which a byte is missing has not arrived`() {
        var queue = DeliveryQueue(at: Self.record(0))
        queue.sent(10, Self.record(1))
        queue.sent(20, Self.record(2))
        queue.arrived(through: 9)
        #expect(queue.done == Self.record(0))
        queue.arrived(through: 29)
        #expect(queue.done == Self.record(1))
        #expect(queue.count == 1)
        queue.arrived(through: 30)
        #expect(queue.done == Self.record(2))
        #expect(queue.isEmpty && queue.inFlightByteCount == 0)
    }

    @Test func `what is left out counts as soon as all before it has arrived`() {
        var queue = DeliveryQueue(at: Self.record(0))
        queue.passed(Self.record(1))
        #expect(queue.done == Self.record(1))
        queue.sent(10, Self.record(2))
        queue.passed(Self.record(3))
        #expect(queue.done == Self.record(1))
        queue.arrived(through: 10)
        #expect(queue.done == Self.record(3))
    }

    @Test func `on another connection everything that has not arrived is read again`() {
        var queue = DeliveryQueue(at: Self.record(0))
        for number in 1...5 { queue.sent(10, Self.record(number)) }
        queue.arrived(through: 25)
        queue.rewind()
        #expect(queue.read == Self.record(2))
        #expect(queue.done == Self.record(2))
        #expect(queue.isEmpty && queue.sentByteCount == 0 && queue.arrivedByteCount == 0)
    }

    @Test func `a refused message is counted as set aside, and so are those behind it counted on from there`() {
        var queue = DeliveryQueue(at: Self.record(0))
        queue.sent(10, Self.record(1))
        queue.sent(10, Self.record(2))
        queue.refusedFirst()
        #expect(queue.done.counts == SinkCounts(delivered: 0, quarantined: 1))
        queue.arrived(through: 20)
        #expect(queue.done.counts == SinkCounts(delivered: 1, quarantined: 1))
        #expect(queue.done.nextEvent == 2)
    }

    @Test(arguments: 0..<50)
    func `what is done never runs ahead of what has arrived, nor back`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var queue = DeliveryQueue(at: Self.record(0))
        var ends: [UInt64] = []
        var base = 0
        for _ in 0..<2000 {
            let before = queue.done.nextEvent
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                queue.sent(Int.random(in: 1...300, using: &random), Self.record(base + ends.count + 1))
                ends.append(queue.sentByteCount)
            case 6..<9:
                queue.arrived(
                    through: UInt64.random(in: queue.arrivedByteCount...queue.sentByteCount, using: &random))
            default:
                base = Int(queue.done.nextEvent)
                queue.rewind()
                ends = []
            }
            let whole = ends.count { $0 <= queue.arrivedByteCount }
            #expect(queue.done.nextEvent == UInt64(base + whole))
            #expect(queue.done.nextEvent >= before)
        }
    }
}

@Suite struct StreamAccountTests {
    @Test func `without TLS acknowledged bytes are ours, the end of the stream is not`() {
        var account = StreamAccount(isEncrypted: false)
        account.didSend(100, wireEnd: 100)
        account.didAcknowledge(wire: 60)
        #expect(account.acknowledged == 60)
        account.didAcknowledge(wire: 101)
        #expect(account.acknowledged == 100)
        account.didAcknowledge(wire: 50)
        #expect(account.acknowledged == 100)
    }

    @Test func `with TLS a stretch counts when its last byte on the wire is acknowledged`() {
        var account = StreamAccount(isEncrypted: true)
        account.didSend(100, wireEnd: 1_129)
        account.didSend(50, wireEnd: 1_208)
        account.didAcknowledge(wire: 1_128)
        #expect(account.acknowledged == 0)
        account.didAcknowledge(wire: 1_207)
        #expect(account.acknowledged == 100)
        account.didAcknowledge(wire: 1_208)
        #expect(account.acknowledged == 150)
    }

    @Test func `a stretch that TLS holds back counts only when it was written`() {
        var account = StreamAccount(isEncrypted: true)
        account.didSend(100, wireEnd: nil)
        account.didSend(100, wireEnd: 900)
        account.didAcknowledge(wire: 5_000)
        #expect(account.acknowledged == 0)
        account.didWrite(through: 100, wireEnd: 1_000)
        account.didAcknowledge(wire: 999)
        #expect(account.acknowledged == 0)
        account.didAcknowledge(wire: 1_000)
        #expect(account.acknowledged == 200)
    }
}
