package import Settings

/// The daemon's own messages, on standard error.
package struct LogSettings: Equatable, Sendable {
    /// How important a message must be, least first.
    package enum Level: String, CaseIterable, Sendable {
        case debug, info, notice, warning, error
    }

    /// How a message is written.
    package enum Format: String, CaseIterable, Sendable {
        /// Text, with the priority prefixes of sd-daemon(3) where standard error is the journal.
        case auto
        case text
        case json
    }

    /// Key `level`: `debug`, `info`, `notice`, `warning` or `error`. Default: `info`.
    package var level = Level.info
    /// Key `format`: `auto`, `text` or `json`. Default: `auto`.
    package var format = Format.auto

    /// The defaults.
    package init() {}

    /// Reads the mapping below `log` and reports what is wrong.
    package init(reading mapping: SettingsMapping) {
        level = mapping.word("level", default: level)
        format = mapping.word("format", default: format)
        mapping.finish()
    }
}
