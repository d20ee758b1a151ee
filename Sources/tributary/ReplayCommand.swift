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
            lines); without FILEs from those of the first file sink of the settings that has all events. The running \
            daemon keeps them in its spool and delivers them to the sink like all others, through the sink's own \
            'where'. They keep their ids: whoever gets them twice can tell. A second run delivers them once more. Only \
            root and the daemon's own user may do this.

            Exit status: 0 all were handed over; 65 there is no such sink, or a line is no event; 66 a file cannot be \
            read; 69 the daemon is not there; 75 try again later; 77 no permission; 78 the settings name no file.
            """)

    @Argument(help: "The sink's name.")
    var sink: String

    @Option(help: "Events of this time and later, as in 2026-11-21T09:30:00Z or 2026-11-21.")
    var since: String

    @Option(help: "Events before this time.")
    var until: String

    @Option(
        name: .customLong("where"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only events with this value of this key; all must hold.", valueName: "key=value"))
    var conditions: [String] = []

    @Argument(help: "The files, the oldest first.")
    var files: [String] = []

    @OptionGroup var daemon: DaemonOptions

    func validate() throws { _ = try filter() }

    func run() async throws {
        let filter = try filter()
        let reader = EventLogReader(files: files.isEmpty ? try configuredFiles() : files)
        var sending = ReplaySending(sink: sink, client: daemon.client)
        do {
            let problems = try await reader.forEach { event in
                var writer = BatchWriter()
                writer.append(event)
                var batch = BatchReader(writer.bytes)
                guard try batch.next(), filter.matches(batch) else { return }
                try await sending.add(batch)
            }
            try await sending.flush()
            print(sending.report)
            for problem in problems { complain(problem) }
            if !problems.isEmpty { throw ExitStatus.dataError }
        } catch let error as SinkRequestError {
            print(sending.report)
            complain("\(error)")
            throw ExitCode(error.exitCode)
        } catch let failure as EventLogReader.Failure {
            print(sending.report)
            complain("\(failure)")
            throw ExitStatus.dataError
        } catch let error as FileError {
            print(sending.report)
            complain("\(error)")
            throw error.code == EACCES ? ExitStatus.noPermission : ExitStatus.noInput
        }
    }

    /// What the options ask for.
    private func filter() throws -> EventFilter {
        var all: [EventFilter.Condition] = []
        do throws(EventFilterError) {
            all.append(try EventFilter.Condition(key: "time", values: [">= \(since)"]))
            all.append(try EventFilter.Condition(key: "time", values: ["< \(until)"]))
            for condition in conditions {
                let parts = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw .noValue }
                all.append(try EventFilter.Condition(key: String(parts[0]), values: [String(parts[1])]))
            }
        } catch {
            throw ValidationError(error.description)
        }
        return EventFilter(conditions: all)
    }

    /// The files of the first file sink that has all events whole.
    private func configuredFiles() throws -> [String] {
        let settings: DaemonSettings
        do {
            settings = try DaemonSettings.load(daemon.config).settings
        } catch {
            complain("\(error)")
            throw ExitStatus.configuration
        }
        for sink in settings.sinks where sink.filter == .all {
            guard case .file(let file) = sink.kind, file.format == .json || file.dialect == .extended else { continue }
            let folder = parentDirectory(of: file.path)
            let base = lastComponent(of: file.path)
            let names = (try? PosixFileSystem().list(folder)) ?? []
            let rotated = names.compactMap { name in RotatedName(name, base: base).map { (name, $0.number) } }
            return rotated.sorted { $0.1 < $1.1 }.map { "\(folder)/\($0.0)" } + [file.path]
        }
        complain("\(daemon.config): no file sink has all events and all of each; name the FILEs to read")
        throw ExitStatus.configuration
    }
}

/// Sends events to the daemon, some at a time, and knows how far it came.
struct ReplaySending {
    private static let maximumByteCount = 1 << 20
    private static let maximumEventCount = 1000

    let sink: String
    let client: SinkClient

    private var body: [UInt8] = []
    private var count = 0
    private var sentCount = 0
    /// Time of the last event that was taken into `body`, and of the last one that was sent.
    private var lastTime: Timestamp?
    private var sentTime: Timestamp?
    private var json = EventJSONEncoder()

    init(sink: String, client: SinkClient) {
        self.sink = sink
        self.client = client
    }

    /// Takes the reader's current event.
    mutating func add(_ batch: BatchReader) async throws(SinkRequestError) {
        json.append(batch, to: &body)
        body.append(0x0A)
        count += 1
        lastTime = batch.time
        if body.count >= Self.maximumByteCount || count >= Self.maximumEventCount { try await flush() }
    }

    /// Sends what was taken.
    mutating func flush() async throws(SinkRequestError) {
        guard count > 0 else { return }
        try await client.replay(body, to: sink)
        sentCount += count
        sentTime = lastTime
        count = 0
        body.removeAll(keepingCapacity: true)
        if isatty(STDERR_FILENO) == 1 { complain("\(sentCount) events, up to \(sentTime?.canonicalText ?? "")") }
    }

    /// How many were sent, and how far that is.
    var report: String {
        guard let sentTime else { return "No event was handed over for sink '\(sink)'." }
        return "\(sentCount) events were handed over for sink '\(sink)', the last one of \(sentTime.canonicalText)."
    }
}
