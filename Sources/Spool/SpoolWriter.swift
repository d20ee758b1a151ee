internal import EventModel
internal import Logging
internal import Pipeline
internal import Platform

/// Owns the log, on a thread of its own.
actor SpoolWriter {
    private static let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10))

    private let executor = ThreadExecutor(name: "spool")
    private var log: SpoolLog
    private let feeds: FeedRegistry
    private let vitals: Vitals
    private let logger: Logger

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(log: consuming sending SpoolLog, feeds: FeedRegistry, vitals: Vitals, logger: Logger) {
        self.log = log
        self.feeds = feeds
        self.vitals = vitals
        self.logger = logger
    }

    var sources: [String: SourceState] { log.sources }
    /// Where what is durable ends, and the number of the next event.
    var end: (position: SpoolPosition, nextEvent: UInt64) { (log.durable, log.nextEvent) }

    /// Whether a batch waits for room.
    private var isFull = false

    /// How the spool stands; of sinks, what they had recorded just before.
    func standing(of records: [SpoolStanding.Sink]) -> SpoolStanding {
        SpoolStanding(
            sources: log.sources, sinks: records, taken: log.nextEvent, durable: log.durable, byteCount: log.byteCount,
            segmentCount: log.segmentCount, isFull: isFull,
            backlogs: records.map { log.byteCount(behind: $0.record.position) })
    }

    /// Makes batches durable; retries for ever what fails, and waits while the spool is full.
    ///
    /// - Parameter durable: raised after each sync.
    /// - Throws: `CancellationError`; what was not durable then is lost, and was promised to nobody.
    func write(_ batches: [(Batch, AcceptanceTicket)], durable: Watermark<SpoolPosition>) async throws {
        for (batch, ticket) in batches { log.append(batch, ticket: ticket) }
        release()
        var failures = 0
        defer {
            isFull = false
            vitals.rests()
        }
        while true {
            vitals.works()
            let seen = feeds.records.value
            do {
                let result = try log.commit()
                durable.advance(to: log.durable)
                if result == .done { break }
                if !isFull {
                    isFull = true
                    vitals.failed("it is full, and sources wait for the sink that is behind")
                    logger.warning(
                        "Spool is full: sources wait for the sink that is behind (spool.max-size, when-full).",
                        metadata: ["sinks": "\(feeds.all.filter { $0.heldSegment <= log.firstSegment }.map(\.name))"])
                }
                if makeRoom() { continue }
                vitals.waits()
                _ = try await feeds.records.wait(for: seen + 1)
                release()
            } catch let error as FileError {
                failures += 1
                vitals.failed("\(error)")
                if failures == 1 {
                    logger.error("Spool cannot be written: \(error) (spool.directory). Sources wait; trying again.")
                }
                var random = SystemRandomNumberGenerator()
                try await pause(Self.backoff.delay(afterFailures: failures, using: &random))
            }
        }
        vitals.succeeded()
        if failures > 0 { logger.notice("Spool is written again after \(failures) attempts.") }
        if isFull { logger.notice("Spool has room again.") }
    }

    /// Gives back what no sink needs. Without any sink everything is kept.
    private func release() {
        if let needed = feeds.giveUpUnneeded() { log.release(before: needed) }
    }

    /// Takes the oldest segment from sinks that are behind, where the operator chose so.
    ///
    /// - Returns: `false` when a sink that must not lose anything holds it.
    private func makeRoom() -> Bool {
        release()
        if log.hasRoom { return true }
        let first = log.firstSegment
        let holders = feeds.all.filter { $0.heldSegment <= first }
        guard !holders.isEmpty, holders.allSatisfy({ $0.whenFull == .dropOldest }), first < log.durable.segment else {
            return false
        }
        for holder in holders { holder.drop(before: first + 1) }
        _ = feeds.giveUpUnneeded()
        log.drop(first)
        return true
    }
}
