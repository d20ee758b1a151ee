internal import EventModel
internal import EventText
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Pipeline
internal import Platform

/// One run of a syslog sink: performs what ``SyslogConnection/StateMachine`` decides. For one task.
final class SyslogDelivery {
    /// How a connection came to its end.
    enum End {
        /// The feed has ended, and all has arrived.
        case finished
        case lost(ConnectionProblem)
        /// The first address can be reached again.
        case firstReturned
    }

    let limits: DeliveryLimits
    let feed: any SinkFeed
    let source: MessageSource
    let mode: RunMode
    var queue: DeliveryQueue

    let name: String
    private let settings: SyslogSettings
    let vitals: Vitals
    private let logger: Logger
    private var machine: SyslogConnection.StateMachine
    private var random = SystemRandomNumberGenerator()
    private var recorded: SinkRecord
    private var recordDue = ContinuousClock.now
    /// Trouble that was logged, by address, since something has last arrived.
    private var troubles: [SyslogAddress: ConnectionProblem.Kind] = [:]
    private var lastProblem: ConnectionProblem?
    /// The receiver of this connection was left, as it did not read.
    var hasStalled = false
    /// Whether there is an address beside the one that is used.
    var hasOtherAddress: Bool { settings.addresses.count > 1 }
    /// Connections in a row that the receiver ended soon, though its kernel had taken something.
    private var shortCount = 0
    private static let shortLife = Duration.seconds(5)
    /// From so many on it is trouble: a receiver that cannot read what it gets looks like that.
    private static let troublingShortCount = 3

    init(
        name: String, settings: SyslogSettings, filter: EventFilter, feed: any SinkFeed, limits: DeliveryLimits,
        vitals: Vitals, logger: Logger, quarantine: (any RecordQuarantine)?,
        onIncident: @escaping @Sendable (SpoolIncident) -> Void, record: SinkRecord, mode: RunMode
    ) {
        self.name = name
        self.settings = settings
        self.feed = feed
        self.limits = limits
        self.vitals = vitals
        self.logger = logger
        self.mode = mode
        recorded = record
        queue = DeliveryQueue(at: record)
        machine = SyslogConnection.StateMachine(addressCount: settings.addresses.count, backoff: limits.backoff)
        let reporter = NoticeReporter(
            logger: logger, name: name, maximumByteCount: settings.form.maximumByteCount, onIncident: onIncident)
        source = MessageSource(
            name: name, feed: feed, at: record, filter: filter,
            encoder: SyslogEncoder(settings.form, machine: Self.machineName(), offset: LocalTime.offset),
            quarantine: quarantine, report: { reporter.report($0) })
    }

    /// This machine's name up to its first 255 bytes; empty when it has none.
    static func machineName() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        // One byte stays zero.
        guard unsafe gethostname(&bytes, 255) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Delivers until the feed ends or the task is cancelled; what has arrived by then is recorded.
    func run() async throws {
        do {
            if mode == .once, try await !hasMessage() {
                try record()
                return
            }
            var action = machine.started()
            while action != .none { action = try await perform(action) }
            try record()
        } catch {
            try? record()
            throw error
        }
    }

    private func perform(_ action: SyslogConnection.StateMachine.Action) async throws
        -> SyslogConnection.StateMachine.Action
    {
        switch action {
        case .connect(let number): return try await connect(to: settings.addresses[number])
        case .deliver, .none: return .none  // `connect(to:)` delivers on the connection it has made.
        case .wait(let delay):
            if mode == .once, machine.failures >= limits.maximumTriesOnce * settings.addresses.count {
                throw SinkFailure(sink: name, reason: lastProblem?.description ?? "no receiver can be reached")
            }
            // Events that the filter leaves out need no receiver.
            _ = try source.fill(to: 1, &queue)
            try recordIfDue()
            vitals.waits()
            try await pause(delay)
            return machine.delayPassed()
        }
    }

    /// Whether there is anything to send; waits for it, or for the feed's end.
    private func hasMessage() async throws -> Bool {
        while queue.isEmpty {
            guard try !source.fill(to: 1, &queue) else { continue }
            guard try await feed.waitForMore(at: source.position) else { return false }
        }
        return true
    }

    private func connect(to address: SyslogAddress) async throws -> SyslogConnection.StateMachine.Action {
        vitals.waits()
        do {
            if address.transport == .udp {
                let socket = try await DatagramSocket.open(to: address)
                begin(framing: nil)
                let outcome = try await returning(from: address) { firstIsBack in
                    try await self.deliverDatagrams(through: socket, firstIsBack: firstIsBack)
                }
                return try await ended(at: address, outcome)
            }
            let connection = try await SyslogConnection.open(to: address, tls: settings.tls)
            begin(framing: settings.framing)
            return try await ended(at: address, try await deliver(through: connection))
        } catch let problem as ConnectionProblem {
            try Task.checkCancellation()
            note(problem, at: address)
            return machine.connectFailed(using: &random)
        }
    }

    /// Begins a connection: what was read for another one is framed for this.
    private func begin(framing: SyslogFraming?) {
        _ = machine.connectSucceeded()
        queue.rewind()
        source.rewind(to: queue.done, framing: framing)
    }

    private func deliver(through connection: SyslogConnection) async throws -> (End, wasUseful: Bool) {
        let began = ContinuousClock.now
        let before = queue.done
        let end: End
        do {
            end = try await returning(from: connection.address) { firstIsBack in
                try await self.stream(to: connection, firstIsBack: firstIsBack)
            }
        } catch {
            try await settle(connection, within: limits.stopGrace)
            connection.close()
            throw error
        }
        switch end {
        case .finished: break
        case .lost, .firstReturned: try await settle(connection, within: limits.closeGrace)
        }
        connection.close()
        let isShort = ContinuousClock.now - began < Self.shortLife
        if case .lost = end, isShort { shortCount += 1 } else { shortCount = 0 }
        defer { hasStalled = false }
        let isUseful = queue.done.counts.delivered > before.counts.delivered || .now - began > .seconds(10)
        return (end, isUseful && !hasStalled)
    }

    /// Says, once, that a receiver takes events and ends connections over and over.
    private func noteShortConnections(at address: SyslogAddress, _ problem: ConnectionProblem) {
        guard shortCount == Self.troublingShortCount else { return }
        logger.warning(
            """
            \(address) takes events and ends each connection soon (sinks.\(name)): \(problem.reason). It may not \
            understand them, or may lose what it has not read. Look at 'framing', and what `tributary check --connect \
            --send` says.
            """)
    }

    private func ended(
        at address: SyslogAddress, _ outcome: (end: End, wasUseful: Bool)
    ) async throws -> SyslogConnection.StateMachine.Action {
        switch outcome.end {
        case .finished: return .none
        case .firstReturned:
            logger.notice("Receiver \(settings.addresses[0]) can be reached again and gets the events from now on.")
            return machine.firstReturned()
        case .lost(let problem):
            logger.debug("The connection to \(address) has ended: \(problem)")
            if !outcome.wasUseful { note(problem, at: address) }
            noteShortConnections(at: address, problem)
            // After several short ones the next address, or a delay.
            let wasUseful = outcome.wasUseful && shortCount < Self.troublingShortCount
            return machine.connectionEnded(wasUseful: wasUseful, using: &random)
        }
    }

    /// Runs `body` beside a task that looks whether the first address is back, unless this is the first. A stream,
    /// which tells what has arrived, is not left for datagrams: whether those would arrive, nobody tells.
    private func returning<Outcome>(
        from address: SyslogAddress, _ body: (Watermark<Int>) async throws -> Outcome
    ) async throws -> Outcome {
        let firstIsBack = Watermark(0)
        let first = settings.addresses[0]
        guard address != first, first.transport != .udp || address.transport == .udp else {
            return try await body(firstIsBack)
        }
        let (tls, interval) = (settings.tls, limits.returnInterval)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                while true {
                    try await pause(interval)
                    // Whether a datagram would arrive, only sending one can tell.
                    if first.transport != .udp {
                        guard let probe = try? await SyslogConnection.open(to: first, tls: tls) else { continue }
                        probe.close()
                    }
                    return firstIsBack.advance(to: 1)
                }
            }
            defer { tasks.cancelAll() }
            return try await body(firstIsBack)
        }
    }
}

extension SyslogDelivery {
    /// Takes what has arrived, and says so where there was trouble.
    func arrived(through byteCount: UInt64) {
        let before = queue.done.counts.delivered
        queue.arrived(through: min(byteCount, queue.sentByteCount))
        guard queue.done.counts.delivered > before else { return }
        vitals.succeeded()
        let failures = machine.failures
        machine.acknowledged()
        guard !troubles.isEmpty else { return }
        troubles.removeAll()
        logger.notice("Events arrive at a receiver again, after \(failures) attempts.")
    }

    /// Logs why events do not arrive, once.
    func note(_ problem: ConnectionProblem, at address: SyslogAddress) {
        lastProblem = problem
        vitals.failed("\(address): \(problem.reason)")
        guard troubles.updateValue(problem.kind, forKey: address) != problem.kind else { return }
        let remedy = problem.remedy.isEmpty ? "" : " \(problem.remedy)"
        let text: Logger.Message =
            "Events do not reach \(address): \(problem.reason) (sinks.\(name).address). They wait in the spool.\(remedy)"
        switch problem.kind {
        case .unreachable, .ended, .stalled: logger.warning(text)
        case .untrusted, .unusableFile: logger.error(text)
        }
    }

    /// Makes the position durable, at most so often.
    func recordIfDue() throws {
        guard queue.done != recorded, .now >= recordDue else { return }
        try record()
    }

    func record() throws {
        guard queue.done != recorded else { return }
        try feed.record(queue.done)
        recorded = queue.done
        recordDue = .now + limits.recordInterval
    }
}

/// Tells the operator of events that cannot be delivered.
struct NoticeReporter: Sendable {
    let logger: Logger
    let name: String
    let maximumByteCount: Int
    let onIncident: @Sendable (SpoolIncident) -> Void

    func report(_ notice: MessageSource.Notice) {
        switch notice {
        case .incident(let incident):
            logger.error("Events could not be read from the spool: \(incident)")
            onIncident(incident)
        case .tooLarge(let id):
            logger.error(
                "Event \(id) was set aside: its header alone is over \(maximumByteCount) bytes (sinks.\(name).maximum-size)."
            )
        case .refused(let id, let byteCount):
            logger.error(
                "Event \(id) was set aside: the network takes no datagram of \(byteCount) bytes (sinks.\(name).maximum-size)."
            )
        case .damaged(let events):
            logger.error("\(events) events of a batch were set aside, as they cannot be decoded.")
        }
    }
}
