import EventModel
import EventText
import Pipeline
import Spool
import TestSupport
import Testing

@testable import Syslog

/// A running spool, and syslog sinks that read it.
final class SinkFixture {
    let folder = TemporaryFolder()
    let log = RecordedLog()
    let quarantine = RecordingQuarantine()
    let spool: Spool
    var settings: SyslogSettings
    var limits = DeliveryLimits()

    init(_ addresses: String...) throws {
        settings = SyslogSettings(addresses: addresses.compactMap { SyslogAddress($0) })
        #expect(settings.addresses.count == addresses.count)
        settings.form.message = .text
        limits.backoff = Backoff(initial: .milliseconds(5), maximum: .milliseconds(50))
        limits.recordInterval = .milliseconds(5)
        spool = try Spool(
            directory: folder.path + "/spool", maximumByteCount: 256 << 20, segmentByteCount: 4 << 20,
            sinks: [Spool.SinkPlan(name: "siem", whenFull: .wait)], logger: log.logger)
    }

    var feed: any SinkFeed { spool.feed(for: "siem")! }
    var counts: SinkCounts { (try? feed.recorded().counts) ?? SinkCounts() }

    func sink(filter: EventFilter = .all) -> SyslogSink {
        SyslogSink(
            name: "siem", settings: settings, filter: filter, feed: feed, logger: log.logger, limits: limits,
            quarantine: quarantine)
    }

    /// Makes events durable, one batch of them.
    func accept(_ numbers: Range<Int>, filler: Int = 0) async throws {
        try await accept(numbers.map { numberedEvent($0, filler: filler) })
    }

    func accept(_ events: [Event], from source: String = "s") async throws {
        var writer = BatchWriter()
        for event in events { writer.append(event) }
        let counts = SourceCounts(read: UInt64(events.count), accepted: UInt64(events.count))
        try await spool.accept(Batch(source: source, cursor: nil, counts: counts, payload: writer.bytes))
        try await spool.settle()
    }

    /// Ends the spool and runs the sink until it has delivered everything.
    func deliverAll(filter: EventFilter = .all) async throws {
        spool.finish()
        try await sink(filter: filter).run(mode: .once)
    }

    /// Runs the spool while `body` does.
    func running(_ body: () async throws -> Void) async throws {
        let spool = spool
        let task = Task { try await spool.run() }
        defer { task.cancel() }
        try await body()
        task.cancel()
        _ = await task.result
    }
}

/// An event whose message is `event NUMBER` and a filler.
func numberedEvent(_ number: Int, filler: Int = 0, severity: Severity = .major) -> Event {
    let message = "event \(number)" + (filler > 0 ? " " + String(repeating: "x", count: filler) : "")
    return Event(
        id: EventID(high: 1, low: UInt64(number)), time: Timestamp(microseconds: Int64(number) * 1_000_000),
        observedTime: .earliest, source: "s", severity: severity, message: Text(message))
}

/// Numbers of events in messages that a strict parser reads.
func numbers(_ messages: [[UInt8]]) throws -> [Int] {
    try messages.map { message in
        let words = try SyslogReading(message).message.split(separator: " ")
        #expect(words.first == "event")
        return try #require(Int(words[1]))
    }
}

/// Waits for what another thread does. Looks often, and leaves the processor to that thread meanwhile.
func until(_ isSo: () -> Bool) async {
    while !isSo() { try? await Task.sleep(for: .milliseconds(1)) }
}
