import ArgumentParser
import Daemon
import Glibc
import LocalAPI
import Pipeline
import Platform
import Settings
import Spool

/// `tributary ledger`: proves that nothing was lost.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Prove that nothing was lost: for every source and sink, what came in is what went out.",
        discussion: """
            Sources count what they read and what became of each record; the spool numbers the events that it takes; \
            sinks count what became of each event. The counts are kept with the events and are exact after any crash. \
            The command compares them, and counts what waits by reading the spool itself. It asks the running daemon \
            for them, or, when none runs, reads the spool of the settings.

            Exit status: 0 the ledger holds; 70 it does not, and where; 69 neither daemon nor spool are there; 77 no \
            permission; 75 the daemon delivers faster than the spool can be read; 78 the settings cannot be read.
            """)

    @Option(help: "The settings file, for the spool when no daemon runs.")
    var config = SettingsFile.defaultPath

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else the settings' api.socket)")
    var socket: String?

    func validate() throws { try checkSocket(socket) }

    func run() async throws {
        let ledger = try await reading()
        try write(Array(ledger.text().utf8))
        if !ledger.differences.isEmpty { throw ExitStatus.software }
    }

    private func reading() async throws -> LedgerReading {
        var settings: DaemonSettings?
        if socket == nil, environment("TRIBUTARY_SOCKET") == nil {
            do {
                settings = try DaemonSettings.places(config)
            } catch {
                complain("\(error)")
                throw ExitStatus.configuration
            }
        }
        let client = EventsClient(socket: settings?.api.socket ?? socketPath(socket))
        do {
            // The daemon goes on while the spool is read; a sink that has moved needs another look.
            for _ in 0..<10 {
                if let ledger = try? LedgerReading(of: try await client.status()) { return ledger }
            }
            return try LedgerReading(of: try await client.status())
        } catch let error as EmitError {
            guard let settings, error.isAbsence else {
                complain("tributary ledger: \(error.ofQuestion)")
                throw ExitCode(error.exitCode)
            }
            return try offline(settings.spool.directory)
        } catch is SpoolInspection.Moved {
            complain("tributary ledger: the daemon delivers faster than the spool can be read. Try again.")
            throw ExitStatus.temporaryFailure
        }
    }

    private func offline(_ directory: String) throws -> LedgerReading {
        do {
            return try LedgerReading(ofSpoolIn: directory)
        } catch {
            complain("tributary ledger: no daemon runs, and its spool cannot be read: \(error) (spool.directory)")
            let code = (error as? FileError)?.code
            throw code == EACCES || code == EPERM ? ExitStatus.noPermission : ExitStatus.unavailable
        }
    }
}
