import ArgumentParser
import Daemon
import EventModel
import Glibc
import Platform
import Settings
import Spool

/// `tributary quarantine`: lists, shows and removes records that were set aside.
struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "List, show and remove the records that could not be decoded or delivered.",
        discussion: """
            They lie in the folder 'quarantine' of the spool's directory, at most 64 MiB of them, the oldest go first. \
            Works while the daemon runs and while it does not.

            Exit status: 0 all is well; 65 there is no such record; 74 the quarantine cannot be read; 77 no permission; \
            78 the settings are wrong.
            """,
        subcommands: [List.self, Show.self, Remove.self], defaultSubcommand: List.self)

    /// Where the quarantine is.
    struct Place: ParsableArguments {
        @Option(help: "The settings file that names the spool's directory.")
        var config = SettingsFile.defaultPath

        /// Runs `body` with the quarantine; says why it cannot be read.
        func withReader(_ body: (QuarantineReader) throws -> Void) throws {
            let directory: String
            do {
                directory = try DaemonSettings.places(config).spool.directory
            } catch {
                complain("\(error)")
                throw ExitStatus.configuration
            }
            do {
                try body(QuarantineReader(directory: directory))
            } catch let error as FileError {
                let isForbidden = error.code == EACCES || error.code == EPERM
                complain("\(error)\(isForbidden ? ". Only root and the daemon's own user may read it." : "")")
                throw isForbidden ? ExitStatus.noPermission : ExitStatus.inputOutput
            }
        }
    }

    /// `tributary quarantine list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the records, the oldest first.")

        @Option(help: "Only those that this sink set aside.")
        var sink: String?

        @Option(help: "Only those that this source set aside.")
        var source: String?

        @Flag(help: "Print each record whole, as JSON, one a line.")
        var json = false

        @OptionGroup var place: Place

        func run() throws {
            try place.withReader { reader in
                var count = 0
                try reader.forEach { entry in
                    guard isMeant(entry) else { return true }
                    count += 1
                    if json {
                        try write(entry.line + [0x0A])
                    } else {
                        try printLine(Self.line(entry))
                    }
                    return true
                }
                guard !json else { return }
                let dropped = try reader.dropped()
                if count == 0 {
                    try printLine("The quarantine has no record\(sink ?? source == nil ? "" : " of that").")
                }
                if dropped > 0 { try printLine("\(dropped) older records are gone, as they are over 64 MiB together.") }
            }
        }

        private func isMeant(_ entry: QuarantineEntry) -> Bool {
            guard sink != nil || source != nil else { return true }
            return entry.part == "sink" && entry.name.string == sink
                || entry.part == "source" && entry.name.string == source
        }

        private static func line(_ entry: QuarantineEntry) -> String {
            let number = "\(entry.number)"
            let part = "\(entry.part.string) \(entry.name.string)"
            let fields = [
                String(repeating: " ", count: max(0, 6 - number.count)) + number,
                String(entry.time.string.prefix(19)) + "Z",
                part.padded(to: 20), entry.cause.string.padded(to: 11),
                entry.reason.string.printable.replacing("\n", with: " "),
            ]
            return fields.joined(separator: "  ")
        }
    }

    /// `tributary quarantine show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a record with all that is left of it.",
            discussion: "With --raw only its bytes are written, as they came, for 'tributary explain' and other tools.")

        @Argument(help: "The record's number.")
        var number: UInt64

        @Flag(help: "Write only the bytes, as they came.")
        var raw = false

        @OptionGroup var place: Place

        func run() throws {
            try place.withReader { reader in
                guard let entry = try reader.entry(number) else { throw unknown(number) }
                let content = entry.content ?? []
                guard !raw else { return try write(content) }
                try printLine("record   \(entry.number)")
                try printLine("time     \(entry.time.string)")
                try printLine("\(entry.part.string.padded(to: 8)) \(entry.name.string)")
                try printLine("cause    \(entry.cause.string)")
                try printLine("reason   \(entry.reason.string.printable)")
                if let byteCount = entry.byteCount {
                    try printLine("cut      the first \(content.count) of \(byteCount) bytes")
                }
                guard entry.content != nil else { return try printLine("\nNobody has its bytes.") }
                guard let text = String(validating: content, as: UTF8.self) else {
                    return try printLine("\n\(content.count) bytes that are no text; --raw writes them.")
                }
                try printLine("\n\(text.printable)")
            }
        }
    }

    /// `tributary quarantine remove`.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a record, or all that there are now.")

        @Argument(help: "The record's number.")
        var number: UInt64?

        @Flag(help: "Remove all records.")
        var all = false

        @OptionGroup var place: Place

        func validate() throws {
            guard (number == nil) == all else { throw ValidationError("give the NUMBER of a record, or --all") }
        }

        func run() throws {
            try place.withReader { reader in
                guard let number else { return try printLine("\(try reader.removeAll()) records are removed.") }
                guard try reader.remove(number) else { throw unknown(number) }
            }
        }
    }
}

/// Says that a record is not there.
private func unknown(_ number: UInt64) -> ExitCode {
    complain("the quarantine has no record \(number); 'tributary quarantine' lists those it has")
    return ExitStatus.dataError
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// The text without what a terminal would obey.
    fileprivate var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control && $0 != "\n" ? " " : $0 }))
    }
}
