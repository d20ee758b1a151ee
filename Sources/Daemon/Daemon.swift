internal import CLinux
internal import EventFiles
internal import EventModel
internal import Glibc
package import LocalAPI
package import Logging
package import Pipeline
internal import Platform
internal import Settings
package import Spool
internal import Synchronization
internal import UnixSignals

/// The daemon: wires sources, spool, sinks and the local API, and follows signals.
///
/// SIGTERM and SIGINT stop it; SIGHUP reads the settings again and restarts what they change, or keeps everything as
/// it is when they are wrong; SIGUSR1 reopens the files. A stop drains nothing: it recovers as a crash does.
package struct Daemon: Sendable {
    /// Why a run ended before its time.
    package enum Failure: Error, CustomStringConvertible {
        case spool(SpoolError)
        case sinks([SinkFailure])
        case api(LocalSocketError)
        case part(name: String, reason: String)

        package var description: String {
            switch self {
            case .spool(let error): error.description
            case .sinks(let failures): failures.map(\.description).joined(separator: "\n")
            case .api(let error): "\(error)"
            case .part(let name, let reason): "\(name): \(reason)"
            }
        }
    }

    private let settings: DaemonSettings
    private let mode: RunMode
    private let reload: @Sendable () throws -> DaemonSettings
    private let threshold: ConsoleLog.Threshold
    private let logger: Logger

    /// - Parameters:
    ///   - reload: reads the settings again; throws ``Settings/SettingsMistakes``.
    ///   - threshold: the level of `logger`, which a reload may change.
    package init(
        settings: DaemonSettings, mode: RunMode, threshold: ConsoleLog.Threshold, logger: Logger,
        reload: @escaping @Sendable () throws -> DaemonSettings
    ) {
        self.settings = settings
        self.mode = mode
        self.reload = reload
        self.threshold = threshold
        self.logger = logger
    }

    /// Runs until it is told to stop, or, in the mode ``RunMode/once``, until everything is delivered.
    ///
    /// - Throws: ``Failure``.
    package func run() async throws {
        let sinks = settings.sinks.filter(\.isEnabled)
        let spool: Spool
        do {
            spool = try Spool(
                directory: settings.spool.directory, maximumByteCount: settings.spool.maximumByteCount,
                sinks: sinks.map { $0.plan(settings.spool) }, logger: logger)
        } catch {
            throw Failure.spool(error)
        }
        let passed: PassedSocket?
        do {
            passed = try PassedSocket.ofThisProcess()
        } catch {
            throw Failure.api(error)
        }
        let notices = Notices(host: hostName())
        for damage in spool.damages { notices.note(.damaged(damage, events: 0), sink: "") }
        let setAside = QuarantineNotices(notices)
        let quarantine = Quarantine(
            directory: settings.spool.directory, logger: logger, onKeep: { setAside.add($0) })
        let wiring = Wiring(
            spool: spool, notices: notices,
            components: Components(notices: notices, setAside: setAside, quarantine: quarantine, logger: logger),
            mode: mode, passed: passed, logger: logger)
        // Before anything is started, so that no signal meets its default action.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1)
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                try await spool.run()
                return .spool
            }
            group.addTask {
                try await notices.run(from: nil, mode: mode, into: spool)
                return .notices
            }
            group.addTask {
                try await setAside.run()
                return .notices
            }
            group.addTask {
                await follow(signals, wiring)
                return .signal
            }
            defer { group.cancelAll() }
            switch mode {
            case .forever: try await runForever(wiring, &group)
            case .once: try await runOnce(wiring, &group)
            }
        }
        logger.notice("Stopped.")
    }

    private enum Ending: Sendable {
        case spool, notices, signal, part
    }

    /// How long clients of the local API may take at the end while the spool still takes what they send.
    private static let farewell = Duration.milliseconds(700)

    private func runForever(_ wiring: Wiring, _ group: inout ThrowingTaskGroup<Ending, any Error>) async throws {
        group.addTask {
            try await wiring.runParts()
            return .part
        }
        try await wiring.apply(settings)
        _ = linux_trim_memory()
        group.addTask {
            _ = try await wiring.isListening.wait(for: 1)
            ServiceManager.tell(.ready, .status("Started"))
            try await Supervision(wiring: wiring, logger: logger).run()
            return .part
        }
        logger.notice(
            "Started.",
            metadata: [
                "sources": "\(settings.sources.filter(\.isEnabled).map(\.name))",
                "sinks": "\(settings.sinks.filter(\.isEnabled).map(\.name))",
            ])
        // The first thing to end ends all: a signal, or a part that cannot go on.
        do {
            if try await group.next() == .signal { await wiring.closeAPI(within: Self.farewell) }
        } catch let error as LocalSocketError {
            throw Failure.api(error)
        }
    }

    /// Reads all there is, then ends source side, spool and sinks one after the other.
    private func runOnce(_ wiring: Wiring, _ group: inout ThrowingTaskGroup<Ending, any Error>) async throws {
        group.addTask {
            try await wiring.runOnce(settings)
            return .part
        }
        while let ending = try await group.next() {
            switch ending {
            case .part: return
            case .signal: throw CancellationError()
            case .spool, .notices: continue
            }
        }
    }

    /// Obeys signals until one stops the daemon.
    private func follow(_ signals: UnixSignalsSequence, _ wiring: Wiring) async {
        // Reloads happen one after the other, and beside the signals: one that waits for a full spool keeps no SIGTERM
        // waiting. Those that come during one are one more.
        let (reloads, reloader) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in reloads { await reloadSettings(wiring) }
            }
            loop: for await signal in signals {
                switch signal {
                case .sighup: reloader.yield()
                case .sigusr1: await wiring.reopenFiles()
                default:
                    ServiceManager.tell(.stopping)
                    logger.notice("Stopping on signal \(signal).")
                    break loop
                }
            }
            group.cancelAll()
        }
    }

    private func reloadSettings(_ wiring: Wiring) async {
        ServiceManager.tell(.reloading)
        defer { ServiceManager.tell(.ready) }
        do {
            let settings = try reload()
            threshold.level = settings.log.loggerLevel
            try await wiring.apply(settings)
            // Reading rules takes several times the memory that they have in the end.
            _ = linux_trim_memory()
            logger.notice("Reloaded the settings.")
            wiring.notices.note(
                "Software.Log.Reloaded", severity: .info, classification: .sw,
                message: "Tributary reloaded its settings")
        } catch is CancellationError {
            return
        } catch {
            logger.error("The new settings are wrong, the old ones stay:\n\(error)")
            wiring.notices.note(
                "Software.Log.Reload.Failed", severity: .warning, classification: .sw,
                message: "Tributary's new settings are wrong; the old ones stay",
                parameters: [Parameter("reason", .text(Text("\(error)")))])
        }
    }
}

extension SinkSettings {
    func plan(_ spool: SpoolSettings) -> Spool.SinkPlan {
        Spool.SinkPlan(name: name, whenFull: whenFull ?? spool.whenFull)
    }
}

extension LogSettings {
    /// The level in the words of the logging library.
    package var loggerLevel: Logger.Level {
        switch level {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// This machine's name, as gethostname(2) has it.
func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
