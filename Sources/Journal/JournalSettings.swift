package import EventModel
package import Settings

/// A source of type `journald`: which entries of the systemd journal to read.
package struct JournalSettings: Equatable, Sendable {
    /// Where the journal's files are.
    package enum Place: Equatable, Sendable {
        /// This machine's journal.
        case local
        /// The files of a directory.
        case directory(String)
        /// These files.
        case files([String])
    }

    /// Which boots count.
    package enum Boots: String, CaseIterable, Sendable {
        case all, current
    }

    /// Where to begin when nothing was read before.
    package enum Start: Equatable, Sendable {
        /// With what comes from now on.
        case now
        /// With the first entry of the current boot.
        case boot
        /// With the oldest entry.
        case beginning
        /// With the first entry at or after a moment.
        case time(Timestamp)
    }

    /// A value that a journal field must have.
    package struct FieldMatch: Equatable, Sendable {
        package let name: String
        package let value: [UInt8]

        package init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// Keys `directory`, an absolute path, or `files`, a list of them; not both. Default: this machine's journal.
    package var place = Place.local
    /// Key `namespace`: a journal namespace of this machine. Default: the default one.
    package var namespace: String?
    /// Key `boots`: `all` or `current`. Default: `all`.
    package var boots = Boots.all
    /// Key `units`: names of systemd units, of which an entry must be about one. Default: any.
    package var units: [String] = []
    /// Key `identifiers`: values of `SYSLOG_IDENTIFIER`, of which an entry must have one. Default: any.
    package var identifiers: [String] = []
    /// Key `transports`: some of `audit`, `driver`, `journal`, `kernel`, `stdout`, `syslog`. Default: any.
    package var transports: [String] = []
    /// Key `facilities`: words of syslog.conf(5), `kern` to `local7`, or numbers 0 to 23. Default: any.
    package var facilities: [Facility] = []
    /// Key `minimum-priority`: `emerg`, `alert`, `crit`, `err`, `warning`, `notice`, `info`, `debug`, or 0 to 7; less
    /// urgent entries are left out. Default: `nil`, which takes all, those without a priority too.
    package var minimumPriority: Int?
    /// Key `match`: a list of `FIELD=value`. Several values of one field: any of them. Several fields: all of them.
    package var matches: [FieldMatch] = []
    /// Key `exclude-own`: leave out what Tributary itself says, so that it never feeds on its own messages (G9).
    /// Default: `true`.
    package var excludesOwn = true
    /// Key `start`: `now`, `boot`, `beginning` or a time. Counts only while the source has no cursor. Default: `now`.
    package var start = Start.now
    /// Key `maximum-field`: longest field that is read whole, 64KiB to 16MiB; a longer one is cut. Default: 1MiB.
    package var maximumField = 1 << 20
    /// Key `parameters`: globs of journal fields to keep as parameters; one with `!` in front leaves fields out; the
    /// last that matches decides. An empty list keeps none. Default: ``defaultParameters``.
    package var parameters = Self.defaultParameters
    /// Key `stall-timeout`: how long the reader may be silent before it is started again, 5s to 1h. Default: 1m.
    package var stallTimeout = Duration.seconds(60)

    /// Everything that programs say, without what repeats itself in every entry of a service or describes only the
    /// way that the entry took.
    package static let defaultParameters = [
        "*", "!_MACHINE_ID", "!_CAP_EFFECTIVE", "!_SYSTEMD_CGROUP", "!_SYSTEMD_SLICE", "!_SYSTEMD_INVOCATION_ID",
        "!_STREAM_ID", "!_LINE_BREAK", "!_RUNTIME_SCOPE", "!_SELINUX_CONTEXT", "!_NAMESPACE", "!SYSLOG_TIMESTAMP",
        "!SYSLOG_RAW", "!SYSLOG_PID", "!CODE_*", "!TID", "!_GID", "!_SYSTEMD_USER_SLICE", "!_SYSTEMD_OWNER_UID",
    ]

    /// All entries of this machine's journal from now on.
    package init() {}
}

extension JournalSettings {
    private static let transportWords = ["audit", "driver", "journal", "kernel", "stdout", "syslog"]
    private static let priorityWords = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]

    /// Reads the keys of a source and reports what is wrong; `type` and `enabled` are the caller's.
    package init(reading mapping: SettingsMapping) {
        readPlace(mapping)
        namespace = mapping.text("namespace")
        boots = mapping.word("boots", default: boots)
        units = mapping.texts("units")
        identifiers = mapping.texts("identifiers")
        transports = mapping.values(
            "transports", allowed: Self.transportWords.joined(separator: ", "), known: Self.transportWords
        ) { Self.transportWords.contains($0) ? $0 : nil }
        facilities = mapping.values(
            "facilities", allowed: "words such as daemon, auth, local4, or numbers 0 to 23",
            known: Facility.allCases.map(\.word)
        ) { Facility(word: $0) ?? UInt8($0).flatMap(Facility.init(rawValue:)) }
        readPriority(mapping)
        matches = mapping.values(
            "match", allowed: "FIELD=value with a field in capitals, such as _SYSTEMD_UNIT=x.service"
        ) {
            FieldMatch(parsing: $0)
        }
        if Set(matches.map(\.name)).count > JournalFilter.maximumMatchedFieldCount {
            mapping.mistake("match", "names more than \(JournalFilter.maximumMatchedFieldCount) fields; remove some")
        }
        excludesOwn = mapping.boolean("exclude-own", default: excludesOwn)
        readStart(mapping)
        maximumField = mapping.byteSize("maximum-field", in: 64 << 10...16 << 20, default: maximumField)
        if mapping.isSet("parameters") {
            parameters = mapping.values("parameters", allowed: "globs of field names, with ! in front to leave out") {
                $0 == "!" ? nil : $0
            }
        }
        stallTimeout = mapping.duration(
            "stall-timeout", in: .seconds(5)...Duration.seconds(3600), default: stallTimeout)
        mapping.finish()
    }

    private mutating func readPlace(_ mapping: SettingsMapping) {
        let directory = mapping.filePath("directory")
        let files = mapping.values("files", allowed: "absolute paths") { $0.hasPrefix("/") ? $0 : nil }
        if mapping.isSet("directory"), mapping.isSet("files") {
            mapping.mistake("files", "cannot be set together with 'directory'; keep one of them")
        } else if let directory {
            place = .directory(directory)
        } else if !files.isEmpty {
            place = .files(files)
        } else if mapping.isSet("files") {
            mapping.mistake("files", "names no file; name one, or remove the key to read this machine's journal")
        }
        if mapping.isSet("namespace"), place != .local {
            mapping.mistake("namespace", "applies only to this machine's journal; remove it, or 'directory' or 'files'")
        }
    }

    private mutating func readPriority(_ mapping: SettingsMapping) {
        let numbers = (0...7).map(String.init)
        guard let word = mapping.word("minimum-priority", Self.priorityWords + numbers) else { return }
        minimumPriority = Self.priorityWords.firstIndex(of: word) ?? Int(word)
    }

    private mutating func readStart(_ mapping: SettingsMapping) {
        switch mapping.timeOrWord("start", ["now", "boot", "beginning"]) {
        case .time(let time): start = .time(time)
        case .word("boot"): start = .boot
        case .word("beginning"): start = .beginning
        case .word, .none: start = .now
        }
    }
}

extension JournalSettings.FieldMatch {
    /// Reads `FIELD=value`; `nil` when the field is none of systemd's: capitals, digits and underscores, at most 64,
    /// without a digit in front.
    package init?(parsing text: String) {
        guard let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let field = text.utf8[..<sign]
        guard let first = field.first, !(0x30...0x39).contains(first), field.count <= 64,
            field.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        name = String(decoding: field, as: UTF8.self)
        value = Array(text.utf8[text.utf8.index(after: sign)...])
    }
}
