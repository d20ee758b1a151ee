import ArgumentParser
import Daemon
import EventModel
import Glibc
import Journal
import Normalization
import Platform
import Settings

/// `tributary explain`: shows what becomes of a record, and which rule decided it.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what becomes of a record, and which rule says so.",
        discussion: """
            Reads a journal export stream (journalctl -o export), journal entries as JSON (journalctl -o json), lines \
            of events.log, or an API's response, and prints for each record the rule by file and name, its pattern, \
            what each placeholder caught, the event, and its line of events.log.

                journalctl -u ssh -n 5 -o export | tributary explain

            A line of events.log has been through the rules before: its severity may be higher than the record's was.

            Exit status: 0 all is explained; 65 a record cannot be read; 66 there is no such file; 78 the settings or \
            a rule file are wrong.
            """)

    /// Largest input, in bytes.
    private static let maximumByteCount = 64 << 20

    @Argument(help: "The file to read; standard input without one, or with '-'.")
    var file: String?

    @Option(help: "The type of source that it is of: journal, maas, panko, mws or iguazio. (default: by its form)")
    var source: String?

    @OptionGroup var selection: RuleSelection

    func validate() throws {
        if let source, SourceType(rawValue: source) == nil {
            let types = SourceType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--source \(source): allowed are \(types)")
        }
    }

    func run() throws {
        let (rules, settings) = try selection.load()
        let input = try input()
        var journal = JournalSettings()
        var types: [String: SourceType] = [:]
        for source in settings?.sources ?? [] {
            types[source.name] = source.rulesType
            if case .journald(let found) = source.kind { journal = found }
        }
        let explainer = Explainer(
            RuleSet(rules), source: source.flatMap(SourceType.init(rawValue:)), types: types, journal: journal,
            observed: Timestamp(microseconds: LocalTime.now()))
        do {
            let reading = try explainer.explain(input)
            for (index, explanation) in reading.explanations.enumerated() {
                print(index > 0 ? "\n\(explanation.text)" : explanation.text)
            }
            for note in reading.notes { complain(note) }
            if !reading.notes.isEmpty { throw ExitStatus.dataError }
        } catch let failure as Explainer.Failure {
            complain("\(file ?? "standard input"): \(failure)")
            throw ExitStatus.dataError
        }
    }

    private func input() throws -> [UInt8] {
        if let file, file != "-" {
            do {
                let bytes = try PosixFileSystem().contents(of: file, limit: Self.maximumByteCount + 1)
                if let bytes { return try checked(bytes) }
                complain("\(file): there is no such file")
            } catch let error as FileError {
                complain("\(error)")
            }
            throw ExitStatus.noInput
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Self.maximumByteCount {
            let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return try checked(bytes)
    }

    private func checked(_ bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.count <= Self.maximumByteCount else {
            complain("\(file ?? "standard input"): has more than \(Self.maximumByteCount >> 20) MiB; take a part of it")
            throw ExitStatus.dataError
        }
        return bytes
    }
}
