package import EventModel
package import Logging
package import Pipeline
internal import Platform

/// Delivers events to a syslog receiver over UDP, TCP or TLS (guarantee G4).
///
/// Its position moves only past what the receiver's kernel has acknowledged; what it has not is sent again on the next
/// connection, to whichever address. That is the best that syslog allows: a receiver that dies with messages in its
/// kernel loses those. With UDP nobody acknowledges, and what the network did not refuse at once counts as delivered.
///
/// A thread of its own reads the spool and encodes; an event loop, shared by all, serves the socket. A
/// receiver that cannot be reached is a state: it is logged once, tried again with backoff, and the events wait.
package final class SyslogSink: EventSink {
    private static let backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30))
    /// Tries in a row before ``RunMode/once`` gives up.
    private static let maximumTriesOnce = 5

    package let name: String

    private let settings: SyslogSettings
    private let filter: EventFilter
    private let feed: any SinkFeed
    private let quarantine: (any RecordQuarantine)?
    private let onIncident: @Sendable (SpoolIncident) -> Void
    private let vitals: Vitals
    private let logger: Logger
    private let limits: DeliveryLimits
    private let executor: ThreadExecutor

    /// - Parameters:
    ///   - vitals: told how the sink is doing.
    ///   - quarantine: keeps events that no receiver can take.
    ///   - onIncident: told of events that could not be read from the spool.
    package convenience init(
        name: String, settings: SyslogSettings, filter: EventFilter, feed: any SinkFeed, vitals: Vitals = Vitals(),
        logger: Logger,
        quarantine: (any RecordQuarantine)? = nil, onIncident: @escaping @Sendable (SpoolIncident) -> Void = { _ in }
    ) {
        self.init(
            name: name, settings: settings, filter: filter, feed: feed, vitals: vitals, logger: logger,
            limits: DeliveryLimits(),
            quarantine: quarantine, onIncident: onIncident)
    }

    init(
        name: String, settings: SyslogSettings, filter: EventFilter, feed: any SinkFeed, vitals: Vitals = Vitals(),
        logger: Logger,
        limits: DeliveryLimits, quarantine: (any RecordQuarantine)? = nil,
        onIncident: @escaping @Sendable (SpoolIncident) -> Void = { _ in }
    ) {
        precondition(!settings.addresses.isEmpty, "a syslog sink has an address")
        self.name = name
        self.settings = settings
        self.filter = filter
        self.feed = feed
        self.quarantine = quarantine
        self.onIncident = onIncident
        self.vitals = vitals
        self.limits = limits
        var logger = logger
        logger[metadataKey: "sink"] = "\(name)"
        self.logger = logger
        executor = ThreadExecutor(name: "sink \(name)")
    }

    package func run(mode: RunMode) async throws {
        try await withTaskExecutorPreference(executor) { try await deliver(mode) }
    }

    /// Delivers; a spool that cannot be read, or a position that cannot be kept, is tried again.
    private func deliver(_ mode: RunMode) async throws {
        var failures = 0
        while true {
            do {
                let delivery = SyslogDelivery(
                    name: name, settings: settings, filter: filter, feed: feed, limits: limits, vitals: vitals,
                    logger: logger,
                    quarantine: quarantine, onIncident: onIncident, record: try feed.recorded(), mode: mode)
                return try await delivery.run()
            } catch let error as FileError {
                failures += 1
                vitals.failed("\(error)")
                if failures == 1 {
                    logger.error(
                        "Cannot read the spool or keep the sink's position: \(error). Events wait in the spool.")
                }
                if mode == .once, failures >= Self.maximumTriesOnce {
                    throw SinkFailure(sink: name, reason: error.description)
                }
                var random = SystemRandomNumberGenerator()
                try await pause(Self.backoff.delay(afterFailures: failures, using: &random))
            }
        }
    }
}

/// How much a sink does at once, and how often.
struct DeliveryLimits: Sendable {
    /// Bytes that are handed to a connection at once.
    var chunkByteCount = 64 << 10
    /// Bytes that may be without an acknowledgement; a receiver that stalls holds no more of our memory.
    var inFlightByteCount = 2 << 20
    /// Bytes of datagrams before the network may refuse them, 1 ms later.
    var datagramByteCount = 32 << 10
    /// How often the position is made durable while it moves.
    var recordInterval = Duration.milliseconds(250)
    /// How often the first address is tried while another one serves.
    var returnInterval = Duration.seconds(30)
    /// How long a stop waits for acknowledgements.
    var stopGrace = Duration.seconds(1)
    /// How long a connection that the receiver has closed waits for them.
    var closeGrace = Duration.seconds(5)
    /// How long ``RunMode/once`` waits for the next one.
    var stallLimitOnce = Duration.seconds(60)
    /// How long nothing may be acknowledged before it is said.
    var stallNotice = Duration.seconds(30)
    /// How long nothing may be acknowledged before another address is tried, where there is one.
    var stallLimit = Duration.seconds(60)
    var backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30))
    /// Tries of every address in a row before ``RunMode/once`` gives up.
    var maximumTriesOnce = 5
}
