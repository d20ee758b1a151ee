package import Settings

/// What a file sink's lines are.
package enum FileFormat: String, CaseIterable, Sendable {
    /// Moab's `events.log`.
    case eventsLog = "events-log"
    /// Canonical JSON, an event a line.
    case json
}

/// Which fields an `events.log` line has.
package enum FileDialect: String, CaseIterable, Sendable {
    /// Moab's fields, then ours.
    case extended
    /// Moab's fields alone, byte for byte as MWS writes them.
    case moab
}

/// The zone of an `events.log` line's stamp.
package enum FileTimeZone: String, CaseIterable, Sendable {
    case utc, local
}

/// A sink of type `file`: where events go, in what form, and when the file is rotated.
package struct FileSinkSettings: Equatable, Sendable {
    /// Key `path`: the file, an absolute path. Required.
    package var path: String
    /// Key `format`: `events-log` or `json`. Default: `events-log`.
    package var format = FileFormat.eventsLog
    /// Key `dialect`: `extended` or `moab`, for the format `events-log`. Default: `extended`.
    package var dialect = FileDialect.extended
    /// Key `time-zone`: `utc` or `local`, for the format `events-log`. Default: `utc`.
    package var timeZone = FileTimeZone.utc
    /// Key `mode`: permission bits of the file, octal, with reading and writing for the owner. Default: `"0640"`.
    package var mode: UInt32 = 0o640
    /// Key `owner`: name or number of the user who owns the file. Default: the service's user.
    package var owner: String?
    /// Key `group`: name or number of the group that owns the file. Default: the service's group.
    package var group: String?
    /// Key `rotate`.
    package var rotation = RotationSettings()

    /// The defaults with a path.
    package init(path: String) {
        self.path = path
    }
}

/// Key `rotate` of a file sink: when a file is closed and the next one begun, and how long the old ones stay.
/// `rotate: never` leaves rotation to others (SIGUSR1 reopens the file).
package struct RotationSettings: Equatable, Sendable {
    /// How closed files are compressed.
    package enum Compression: String, CaseIterable, Sendable {
        case gzip, none
    }

    /// Key `size`: largest file in bytes, 64KiB and more, or `never`. Default: 100MiB.
    package var size: Int? = 100 << 20
    /// Key `every`: longest time that a file is written, 1m and more, or `never`. Default: 1d.
    package var every: Duration? = .seconds(86_400)
    /// Key `keep`: number of closed files that stay, 0 and more, or `all`. Default: 14, or `all` where `keep-for` or
    /// `keep-size` is set.
    package var keep: Int? = 14
    /// Key `keep-for`: how long a closed file stays, 1m and more. Default: `nil`, no limit.
    package var keepFor: Duration?
    /// Key `keep-size`: how many bytes of closed files stay, 64KiB and more. Default: `nil`, no limit.
    package var keepSize: Int?
    /// Key `compress`: `gzip` or `none`. Default: `gzip`.
    package var compression = Compression.gzip

    /// The defaults.
    package init() {}

    /// No rotation at all.
    package static let never: RotationSettings = {
        var settings = RotationSettings()
        settings.size = nil
        settings.every = nil
        settings.keep = nil
        return settings
    }()

    /// Whether a file is ever rotated by us.
    package var isActive: Bool { size != nil || every != nil }
}

extension FileSinkSettings {
    /// Reads the keys of a sink and reports what is wrong; the keys of every sink are the caller's.
    package init(reading mapping: SettingsMapping) {
        mapping.require("path", "name the file to write, such as /var/log/tributary/events.log")
        self.init(path: mapping.filePath("path") ?? "")
        if path.hasSuffix("/") { mapping.mistake("path", "is a folder; name a file in it") }
        format = mapping.word("format", default: format)
        dialect = mapping.word("dialect", default: dialect)
        timeZone = mapping.word("time-zone", default: timeZone)
        if format == .json {
            for key in ["dialect", "time-zone"] where mapping.isSet(key) {
                mapping.note(key, "has no meaning for the format json")
            }
        }
        mode = mapping.fileMode("mode", default: mode)
        if mode & 0o600 != 0o600 {
            mapping.mistake("mode", "takes reading or writing from the owner, who needs both; write \"0600\" or more")
        }
        owner = mapping.text("owner")
        group = mapping.text("group")
        if mapping.isSet("rotate", to: "never") || mapping.isSet("rotate", to: "false") {
            rotation = .never
        } else if let rotate = mapping.optionalMapping("rotate") {
            rotation = RotationSettings(reading: rotate)
        }
        mapping.finish()
    }
}

extension RotationSettings {
    /// Reads the mapping below `rotate` and reports what is wrong.
    package init(reading mapping: SettingsMapping) {
        if mapping.isSet("size", to: "never") {
            size = nil
        } else {
            size = mapping.byteSize("size", in: 64 << 10...Int.max) ?? size
        }
        if mapping.isSet("every", to: "never") {
            every = nil
        } else {
            every = mapping.duration("every", in: .seconds(60)...Duration.longest) ?? every
        }
        keepFor = mapping.duration("keep-for", in: .seconds(60)...Duration.longest)
        keepSize = mapping.byteSize("keep-size", in: 64 << 10...Int.max)
        if mapping.isSet("keep", to: "all") || (!mapping.isSet("keep") && (keepFor != nil || keepSize != nil)) {
            keep = nil
        } else {
            keep = mapping.integer("keep", in: 0...Int.max) ?? keep
        }
        compression = mapping.word("compress", default: compression)
        if compression == .none, let size, let keepSize, keepSize < size {
            mapping.note("keep-size", "is less than one file of rotate.size: every closed file goes at once")
        }
        mapping.finish()
    }
}
