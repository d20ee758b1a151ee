import EventModel
import EventText
import Pipeline
import Spool
import TestSupport
import Testing

@testable import Syslog

@Suite(.timeLimit(.minutes(2))) struct FailoverTests {
    @Test func `the second receiver gets the events while the first is away, and the first again when it returns`()
        async throws
    {
        let port = unusedPort()
        let second = StreamReceiver()
        defer { second.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(port)", "tcp://127.0.0.1:\(second.port)")
        fixture.limits.returnInterval = .milliseconds(20)
        try await fixture.running {
            try await fixture.accept(0..<100)
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .once) }
            await until { second.messageCount == 100 }
            let first = StreamReceiver(port: port)
            defer { first.stop() }
            try await fixture.log.waitForMessage(
                containing: "Receiver tcp://127.0.0.1:\(port) can be reached again and gets the events from now on.")
            try await fixture.accept(100..<200)
            fixture.spool.finish()
            try await run.value
            await until { first.messageCount >= 100 }
            #expect(try numbers(first.messages) == Array(100..<200))
        }
        #expect(try numbers(second.messages) == Array(0..<100))
        #expect(fixture.counts == SinkCounts(delivered: 200))
    }

    @Test func `a receiver that does not read is told of, and left for another one`() async throws {
        let hung = StreamReceiver(bufferByteCount: 65_536) { _ in .stall }
        defer { hung.stop() }
        let good = StreamReceiver()
        defer { good.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(hung.port)", "tcp://127.0.0.1:\(good.port)")
        fixture.limits.stallNotice = .milliseconds(200)
        fixture.limits.stallLimit = .milliseconds(400)
        fixture.limits.closeGrace = .milliseconds(100)
        fixture.limits.returnInterval = .seconds(3600)
        try await fixture.running {
            for start in stride(from: 0, to: 8000, by: 1000) {
                try await fixture.accept(start..<start + 1000, filler: 1000)
            }
            fixture.spool.finish()
            try await fixture.deliverAll()
        }
        hung.open()
        await until { hung.messageCount + good.messageCount >= 8000 }
        #expect(good.messageCount > 0)
        #expect(Set(try numbers(hung.messages) + numbers(good.messages)) == Set(0..<8000))
        #expect(fixture.counts == SinkCounts(delivered: 8000))
        let told = fixture.log.messages.filter { $0.hasPrefix("warning") && $0.contains("has acknowledged nothing") }
        #expect(told.count { $0.contains("tcp://127.0.0.1:\(hung.port)") } == 1, "\(fixture.log.messages)")
    }

    @Test func `a list with both transports frames a stream and not a datagram`() async throws {
        let stream = StreamReceiver()
        defer { stream.stop() }
        let datagrams = DatagramReceiver()
        defer { datagrams.stop() }
        let first = try SinkFixture("tcp://127.0.0.1:\(unusedPort())", "udp://127.0.0.1:\(datagrams.port)")
        try await first.running {
            try await first.accept(0..<50)
            try await first.deliverAll()
        }
        await until { datagrams.messageCount >= 50 }
        #expect(try numbers(datagrams.messages) == Array(0..<50))

        let second = try SinkFixture("udp://127.0.0.1:\(unusedPort())", "tcp://127.0.0.1:\(stream.port)")
        try await second.running {
            try await second.accept(0..<50)
            try await second.deliverAll()
        }
        await until { stream.messageCount >= 50 }
        #expect(try numbers(stream.messages) == Array(0..<50))
    }

    @Test func `a stream that works is not left for datagrams, which never say whether they do`() async throws {
        let stream = StreamReceiver()
        defer { stream.stop() }
        let fixture = try SinkFixture("udp://127.0.0.1:\(unusedPort())", "tcp://127.0.0.1:\(stream.port)")
        fixture.limits.returnInterval = .milliseconds(1)
        try await fixture.running {
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .once) }
            // Each takes longer than the interval.
            for round in 0..<40 {
                try await fixture.accept(round * 10..<(round + 1) * 10)
                await until { stream.messageCount >= (round + 1) * 10 }
            }
            fixture.spool.finish()
            try await run.value
        }
        #expect(try numbers(stream.messages) == Array(0..<400))
        #expect(stream.connectionCount == 1)
        #expect(!fixture.log.messages.contains { $0.contains("can be reached again") })
    }

    @Test func `a receiver that hangs up at once is a failure like another`() async throws {
        let rude = StreamReceiver { _ in .hangUp }
        defer { rude.stop() }
        let good = StreamReceiver()
        defer { good.stop() }
        let fixture = try SinkFixture("tcp://127.0.0.1:\(rude.port)", "tcp://127.0.0.1:\(good.port)")
        try await fixture.running {
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .forever) }
            // The receiver has hung up before there is anything to send.
            await until { good.connectionCount > 0 }
            try await fixture.accept(0..<50)
            await until { fixture.counts.delivered == 50 }
            run.cancel()
            _ = await run.result
        }
        await until { good.messageCount >= 50 }
        #expect(try numbers(good.messages) == Array(0..<50))
    }
}
