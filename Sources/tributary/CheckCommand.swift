import ArgumentParser
import Daemon
import Settings

/// `tributary check`: reads the settings as the daemon would.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the settings, and name every mistake in them with its line and column.",
        discussion: """
            With --connect it also logs in to the remote APIs and reads from them, and looks whether the journal can be \
            read, and whether the spool, the files and the socket can be used. Of each syslog receiver it says what \
            certificate it shows and which framing is set. It changes nothing. With --send each syslog \
            receiver gets one test event.

            Exit status: 0 all is well; 69 something cannot be reached; 78 the settings are wrong.
            """)

    @Option(help: "The settings file. Files in 'conf.d' beside it are read too.")
    var config = SettingsFile.defaultPath

    @Flag(help: "Also reach the sources and sinks.")
    var connect = false

    @Flag(help: "With --connect: send one test event to each syslog receiver.")
    var send = false

    func validate() throws {
        if send, !connect { throw ValidationError("--send needs --connect") }
    }

    func run() async throws {
        let loaded: DaemonSettings.Loaded
        do {
            loaded = try DaemonSettings.load(config)
        } catch {
            complain("\(error)")
            throw ExitStatus.configuration
        }
        for note in loaded.notes { complain("\(note)") }
        print("\(config): no mistakes.")
        guard connect else { return }
        var isWell = true
        for finding in await ConnectionCheck(loaded.settings, sendsTestEvent: send).run() {
            print(finding)
            isWell = isWell && finding.isWell
        }
        if !isWell { throw ExitStatus.unavailable }
    }
}
