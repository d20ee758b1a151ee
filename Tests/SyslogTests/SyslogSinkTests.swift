import EventModel
import EventText
import Pipeline
import Spool
import TestSupport
import Testing

@testable import Syslog

/// The whole sink, with its threads, on a running spool and with receivers in this process.
@Suite(.timeLimit(.minutes(5))) struct SyslogSinkTests {
    @Test func `every event arrives once and in order, and what the filter leaves out is counted`() async throws {
        let receiver = StreamReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        try await fixture.running {
            try await fixture.accept(0..<1000)
            try await fixture.accept((1000..<1100).map { numberedEvent($0, severity: .debug) })
            try await fixture.deliverAll(filter: try EventFilter(canonicalText: #"{"severity":">= info"}"#))
        }
        await until { receiver.messageCount >= 1000 }
        #expect(try numbers(receiver.messages) == Array(0..<1000))
        #expect(fixture.counts == SinkCounts(delivered: 1000, filtered: 100))
        #expect(fixture.log.messages == [])
    }

    @Test(arguments: [0, 1])
    func `a receiver that ends the connection fifty times loses nothing and gets hardly anything twice`(
        kind: Int
    ) async throws {
        let receiver = StreamReceiver(bufferByteCount: 16_384) { number in
            let count = 200 + number * 37 % 300
            return number >= 50 ? .read : kind == 0 ? .reset(after: count) : .halfClose(after: count)
        }
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        // After a half-close what was already on its way still arrives: so that it is not everything, little is.
        fixture.limits.inFlightByteCount = 16 << 10
        fixture.limits.chunkByteCount = 4 << 10
        let total = 40_000
        try await fixture.running {
            for start in stride(from: 0, to: total, by: 5000) { try await fixture.accept(start..<start + 5000) }
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= total }
        let arrived = try numbers(receiver.messages)
        let missing = Set(0..<total).subtracting(arrived)
        #expect(missing.isEmpty, "\(missing.count) are missing")
        #expect(arrived.count - total < total / 100, "\(arrived.count - total) are repeated")
        #expect(fixture.counts == SinkCounts(delivered: UInt64(total)))
        #expect(receiver.connectionCount == 51)
    }

    @Test(arguments: [0, 1])
    func `a receiver that ends an idle connection gets the next event on another one`(kind: Int) async throws {
        let receiver = StreamReceiver { _ in kind == 0 ? .reset(after: 100) : .halfClose(after: 100) }
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        try await fixture.running {
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .once) }
            for round in 0..<50 {
                try await fixture.accept(round * 100..<(round + 1) * 100)
                await until { receiver.messageCount >= (round + 1) * 100 }
            }
            fixture.spool.finish()
            try await run.value
        }
        #expect(try numbers(receiver.messages) == Array(0..<5000))
        #expect(fixture.counts == SinkCounts(delivered: 5000))
    }

    @Test func `events wait for a receiver that is down, and the operator is told once`() async throws {
        let port = unusedPort()
        let fixture = try SinkFixture("tcp://127.0.0.1:\(port)")
        try await fixture.running {
            try await fixture.accept(0..<10)
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .forever) }
            try await fixture.log.waitForMessage(
                containing:
                    "warning: Events do not reach tcp://127.0.0.1:\(port): cannot connect: Connection refused (sinks.siem.address). They wait in the spool."
            )
            let receiver = StreamReceiver(port: port)
            defer { receiver.stop() }
            try await fixture.log.waitForMessage(containing: "notice: Events arrive at a receiver again, after ")
            await until { fixture.counts.delivered == 10 }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(try numbers(receiver.messages) == Array(0..<10))
        }
        #expect(fixture.log.messages.count { $0.hasPrefix("warning") } == 1)
    }

    @Test func `a run that shall end gives up on receivers that stay away`() async throws {
        let fixture = try SinkFixture("tcp://127.0.0.1:\(unusedPort())", "tcp://127.0.0.1:\(unusedPort())")
        try await fixture.running {
            try await fixture.accept(0..<10)
            let failure = await #expect(throws: SinkFailure.self) { try await fixture.deliverAll() }
            #expect(failure?.description == "sink 'siem' could not take everything: cannot connect: Connection refused")
        }
        #expect(fixture.counts == SinkCounts())
    }

    @Test func `what waits in a receiver that does not read is neither delivered nor lost`() async throws {
        let receiver = StreamReceiver(bufferByteCount: 65_536) { _ in .stall }
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        try await fixture.running {
            for start in stride(from: 0, to: 8000, by: 1000) {
                try await fixture.accept(start..<start + 1000, filler: 1000)
            }
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .once) }
            await until { fixture.counts.delivered > 0 }
            fixture.spool.finish()
            #expect(fixture.counts.delivered < 8000)
            receiver.open()
            try await run.value
        }
        await until { receiver.messageCount >= 8000 }
        #expect(try numbers(receiver.messages) == Array(0..<8000))
        #expect(fixture.counts == SinkCounts(delivered: 8000))
    }

    @Test func `a sink that is cancelled and run again loses and repeats nothing`() async throws {
        let receiver = StreamReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        try await fixture.running {
            for round in 0..<20 {
                try await fixture.accept(round * 2000..<(round + 1) * 2000)
                let sink = fixture.sink()
                let run = Task { try await sink.run(mode: .forever) }
                await until { receiver.messageCount > round * 2000 + round * 50 }
                run.cancel()
                await #expect(throws: CancellationError.self) { try await run.value }
            }
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= 40_000 }
        #expect(try numbers(receiver.messages) == Array(0..<40_000))
    }

    @Test func `a long event is cut and says so`() async throws {
        let receiver = StreamReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        fixture.settings.form.maximumByteCount = 480
        fixture.settings.form.message = .eventsLog
        try await fixture.running {
            try await fixture.accept([numberedEvent(0), numberedEvent(1, filler: 5000)])
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= 2 }
        #expect(receiver.messages.allSatisfy { $0.count <= 480 })
        #expect(receiver.texts.map { $0.contains("parameter.truncated.record=") } == [false, true])
        #expect(fixture.counts == SinkCounts(delivered: 2))
    }

    @Test func `what is delivered again to another sink is counted as filtered and not sent`() async throws {
        let receiver = StreamReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        try await fixture.running {
            try await fixture.accept([numberedEvent(0)])
            try await fixture.accept([numberedEvent(1), numberedEvent(2)], from: Replay.source(for: "other"))
            try await fixture.accept([numberedEvent(3)], from: Replay.source(for: "siem"))
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= 2 }
        #expect(try numbers(receiver.messages) == [0, 3])
        #expect(fixture.counts == SinkCounts(delivered: 2, filtered: 2))
    }

    @Test func `a batch that cannot be decoded is set aside with its bytes`() async throws {
        let receiver = StreamReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        try await fixture.running {
            try await fixture.spool.accept(
                Batch(
                    source: "s", cursor: nil, counts: SourceCounts(read: 2, accepted: 2),
                    payload: Array("no events".utf8)))
            try await fixture.accept(7..<8)
            try await fixture.deliverAll()
        }
        #expect(fixture.counts == SinkCounts(delivered: 1, quarantined: 2))
        let kept = try #require(fixture.quarantine.records.first)
        #expect(kept.cause == .damaged && kept.reason == "2 events from event 0 of the spool cannot be decoded")
        guard case .bytes(let bytes) = kept.content else {
            Issue.record("the bytes are not kept")
            return
        }
        #expect(bytes.firstRange(of: Array("no events".utf8)) != nil)
    }

    @Test func `an event whose header does not fit is set aside and told once`() async throws {
        let receiver = StreamReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(receiver.port)")
        fixture.settings.form.maximumByteCount = 300
        fixture.settings.form.message = .eventsLog
        fixture.settings.form.hostName = String(repeating: "h", count: 255)
        try await fixture.running {
            try await fixture.accept(7..<8)
            try await fixture.deliverAll()
        }
        #expect(receiver.messageCount == 0)
        #expect(fixture.counts == SinkCounts(quarantined: 1))
        let kept = try #require(fixture.quarantine.records.first)
        #expect(fixture.quarantine.records.count == 1)
        #expect(kept.part == .sink("siem") && kept.cause == .tooLarge)
        guard case .event(let json) = kept.content else {
            Issue.record("the event is not kept")
            return
        }
        #expect(String(decoding: json, as: UTF8.self).contains(#""message":"event 7""#))
        #expect(
            fixture.log.messages == [
                "error: Event 00000000000000010000000000000007 was set aside: its header alone is over 300 bytes (sinks.siem.maximum-size)."
            ])
    }

    @Test func `datagrams hold one message each, at most 2048 bytes`() async throws {
        let receiver = DatagramReceiver()
        defer { receiver.stop() }
        let fixture = try SinkFixture("udp://127.0.0.1:\(receiver.port)")
        #expect(fixture.settings.form.maximumByteCount == 2048)
        try await fixture.running {
            try await fixture.accept((0..<500).map { numberedEvent($0, filler: $0 * 10) })
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= 500 }
        #expect(try numbers(receiver.messages) == Array(0..<500))
        #expect(receiver.messages.map(\.count).max() ?? 0 <= 2048)
        #expect(receiver.messages.count { String(decoding: $0, as: UTF8.self).hasSuffix("bytes]") } > 200)
        #expect(fixture.counts == SinkCounts(delivered: 500))
    }

    @Test func `events wait for a receiver of datagrams whose machine refuses them`() async throws {
        let port = unusedPort()
        let fixture = try SinkFixture("udp://127.0.0.1:\(port)")
        try await fixture.running {
            try await fixture.accept(0..<10)
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .forever) }
            try await fixture.log.waitForMessage(containing: "the network refuses datagrams: Connection refused")
            #expect(fixture.counts.delivered == 0)
            let receiver = DatagramReceiver(port: port)
            defer { receiver.stop() }
            await until { fixture.counts.delivered == 10 }
            run.cancel()
            _ = await run.result
            #expect(Set(try numbers(receiver.messages)) == Set(0..<10))
        }
    }
}
