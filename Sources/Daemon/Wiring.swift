internal import EventFiles
internal import EventModel
internal import LocalAPI
internal import Logging
internal import Pipeline
internal import Platform
internal import Spool

/// The parts that run, and how settings become parts. A reload stops what changed or went, and starts what is new.
actor Wiring {
    struct SinkPart {
        let settings: SinkSettings
        let sink: any EventSink
        let part: RunningPart
        let vitals: Vitals
    }

    private struct SourcePart {
        let settings: SourceSettings
        let part: RunningPart
        let vitals: Vitals
    }

    private struct APIPart {
        let settings: APISettings
        let part: RunningPart
    }

    /// A part with what it does, on its way to the task that runs all of them.
    private struct Launch: Sendable {
        let part: RunningPart
        let body: @Sendable () async throws -> Void
    }

    private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(60))

    nonisolated let spool: Spool
    nonisolated let notices: Notices
    /// 1 as soon as clients can reach the local API.
    nonisolated let isListening = Watermark(0)

    let components: Components
    private let keeper: StatusKeeper
    private let mode: RunMode
    /// The API's socket, where systemd has passed one.
    private let passed: PassedSocket?
    let logger: Logger
    private let launches: AsyncStream<Launch>
    private let launcher: AsyncStream<Launch>.Continuation

    private(set) var settings: DaemonSettings?
    /// The spool's, as they were at the start.
    private var spoolSettings: SpoolSettings?
    private var sources: [String: SourcePart] = [:]
    var sinks: [String: SinkPart] = [:]
    private var api: APIPart?
    /// Whether parts are being changed: one change at a time.
    private var isChanging = false
    /// A change that waits for the one before it.
    private var waitingChange: CheckedContinuation<Void, Never>?

    init(
        spool: Spool, notices: Notices, components: Components, mode: RunMode, passed: PassedSocket?, logger: Logger
    ) {
        self.spool = spool
        self.notices = notices
        self.components = components
        keeper = StatusKeeper(spool: spool)
        self.mode = mode
        self.passed = passed
        self.logger = logger
        (launches, launcher) = AsyncStream.makeStream(of: Launch.self)
    }

    /// Runs every part that is launched, until it is cancelled or one cannot go on.
    nonisolated func runParts() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await launch in launches {
                group.addTask {
                    do {
                        try await launch.part.run(launch.body)
                    } catch {
                        // Nothing more is launched: the loop ends, and the group throws this error.
                        self.launcher.finish()
                        throw error
                    }
                }
            }
        }
    }

    /// Brings the parts in line with the settings.
    ///
    /// What can fail comes first: after an error everything runs on as it was.
    func apply(_ new: DaemonSettings) async throws {
        if !beginChangeNow() { await withCheckedContinuation { waitingChange = $0 } }
        defer { endChange() }
        if let spoolSettings, spoolSettings != new.spool {
            logger.warning("A change of 'spool' takes effect when the daemon is started again.")
        }
        let spoolSettings = self.spoolSettings ?? new.spool
        self.spoolSettings = spoolSettings
        let wantedSources = new.sources.filter(\.isEnabled)
        let wantedSinks = new.sinks.filter(\.isEnabled)
        if settings != nil {
            for wanted in wantedSinks where sinks[wanted.name] == nil { try spool.attach(wanted.plan(spoolSettings)) }
        }
        let isRuledAnew = settings.map { $0.normalization.rules != new.normalization.rules } ?? false
        for (name, running) in sources where isRuledAnew || !wantedSources.contains(running.settings) {
            try await running.part.stop()
            sources[name] = nil
        }
        for (name, running) in sinks where !wantedSinks.contains(running.settings) {
            try await running.part.stop()
            sinks[name] = nil
            if !wantedSinks.contains(where: { $0.name == name }) { await giveUp(name) }
        }
        for wanted in wantedSinks where sinks[wanted.name] == nil { startSink(wanted, spoolSettings) }
        if let running = api, running.settings != new.api {
            try await running.part.stop()
            api = nil
        }
        if api == nil { startAPI(new.api) }
        for wanted in wantedSources where sources[wanted.name] == nil { startSource(wanted, new.normalization.rules) }
        settings = new
    }

    /// Lets go of a sink that is no longer wanted, and of what waits for it.
    private func giveUp(_ name: String) async {
        let waiting = await standing().waiting.first { $0.sink == name }?.count ?? 0
        spool.detach(name)
        guard waiting > 0 else { return }
        logger.warning(
            "Sink '\(name)' is no longer in the settings, or not enabled: \(waiting) events that wait for it are not kept."
        )
        notices.note(
            "Software.Log.Gap", severity: .major, classification: .audit,
            message: "\(waiting) events that waited for sink '\(name)' are not kept: it was taken out of the settings",
            parameters: [
                Parameter("sink", .text(Text(name))), Parameter("count", .integer(WholeNumber(magnitude: waiting))),
                Parameter("reason", .text("sink taken out of the settings")),
            ])
    }

    /// Begins a change of the parts, unless there is one; ``endChange()`` ends it.
    func beginChangeNow() -> Bool {
        guard !isChanging else { return false }
        isChanging = true
        return true
    }

    /// Ends a change, and begins the one that waits.
    func endChange() {
        guard let next = waitingChange else {
            isChanging = false
            return
        }
        waitingChange = nil
        next.resume()
    }

    /// Reads everything, delivers it, and returns.
    ///
    /// - Throws: ``Daemon/Failure`` when something could not be read or delivered.
    nonisolated func runOnce(_ settings: DaemonSettings) async throws {
        let wanted = settings.sinks.filter(\.isEnabled)
        var failures: [SinkFailure] = []
        try await withThrowingTaskGroup(of: SinkFailure?.self) { group in
            for sinkSettings in wanted {
                guard let feed = spool.feed(for: sinkSettings.name) else { continue }
                let sink = components.sink(sinkSettings, feed: feed)
                group.addTask {
                    do {
                        try await sink.run(mode: .once)
                        return nil
                    } catch let failure as SinkFailure {
                        return failure
                    }
                }
            }
            try await readAll(settings)
            for try await failure in group {
                if let failure { failures.append(failure) }
            }
        }
        if !failures.isEmpty { throw Daemon.Failure.sinks(failures) }
    }

    private nonisolated func readAll(_ settings: DaemonSettings) async throws {
        let states = await spool.sources()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sourceSettings in settings.sources where sourceSettings.isEnabled {
                let source = components.source(sourceSettings, settings.normalization.rules.set)
                let cursor = states[source.name]?.cursor
                group.addTask { [spool] in
                    do {
                        try await source.run(from: cursor, mode: .once, into: spool)
                    } catch let error where !(error is CancellationError) {
                        throw Daemon.Failure.part(name: "source '\(source.name)'", reason: "\(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
        components.setAside.finish()
        notices.finish()
        try await spool.settle()
        spool.finish()
    }

    /// How every part is doing, and how the spool stands.
    func status() async -> StatusReport {
        await keeper.report(of: running, spoolSettings ?? SpoolSettings())
    }

    /// Parts without progress.
    func findings() async -> [ProgressCheck.Finding] { await keeper.findings(of: running) }

    /// What is taken and what waits.
    func standing() async -> StatusLine.Standing {
        let standing = await spool.standing()
        return StatusLine.Standing(
            taken: standing.taken,
            waiting: standing.sinks.map { ($0.name, standing.taken - min(standing.taken, $0.record.nextEvent)) },
            isFull: standing.isFull)
    }

    private var running: StatusKeeper.Running {
        StatusKeeper.Running(
            sources: sources.values.map { ($0.settings.name, $0.settings.typeName, $0.vitals.state) },
            sinks: sinks.values.map { ($0.settings.name, $0.settings.typeName, $0.vitals.state) })
    }

    /// Asks every file sink to open its file again.
    func reopenFiles() {
        for running in sinks.values { (running.sink as? FileSink)?.reopen() }
    }

    private func startSource(_ wanted: SourceSettings, _ rules: LoadedRules) {
        let vitals = Vitals()
        let source = components.source(wanted, rules.set, vitals)
        let part = RunningPart(name: "source '\(wanted.name)'")
        sources[wanted.name] = SourcePart(settings: wanted, part: part, vitals: vitals)
        let spool = spool
        launch(part, vitals) {
            // What it handed over before it was started anew counts before the spool is asked where it stands.
            try await spool.settle()
            let cursor = await spool.sources()[source.name]?.cursor
            try await source.run(from: cursor, mode: .forever, into: WatchedAcceptor(spool, vitals))
        }
    }

    func startSink(_ wanted: SinkSettings, _ spoolSettings: SpoolSettings) {
        // One that was stopped just now keeps its feed; what it does when the spool is full may be new.
        spool.setWhenFull(wanted.plan(spoolSettings))
        guard let feed = spool.feed(for: wanted.name) else { return }
        let vitals = Vitals()
        let sink = components.sink(wanted, feed: WatchedFeed(feed, vitals), vitals)
        let part = RunningPart(name: "sink '\(wanted.name)'")
        sinks[wanted.name] = SinkPart(settings: wanted, sink: sink, part: part, vitals: vitals)
        launch(part, vitals) { try await sink.run(mode: .forever) }
    }

    private func startAPI(_ wanted: APISettings) {
        let server = LocalAPI(
            settings: wanted, passed: passed, acceptor: spool, taps: spool, host: hostName(), control: self,
            now: { Timestamp(microseconds: LocalTime.now()) }, status: { await self.status() }, logger: logger)
        let part = RunningPart(name: "local API")
        api = APIPart(settings: wanted, part: part)
        if settings == nil {
            // At the start a socket that cannot be used is for the operator to see.
            launcher.yield(Launch(part: part) { try await server.run { self.isListening.advance(to: 1) } })
        } else {
            launch(part, Vitals()) { try await server.run() }
        }
    }

    /// Ends the local API before the spool, so that its clients learn what became of their events.
    func closeAPI(within patience: Duration) async {
        guard let part = api?.part else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await part.stop() }
            group.addTask { try? await pause(patience) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Launches a part that is started again, with backoff, when it fails.
    private func launch(_ part: RunningPart, _ vitals: Vitals, _ body: @escaping @Sendable () async throws -> Void) {
        let logger = logger
        launcher.yield(
            Launch(part: part) {
                var failures = 0
                while true {
                    do {
                        return try await body()
                    } catch let error where !Task.isCancelled {
                        failures += 1
                        vitals.failed("\(error)")
                        logger.error("\(part.name) failed and is started again: \(error)")
                        var random = SystemRandomNumberGenerator()
                        try await pause(Self.backoff.delay(afterFailures: failures, using: &random))
                    }
                }
            })
    }
}
