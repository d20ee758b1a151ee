internal import EventModel
internal import Glibc
internal import LocalAPI
internal import Pipeline
internal import Platform
internal import Spool

/// Gathers what the daemon says of itself. On a thread of its own, as it reads files.
actor StatusKeeper {
    /// The sources and sinks that run, with how they are doing.
    struct Running: Sendable {
        var sources: [(name: String, type: String, state: Vitals.State)]
        var sinks: [(name: String, type: String, state: Vitals.State)]
    }

    private let executor = ThreadExecutor(name: "status")
    private let spool: Spool
    private let started = ContinuousClock.now
    private let startTime = Double(LocalTime.now()) / 1_000_000
    private var check = ProgressCheck()

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(spool: Spool) {
        self.spool = spool
    }

    /// What health and watchdog go by, without the cost of a whole report.
    func findings(of running: Running) async -> [ProgressCheck.Finding] {
        findings(of: running, await spool.standing())
    }

    /// Everything.
    func report(of running: Running, _ settings: SpoolSettings) async -> StatusReport {
        let standing = await spool.standing()
        let now = ContinuousClock.now
        var report = StatusReport(
            complaints: findings(of: running, standing).map { "\($0.title): \($0.reason)" },
            sources: standing.sources.sorted { $0.key < $1.key }.map { name, state in
                source(name, state.totals, running, now)
            },
            sinks: zip(standing.sinks, standing.backlogs).map { sink($0, $1, taken: standing.taken, running, now) }
                .sorted { $0.name < $1.name },
            spool: spoolReport(standing, settings, now), ledger: StatusReport.Ledger(differences: []),
            process: processReport(now))
        for part in running.sources where standing.sources[part.name] == nil {
            report.sources.append(source(part.name, SourceCounts(), running, now))
        }
        report.ledger = StatusReport.Ledger(differences: report.differences())
        return report
    }

    private func findings(of running: Running, _ standing: SpoolStanding) -> [ProgressCheck.Finding] {
        var parts = running.sources.map {
            ProgressCheck.Part(title: "source '\($0.name)'", state: $0.state, hasWork: false)
        }
        for sink in running.sinks {
            let record = standing.sinks.first { $0.name == sink.name }?.record
            let hasWork = record.map { $0.nextEvent < standing.taken } ?? false
            parts.append(ProgressCheck.Part(title: "sink '\(sink.name)'", state: sink.state, hasWork: hasWork))
        }
        parts.append(ProgressCheck.Part(title: "spool", state: spool.vitals.state, hasWork: false))
        return check.findings(parts, now: .now)
    }

    private func source(
        _ name: String, _ counts: SourceCounts, _ running: Running, _ now: ContinuousClock.Instant
    ) -> StatusReport.Source {
        let part = running.sources.first { $0.name == name }
        let type =
            switch name {
            case LocalAPI.sourceName: "api"
            case Notices.sourceName: "internal"
            case _ where Replay.isSource(name): "replay"
            default: part?.type ?? "retired"
            }
        var source = StatusReport.Source(name: name, type: type, counts: counts)
        guard let state = part?.state else { return source }
        source.retries = state.retries
        source.trouble = StatusReport.Trouble(state.trouble, now)
        if state.isCaughtUp {
            source.lagSeconds = 0
        } else if let time = state.lastEvent {
            source.lagSeconds = max(0, Double(LocalTime.now() - time.microseconds) / 1_000_000)
        }
        return source
    }

    private func sink(
        _ standing: SpoolStanding.Sink, _ backlog: Int, taken: UInt64, _ running: Running,
        _ now: ContinuousClock.Instant
    ) -> StatusReport.Sink {
        let part = running.sinks.first { $0.name == standing.name }
        let record = standing.record
        var sink = StatusReport.Sink(
            name: standing.name, type: part?.type ?? "retired", first: standing.firstEvent, counts: record.counts,
            waiting: taken - min(taken, record.nextEvent), position: StatusReport.Position(record.position))
        if sink.waiting > 0 {
            sink.backlogBytes = UInt64(backlog)
            if let time = spool.acceptanceOfOldest(behind: record) {
                sink.backlogSeconds = max(0, Double(LocalTime.now() - time.microseconds) / 1_000_000)
            }
        }
        if let state = part?.state {
            sink.retries = state.retries
            sink.trouble = StatusReport.Trouble(state.trouble, now)
        }
        return sink
    }

    private func spoolReport(
        _ standing: SpoolStanding, _ settings: SpoolSettings, _ now: ContinuousClock.Instant
    ) -> StatusReport.Spool {
        var report = StatusReport.Spool(
            directory: settings.directory, taken: standing.taken, durable: StatusReport.Position(standing.durable),
            bytes: UInt64(standing.byteCount), maximumBytes: UInt64(settings.maximumByteCount))
        report.segments = UInt64(standing.segmentCount)
        report.isFull = standing.isFull
        report.trouble = StatusReport.Trouble(spool.vitals.state.trouble, now)
        return report
    }

    private func processReport(_ now: ContinuousClock.Instant) -> StatusReport.Process {
        var report = StatusReport.Process(version: programVersion, pid: Int(getpid()))
        report.startTime = startTime
        report.uptimeSeconds = Double((now - started).components.seconds)
        let usage = ProcessUsage.ofThisProcess()
        report.cpuSeconds = usage.cpuSeconds
        report.residentBytes = usage.residentByteCount
        report.anonymousBytes = usage.anonymousByteCount
        report.openFiles = usage.openFileCount
        return report
    }
}

extension StatusReport {
    /// What does not agree in the counts of this report.
    package func differences() -> [String] {
        LedgerCheck(
            sources: sources.map { source in
                LedgerCheck.Source(
                    name: source.name,
                    counts: SourceCounts(
                        read: source.read, accepted: source.accepted, filtered: source.filtered,
                        rejected: source.quarantined, noted: source.noted))
            },
            sinks: sinks.map { sink in
                LedgerCheck.Sink(
                    name: sink.name, first: sink.first,
                    counts: SinkCounts(
                        delivered: sink.delivered, filtered: sink.filtered, quarantined: sink.quarantined,
                        dropped: sink.dropped), waiting: sink.waiting)
            }, taken: spool.taken
        ).differences()
    }
}

extension StatusReport.Trouble {
    init?(_ trouble: Vitals.Trouble?, _ now: ContinuousClock.Instant) {
        guard let trouble else { return nil }
        let duration = (now - trouble.since).components
        self.init(
            reason: trouble.reason,
            seconds: Double(duration.seconds) + Double(duration.attoseconds / 1_000_000_000_000_000) / 1000)
    }
}
