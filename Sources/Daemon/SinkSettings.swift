package import EventFiles
package import EventModel
package import Pipeline
package import Settings
package import Syslog

/// One entry below `sinks`.
package struct SinkSettings: Equatable, Sendable {
    /// Key `type`, with the keys of that type.
    package enum Kind: Equatable, Sendable {
        /// `file`: a rotated file.
        case file(FileSinkSettings)
        /// `syslog`: a receiver over UDP, TCP or TLS.
        case syslog(SyslogSettings)
    }

    /// The key of the entry: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. The sink's position in the spool is kept under it.
    package let name: String
    /// Key `enabled`: whether the sink is written. Default: `true`.
    package let isEnabled: Bool
    /// Key `where`: the events it gets. Default: all.
    package let filter: EventFilter
    /// Key `when-full`: `wait` or `drop-oldest`. Default: `nil`, which means the spool's.
    package let whenFull: WhenFull?
    package let kind: Kind

    /// The word of the key `type`.
    package var typeName: String {
        switch kind {
        case .file: "file"
        case .syslog: "syslog"
        }
    }

    package init(
        name: String, isEnabled: Bool = true, filter: EventFilter = .all, whenFull: WhenFull? = nil, kind: Kind
    ) {
        self.name = name
        self.isEnabled = isEnabled
        self.filter = filter
        self.whenFull = whenFull
        self.kind = kind
    }

    /// Types that this version writes.
    private static let types = ["file", "syslog"]

    /// Reads a sink; `nil` after a mistake that leaves its type unknown.
    package init?(name: String, reading mapping: SettingsMapping) {
        checkName(name, mapping)
        let isEnabled = mapping.boolean("enabled", default: true)
        let filter = mapping.optionalMapping("where").map { EventFilter(reading: $0) } ?? .all
        let whenFull = mapping.word("when-full", WhenFull.self)
        let kind: Kind
        switch mapping.type(among: Self.types, later: []) {
        case "file": kind = .file(FileSinkSettings(reading: mapping))
        case "syslog": kind = .syslog(SyslogSettings(reading: mapping))
        default: return nil
        }
        self.init(name: name, isEnabled: isEnabled, filter: filter, whenFull: whenFull, kind: kind)
    }
}
