import ArgumentParser
import Daemon
import EventFiles
import EventModel
import EventText
import Glibc
import LocalAPI
import Platform

/// `tributary replay`: delivers an interval again to one sink.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Deliver the events of an interval again, to one sink only.",
        discussion: """
            The events are read from FILEs that a file sink wrote ('events.log' lines of the extended dialect, or JSON \
            lines), compressed or not; a sink's file stands for its rotated files too. Without FILEs they are those of \
            the first other sink of the settings that has all events. The running daemon keeps the events in its spool \
            and delivers them to the sink like all others, through the sink's own 'where'. They keep their ids: whoever \
            gets them twice can tell. A second run delivers them once more. Only root and the daemon's own user may do \
            this.

            Exit status: 0 all were handed over; 65 there is no such sink, or a line is no event; 66 a file cannot be \
            read; 69 the daemon is not there; 75 try again later; 77 no permission; 78 the settings name no file.
            """)

    @Argument(help: "The sink's name.")
    var sink: String

    @Option(help: "Events of this time and later, as in 2026-11-21T09:30:00Z or 2026-11-21.")
    var since: String

    @Option(help: "Events before this time.")
    var until: String

    @OptionGroup var filter: FilterOptions

    @Argument(help: "The files.")
    var files: [String] = []

    @OptionGroup var daemon: DaemonOptions

    func validate() throws { _ = try sieve() }

    func run() async throws {
        let set = EventFileSet(try paths(), since: Timestamp(dateOrTime: since))
        let search = EventSearch(set, try sieve(), ResultWriter(.json, isColored: false))
        let (sink, client) = (sink, daemon.client)
        // The search blocks, and waits for the daemon.
        let (sending, report) = await withTaskExecutorPreference(ThreadExecutor(name: "replay")) {
            await ReplaySending.run(search, to: sink, with: client)
        }
        print(sending.report)
        for problem in set.problems { complain("\(problem)") }
        for problem in report.problems { complain("\(problem)") }
        if report.foreignCount > 0 { complain("\(report.foreignCount) lines are no events, or torn ones") }
        if let failure = sending.failure {
            complain("\(failure)")
            throw ExitCode(failure.exitCode)
        }
        if !set.problems.isEmpty || !report.problems.isEmpty { throw ExitStatus.noInput }
        if report.foreignCount > 0 { throw ExitStatus.dataError }
    }

    /// What the options ask for.
    private func sieve() throws -> LineSieve {
        guard let from = Timestamp(dateOrTime: since), let end = Timestamp(dateOrTime: until) else {
            throw ValidationError("--since and --until are times, such as 2026-01-31T12:00:00Z or 2026-01-31")
        }
        guard from < end else { throw ValidationError("--since is not before --until") }
        return LineSieve(try filter.filter(), since: from, until: end)
    }

    /// The files to read; the sink's own, which grows by what is delivered, is none of them.
    private func paths() throws -> [String] {
        let settings = try? DaemonSettings.places(daemon.config)
        let own = settings?.sinks.first { $0.name == sink }.flatMap(Self.file)
        if let own, files.contains(own.path) {
            throw ValidationError("'\(own.path)' is the sink's own file, which grows while it is read; take another")
        }
        guard files.isEmpty else { return files }
        for other in settings?.sinks ?? [] where other.isEnabled && other.name != sink && other.filter == .all {
            guard let file = Self.file(of: other), file.format == .json || file.dialect == .extended else { continue }
            return [file.path]
        }
        complain("\(daemon.config): no other file sink has all events and all of each; name the FILEs to read")
        throw ExitStatus.configuration
    }

    private static func file(of sink: SinkSettings) -> FileSinkSettings? {
        if case .file(let file) = sink.kind { file } else { nil }
    }
}
