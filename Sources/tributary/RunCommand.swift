import ArgumentParser
import Daemon
import Glibc
import Logging
import Pipeline
import Settings

/// `tributary run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the daemon in the foreground.",
        discussion: """
            SIGTERM and SIGINT stop it, SIGHUP reads the settings again, SIGUSR1 opens the files again after somebody \
            has renamed them.

            Files: /etc/tributary/tributary.yaml the settings; /var/lib/tributary/spool the spool; \
            /usr/share/tributary/rules the rules that come with Tributary.

            Exit status: 0 stopped, or with --once everything is delivered; 69 the local API's socket cannot be used; \
            70 a part failed; 73 the spool cannot be used; 75 with --once: a sink could not take everything; 78 the \
            settings are wrong.
            """)

    @Option(help: "The settings file. Files in 'conf.d' beside it are read too.")
    var config = SettingsFile.defaultPath

    @Flag(help: "Read all there is, deliver it, and exit. The local API does not listen.")
    var once = false

    func run() async throws {
        // Until they are obeyed: by default they would end the process.
        signal(SIGHUP, SIG_IGN)
        signal(SIGUSR1, SIG_IGN)
        let loaded: DaemonSettings.Loaded
        do {
            loaded = try DaemonSettings.load(config)
        } catch {
            complain("\(error)")
            throw ExitStatus.configuration
        }
        let settings = loaded.settings
        let threshold = ConsoleLog.Threshold(settings.log.loggerLevel)
        let form = ConsoleLog.form(for: settings.log.format)
        let logger = Logger(label: "tributary") { _ in ConsoleLog(form: form, threshold: threshold) }
        for note in loaded.notes { logger.warning("\(note)") }
        let config = config
        let daemon = Daemon(settings: settings, mode: once ? .once : .forever, threshold: threshold, logger: logger) {
            try DaemonSettings.load(config).settings
        }
        do {
            try await daemon.run()
        } catch let failure as Daemon.Failure {
            complain("\(failure)")
            throw failure.status
        } catch is CancellationError {
            return
        }
    }
}

extension Daemon.Failure {
    fileprivate var status: ExitCode {
        switch self {
        case .spool: ExitStatus.cannotCreate
        case .sinks: ExitStatus.temporaryFailure
        case .api: ExitStatus.unavailable
        case .part: ExitStatus.software
        }
    }
}
