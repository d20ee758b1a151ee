import ArgumentParser
import Daemon
import EventFiles
import EventModel
import EventText
import Glibc
import Platform
import Settings

/// `tributary query`: searches files of events.
struct QueryCommand: ParsableCommand {
    /// The file that is searched where neither a file nor settings are there.
    private static let defaultFile = "/var/log/tributary/events.log"
    /// Largest `--limit`.
    private static let maximumLimit = 1_000_000

    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Search events.log and its rotated files.",
        discussion: """
            A condition is KEY=VALUE, where VALUE is what the settings' 'where' takes: a text, a pattern with * and ?, \
            a comparison, or a list of which one must match. All conditions must hold.

                tributary query --since 2h --where 'severity>=warning' --where 'kind=Security.*'
                tributary query --where 'classification=[sec, audit]' --where 'user!=root' events.log
                tributary query --where 'parameter.source.ip=10.1.*' --format json - < events.log

            Keys: id, time, observedTime, source, origin, host, kind, type, severity, classification, visibility, \
            systemEvent, code, message, user, tenant.id, tenant.name, object.type, object.id, object.name, argument, \
            tag, parameter.NAME.

            A sink's file stands for its rotated files too, oldest first, compressed or not. Any other file is read as \
            it is: lines of events.log in both dialects, or JSON. With --since, rotated files that were closed more \
            than a day before are not opened.

            Exit status: 0 all files were searched, whatever was found; 64 wrong usage; 66 a file cannot be opened; 74 \
            a file cannot be read to its end, or the output not be written; 78 the settings are wrong.
            """)

    @Argument(
        help: ArgumentHelp(
            "The files to search; '-' is standard input. (default: the files of the settings' sinks)",
            valueName: "file"))
    var files: [String] = []

    @OptionGroup var filter: FilterOptions

    @Option(help: "Only events from this time on: RFC 3339, a date, or a duration back from now such as 2h.")
    var since: String?

    @Option(help: "Only events before this time.")
    var until: String?

    @Option(help: "line, json or table. (default: each line as it stands in its file)")
    var format: Format?

    @Option(help: "Only the last events, so many at most.")
    var limit: Int?

    @Option(help: "The settings file that says where the sinks' files are.")
    var config = SettingsFile.defaultPath

    /// What is printed for an event.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case line, json, table
    }

    func validate() throws {
        if let limit, !(1...Self.maximumLimit).contains(limit) {
            throw ValidationError("--limit \(limit): allowed are 1 to \(Self.maximumLimit)")
        }
        _ = try sieve()
    }

    func run() throws {
        let sieve = try sieve()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let set = EventFileSet(try paths(), since: sieve.since)
        let search = EventSearch(set, sieve, ResultWriter(form, isColored: isColored()))
        let output = QueryOutput(isTerminal: isTerminal, byteCount: set.byteCount) { search.readByteCount }
        let report: EventSearch.Report
        if let limit {
            report = search.runFromEnd(limit: limit, output.write)
        } else {
            report = search.run(output.write)
        }
        output.finish()
        try conclude(set.problems + report.problems, report.foreignCount, output.failure)
    }

    private var form: ResultForm {
        switch format {
        case nil: .asFound
        case .line: .line
        case .json: .json
        case .table: .table
        }
    }

    private func sieve() throws -> LineSieve {
        let (from, end) = (try time(since, "--since"), try time(until, "--until"))
        if let from, let end, from >= end { throw ValidationError("--since is not before --until") }
        return LineSieve(try filter.filter(), since: from, until: end)
    }

    private func time(_ text: String?, _ option: String) throws -> Timestamp? {
        guard let text else { return nil }
        if let time = Timestamp(dateOrTime: text) { return time }
        if let age = duration(text) {
            let microseconds = age.components.seconds * 1_000_000 + age.components.attoseconds / 1_000_000_000_000
            return Timestamp(microseconds: LocalTime.now() - microseconds)
        }
        throw ValidationError(
            "\(option) '\(text)': is no time; write 2026-01-31T12:00:00Z, 2026-01-31 (its midnight in UTC), or a "
                + "duration back from now such as 90s, 15m, 2h or 1d")
    }

    private func paths() throws -> [String] {
        guard files.isEmpty else { return files }
        let isThere = try? PosixFileSystem().exists(config)
        if config == SettingsFile.defaultPath, isThere != true { return [Self.defaultFile] }
        do {
            let paths = try DaemonSettings.places(config).sinks.compactMap(\.file)
            guard !paths.isEmpty else {
                complain("\(config): has no sink of type file that is enabled; name a file to search")
                throw ExitStatus.noInput
            }
            return paths
        } catch let mistakes as SettingsMistakes {
            complain("\(mistakes)\nThe settings say which files there are; or name a file to search.")
            throw ExitStatus.configuration
        }
    }

    private func conclude(_ problems: [any Error], _ foreignCount: Int, _ outputFailure: Int32?) throws {
        if let outputFailure { complain("cannot write the output: \(systemMessage(outputFailure))") }
        for problem in problems { complain("\(problem)") }
        if foreignCount > 0 {
            complain(
                foreignCount == 1
                    ? "1 line is no event, or a torn one; it was left out"
                    : "\(foreignCount) lines are no events, or torn ones; they were left out")
        }
        let isUnread = problems.contains { ($0 as? FileError)?.operation != "open" }
        if isUnread || outputFailure != nil { throw ExitStatus.inputOutput }
        if !problems.isEmpty { throw ExitStatus.noInput }
    }
}

extension SinkSettings {
    /// The path of a file sink that is enabled.
    fileprivate var file: String? {
        guard isEnabled, case .file(let settings) = kind else { return nil }
        return settings.path
    }
}
