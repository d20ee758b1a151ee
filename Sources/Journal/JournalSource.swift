package import EventModel
internal import Glibc
package import Logging
package import Normalization
package import Pipeline
internal import Platform

/// The systemd journal as a source.
///
/// It reads through a child process (``JournalReader``), as libsystemd may end the process that it is in. Needs
/// membership in the group `systemd-journal`, or access to the files. Its cursor is a ``JournalPosition``; a record's
/// identity is what ``JournalCursor/identityByteCount`` says. The journal keeps what is not yet read as long as its
/// own limits let it; what it removed first becomes an event `Software.Log.Gap`.
package final class JournalSource: EventSource {
    package let name: String
    let settings: JournalSettings
    let rules: RuleSet
    let executable: String
    let vitals: Vitals
    let quarantine: (any RecordQuarantine)?
    let logger: Logger
    /// Since when this process runs, for its own messages.
    let started: UInt64

    /// Starts after which a run that should end by itself gives up.
    static let attemptsOfOneRun = 8

    /// - Parameters:
    ///   - name: the configured name.
    ///   - rules: say what entries are.
    ///   - vitals: told how the source is doing.
    ///   - executable: the program with the subcommand `journal-reader`.
    ///   - quarantine: keeps entries that cannot be read.
    package init(
        name: String, settings: JournalSettings, rules: RuleSet = .empty, executable: String = "/proc/self/exe",
        vitals: Vitals = Vitals(), quarantine: (any RecordQuarantine)? = nil, logger: Logger
    ) {
        self.name = name
        self.settings = settings
        self.rules = rules
        self.executable = executable
        self.vitals = vitals
        self.quarantine = quarantine
        self.logger = logger
        started = UInt64(clamping: LocalTime.now())
    }

    package func run(from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor) async throws {
        let wakeup = try Wakeup()
        let executor = ThreadExecutor(name: "journal")
        try await withTaskCancellationHandler {
            try await withTaskExecutorPreference(executor) {
                try await read(from: cursor, mode: mode, into: acceptor, wakeup: wakeup)
            }
        } onCancel: {
            wakeup.signal()
        }
    }

    /// Starts readers one after the other until one has read all there is.
    private func read(
        from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor, wakeup: Wakeup
    ) async throws {
        var session = ReaderSession(
            name: name, settings: settings, rules: rules,
            position: JournalPosition(parsing: String(decoding: cursor?.bytes ?? [], as: UTF8.self)))
        var supervision = ReaderSupervision()
        var random = SystemRandomNumberGenerator()
        while true {
            try Task.checkCancellation()
            let ending: String
            do {
                guard let why = try await runReader(&session, mode: mode, &supervision, into: acceptor, wakeup: wakeup)
                else { return }
                ending = why
            } catch let error as ReaderProcess.SpawnError {
                ending = error.description
            } catch let error as WireError {
                ending = "its answer was not understood: \(error)"
            }
            let action = supervision.ended(using: &random)
            vitals.failed("the journal reader ended: \(ending)")
            logger.warning(
                "The journal reader ended and is started again",
                metadata: ["source": "\(name)", "reason": "\(ending)", "failures": "\(supervision.failureCount)"])
            if mode == .once, supervision.failureCount >= Self.attemptsOfOneRun {
                throw JournalSourceError.cannotRead(source: name, reason: ending)
            }
            switch action {
            case .restart(let delay): wakeup.wait(delay)
            case .examineFiles(let delay):
                wakeup.wait(delay)
                leaveOutDeadlyFiles(&session, wakeup: wakeup)
            }
        }
    }

    /// Runs one reader from the session's position.
    ///
    /// - Returns: `nil` when all was read, else why the reader ended.
    private func runReader(
        _ session: inout ReaderSession, mode: RunMode, _ supervision: inout ReaderSupervision,
        into acceptor: any BatchAcceptor, wakeup: Wakeup
    ) async throws -> String? {
        var process = try ReaderProcess(executable: executable)
        process.send(.request, session.request(mode == .once ? .once : .follow, started: started).encoded())
        session.frames.removeAll()
        var clock = StallClock(timeout: settings.stallTimeout)
        do {
            while true {
                while let step = try session.nextStep() {
                    switch step {
                    // A reader that only says hello, or why it cannot read, makes no progress.
                    case .nothing, .greeting: break
                    case .batch(let batch):
                        supervision.progressed()
                        quarantine?.keep(session.setAside)
                        _ = try await acceptor.accept(batch)
                    case .caughtUp(let batch):
                        supervision.progressed()
                        if let batch { _ = try await acceptor.accept(batch) }
                        vitals.caughtUp()
                        if mode == .once {
                            _ = process.finish()
                            return nil
                        }
                    case .state(let reason): report(reason)
                    }
                    // What we waited for the spool is not the reader's.
                    clock.heard()
                }
                try Task.checkCancellation()
                switch wait(for: &process, &clock, wakeup: wakeup, frames: session.frames) {
                case .more: break
                case .ended: return process.finish().description
                case .stalled: return "it made no progress for \(settings.stallTimeout); " + process.end().description
                }
            }
        } catch {
            _ = process.end()
            throw error
        }
    }

    private enum Waited {
        case more, ended, stalled
    }

    private func wait(
        for process: inout ReaderProcess, _ clock: inout StallClock, wakeup: Wakeup, frames: FrameAssembler
    ) -> Waited {
        var polled = [
            pollfd(fd: process.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: process.errors, events: Int16(POLLIN), revents: 0),
        ]
        vitals.waits()
        _ = unsafe poll(&polled, nfds_t(polled.count), clock.timeout())
        vitals.works()
        if polled[2].revents != 0 { process.collectErrors() }
        if polled[0].revents != 0 {
            let count = frames.fill(from: process.output)
            return count > 0 || (count < 0 && errno == EINTR) ? .more : .ended
        }
        switch clock.passed() {
        case .none: break
        case .ping: process.send(.ping)
        case .stall: return .stalled
        }
        return .more
    }

    private func report(_ reason: String) {
        if reason.isEmpty {
            vitals.succeeded()
            logger.notice("The journal can be read again", metadata: ["source": "\(name)"])
        } else {
            vitals.failed("the journal cannot be read: \(reason)")
            logger.warning(
                "The journal cannot be read for now", metadata: ["source": "\(name)", "reason": "\(reason)"])
        }
    }

    /// Lets a reader walk through each file alone, and leaves out those that it does not survive.
    private func leaveOutDeadlyFiles(_ session: inout ReaderSession, wakeup: Wakeup) {
        for path in JournalFolder.files(settings) where !session.leftOut.contains(path) && !wakeup.isSignaled {
            var alone = session.request(.examine, started: started)
            alone.settings.place = .files([path])
            alone.settings.namespace = nil
            guard var process = try? ReaderProcess(executable: executable) else { return }
            process.send(.request, alone.encoded())
            let end = SuspendingClock.now + settings.stallTimeout
            var isDeadly = true
            while SuspendingClock.now < end, !wakeup.isSignaled {
                var polled = pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)
                if unsafe poll(&polled, 1, 1000) > 0 {
                    // It says nothing, so this is its end.
                    isDeadly = false
                    break
                }
            }
            process.collectErrors()
            let ending = isDeadly ? process.end() : process.finish()
            if isDeadly || ending.status & 0x7F != 0, !wakeup.isSignaled {
                session.leaveOut(path, because: ending.description)
                logger.error(
                    "A journal file ends the reader and is left out",
                    metadata: ["source": "\(name)", "file": "\(path)", "reason": "\(ending)"])
            }
        }
    }
}

/// Why the journal source ended.
package enum JournalSourceError: Error, Equatable, CustomStringConvertible {
    /// The reader did not get to the end, however often it was started.
    case cannotRead(source: String, reason: String)
    /// The system gave no descriptor.
    case noDescriptor(code: Int32)

    package var description: String {
        switch self {
        case .cannotRead(let source, let reason):
            """
            Cannot read the journal to its end (sources.\(source)): the reader ended again and again, the last time \
            with \(reason). What was read is in the spool; run 'journalctl --verify' to find the damaged file.
            """
        case .noDescriptor(let code):
            "Cannot start reading the journal: \(systemMessage(code)). Raise the service's limit of open files."
        }
    }
}
