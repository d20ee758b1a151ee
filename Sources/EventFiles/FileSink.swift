package import EventModel
package import Logging
package import Pipeline
package import Platform

/// Delivers events to a file and its rotated siblings.
///
/// One thread reads the spool, renders and writes; another one synchronizes, compresses and removes (`FileKeeper`). A
/// file that cannot be written is a state: it is logged once, tried again with backoff, and the events wait.
package final class FileSink: EventSink {
    /// How long what was written may wait to be synchronized and recorded: after a crash so much is compared.
    private static let synchronizationDelay = Duration.seconds(1)
    /// How many bytes may.
    private static let synchronizationByteCount = 32 << 20
    private static let backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30))
    /// Tries in a row before ``RunMode/once`` gives up.
    private static let maximumTriesOnce = 5

    package let name: String

    private let settings: FileSinkSettings
    private let filter: EventFilter
    private let feed: any SinkFeed
    private let fileSystem: any FileSystem
    private let quarantine: (any RecordQuarantine)?
    private let onIncident: @Sendable (SpoolIncident) -> Void
    private let vitals: Vitals
    private let logger: Logger
    private let executor: ThreadExecutor
    private let keeperExecutor: ThreadExecutor
    /// Requests to reopen the file so far.
    private let reopenRequests = Watermark<UInt64>(0)
    /// Grows when the keeper or an operator wants the sink to look up.
    private let wakeups = Watermark<UInt64>(0)

    /// - Parameters:
    ///   - vitals: told how the sink is doing.
    ///   - quarantine: keeps what cannot be decoded.
    ///   - onIncident: told of events that could not be read from the spool.
    package init(
        name: String, settings: FileSinkSettings, filter: EventFilter, feed: any SinkFeed,
        fileSystem: any FileSystem = PosixFileSystem(), vitals: Vitals = Vitals(), logger: Logger,
        quarantine: (any RecordQuarantine)? = nil, onIncident: @escaping @Sendable (SpoolIncident) -> Void = { _ in }
    ) {
        self.name = name
        self.settings = settings
        self.filter = filter
        self.feed = feed
        self.fileSystem = fileSystem
        self.quarantine = quarantine
        self.onIncident = onIncident
        self.vitals = vitals
        var logger = logger
        logger[metadataKey: "sink"] = "\(name)"
        self.logger = logger
        executor = ThreadExecutor(name: "sink \(name)")
        keeperExecutor = ThreadExecutor(name: "keep \(name)")
    }

    /// Asks for the file to be opened again, after somebody has renamed it.
    package func reopen() {
        reopenRequests.advance(to: reopenRequests.value + 1)
        wakeups.advance(to: wakeups.value + 1)
    }

    package func run(mode: RunMode) async throws {
        let rendition = FileRendition(settings, filter: filter)
        let plan = EventFilePlan(
            name: name, path: settings.path, mode: settings.mode,
            user: lookUp(settings.owner, "owner", in: UserDatabase.user),
            group: lookUp(settings.group, "group", in: UserDatabase.group), rendition: rendition,
            rotation: RotationPolicy(settings.rotation), offset: rendition.offset)
        let keeper = FileKeeper(
            plan: plan, rotation: settings.rotation, fileSystem: fileSystem, progress: wakeups, now: LocalTime.now,
            logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: keeperExecutor) { try await keeper.run() }
            group.addTask(executorPreference: executor) {
                defer { keeper.finish() }
                try await self.deliver(plan, keeper, mode: mode)
            }
            try await group.waitForAll()
        }
    }

    /// The number of a user or group; a name that the machine does not know is reported.
    private func lookUp(_ name: String?, _ key: String, in find: (String) -> UInt32?) -> UInt32? {
        guard let name else { return nil }
        let number = find(name)
        if number == nil {
            logger.error(
                "There is no \(key) '\(name)' on this machine (sinks.\(self.name).\(key)): the file keeps the service's own."
            )
        }
        return number
    }

    private func deliver(_ plan: EventFilePlan, _ keeper: FileKeeper, mode: RunMode) async throws {
        var failures = 0
        var isDistrusted = false
        while true {
            do {
                try await write(plan, keeper, isDistrusted: isDistrusted) {
                    if failures > 0 {
                        self.logger.notice("File '\(plan.path)' is written again after \(failures) attempts.")
                    }
                    failures = 0
                    isDistrusted = false
                    self.vitals.succeeded()
                }
                return
            } catch let error as FileError {
                failures += 1
                vitals.failed("\(error)")
                isDistrusted = isDistrusted || error.operation == "synchronize"
                if failures == 1 {
                    logger.error(
                        """
                        Cannot write event file '\(plan.path)': \(error) (sinks.\(name).path). Events wait in the spool. \
                        Make its folder writable by the service's user, on a disk with room.
                        """)
                }
                if mode == .once, failures >= Self.maximumTriesOnce {
                    throw SinkFailure(sink: name, reason: error.description)
                }
                var random = SystemRandomNumberGenerator()
                try await pause(Self.backoff.delay(afterFailures: failures, using: &random))
            }
        }
    }

    /// Recovers and writes until the feed ends, or something fails.
    ///
    /// - Parameter onProgress: called when all that was written is durable: only then has an error passed.
    private func write(
        _ plan: EventFilePlan, _ keeper: FileKeeper, isDistrusted: Bool, onProgress: () -> Void
    ) async throws {
        // Before the file is opened: a request that comes meanwhile may be about a file that was renamed after it.
        var reopened = reopenRequests.value
        let writer = try EventFileRecovery.start(
            plan: plan, feed: feed, fileSystem: fileSystem, now: LocalTime.now, isDistrusted: isDistrusted,
            report: { self.report($0) })
        keeper.forgetPoints()
        keeper.release(before: writer.firstNumber)
        var deadline: ContinuousClock.Instant?
        while true {
            try Task.checkCancellation()
            let seen = wakeups.value
            if reopenRequests.value > reopened {
                reopened = reopenRequests.value
                try writer.reopen()
                logger.notice("Reopened '\(plan.path)'.")
            }
            if let point = try keeper.takeCompleted() {
                try writer.record(point)
                keeper.release(before: writer.firstNumber)
                onProgress()
            }
            if try writer.step() {
                if writer.dirtyByteCount >= Self.synchronizationByteCount, !keeper.isBusy {
                    keeper.synchronize(try writer.makeSyncPoint())
                    deadline = nil
                }
                continue
            }
            try writer.rotateIfOver()
            if !writer.isDirty {
                deadline = nil
                onProgress()
            } else if let due = deadline, due <= .now {
                try writer.synchronize()
                keeper.release(before: writer.firstNumber)
                deadline = nil
                onProgress()
            } else {
                deadline = deadline ?? .now + Self.synchronizationDelay
            }
            guard try await waitForMore(at: writer, after: seen, until: deadline, plan) else {
                try writer.synchronize()
                keeper.release(before: writer.firstNumber)
                return
            }
        }
    }

    /// Suspends until there is something to do.
    ///
    /// - Returns: `false` when there will be nothing any more.
    private func waitForMore(
        at writer: EventFileWriter, after seen: UInt64, until deadline: ContinuousClock.Instant?, _ plan: EventFilePlan
    ) async throws -> Bool {
        let position = writer.reader.position
        let time = LocalTime.now()
        var delay = deadline.map { $0 - .now }
        if writer.written.byteCount > 0,
            let remaining = plan.rotation.remaining(now: time, offset: plan.offset(time / 1_000_000))
        {
            delay = min(delay ?? .microseconds(remaining), .microseconds(remaining))
        }
        let feed = feed
        let wakeups = wakeups
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { try await feed.waitForMore(at: position) }
            group.addTask { try await wakeups.wait(for: seen + 1) }
            if let delay {
                group.addTask {
                    try await pause(max(.zero, delay))
                    return true
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    private func report(_ notice: FileNotice) {
        switch notice {
        case .unexpectedBytes(let file, let copy, let byteCount):
            logger.error(
                """
                '\(file)' held \(byteCount) bytes that Tributary did not write, or that a power cut tore. \
                They are in '\(copy)' now; the events are written again.
                """)
        case .changedByOthers(let file, let what):
            logger.warning("'\(file)' was \(what) by somebody else. Rename it and send SIGUSR1 instead.")
        case .missing(let file):
            logger.warning(
                "The file that was written as '\(file)' cannot be found. What was not synchronized is written again.")
        case .incident(let incident):
            logger.error("Events could not be read from the spool: \(incident)")
            onIncident(incident)
        case .damaged(let events, let first, let frame):
            logger.error("\(events) events of a batch were set aside, as they cannot be decoded.")
            quarantine?.keep([
                QuarantinedRecord(
                    part: .sink(name), cause: .damaged,
                    reason: "\(events) events from event \(first) of the spool cannot be decoded",
                    content: .bytes(frame))
            ])
        case .ownerNotSet(let reason):
            logger.warning("\(reason) (sinks.\(name).owner, group). The file keeps the service's user and group.")
        }
    }
}
