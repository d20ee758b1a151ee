internal import EventModel
internal import EventText
internal import Glibc
package import Logging
internal import Platform
internal import Synchronization

/// The daemon's own messages, on standard error: a line each, whatever is in them.
package struct ConsoleLog: LogHandler {
    /// How a line looks.
    package enum Form: Sendable {
        /// Time, level, message; coloured when standard error is a terminal.
        case text(isColored: Bool)
        /// A priority in angle brackets as sd-daemon(3) has it, then the message: standard error is the journal.
        case journal
        /// An object.
        case json
    }

    /// The level of all loggers of the daemon, which a reload may change.
    package final class Threshold: Sendable {
        private let stored: Mutex<Logger.Level>

        package init(_ level: Logger.Level) {
            stored = Mutex(level)
        }

        package var level: Logger.Level {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }

    package var metadata: Logger.Metadata = [:]

    private let form: Form
    private let threshold: Threshold

    package init(form: Form, threshold: Threshold) {
        self.form = form
        self.threshold = threshold
    }

    /// The form for a setting and for what standard error is.
    package static func form(for setting: LogSettings.Format) -> Form {
        switch setting {
        case .json: .json
        case .text: .text(isColored: isatty(2) == 1)
        case .auto: unsafe getenv("JOURNAL_STREAM") != nil ? .journal : .text(isColored: isatty(2) == 1)
        }
    }

    package var logLevel: Logger.Level {
        get { threshold.level }
        set {}
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let line = line(event.level, event.message.description, all.map { ($0.key, "\($0.value)") })
        // One write: lines of several threads do not mix.
        unsafe line.withUnsafeBytes { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
    }

    private func line(_ level: Logger.Level, _ message: String, _ metadata: [(String, String)]) -> [UInt8] {
        var line: [UInt8] = []
        let time = Timestamp(microseconds: LocalTime.now())
        switch form {
        case .json:
            line.append(contentsOf: #"{"time":""#.utf8)
            line.append(contentsOf: time.canonicalText.utf8)
            line.append(contentsOf: #"","level":""#.utf8)
            line.append(contentsOf: level.rawValue.utf8)
            line.append(contentsOf: #"","message":"#.utf8)
            line.append(jsonText: message)
            for (key, value) in metadata {
                line.append(0x2C)
                line.append(jsonText: key)
                line.append(0x3A)
                line.append(jsonText: value)
            }
            line.append(0x7D)
        case .journal:
            line.append(contentsOf: "<\(level.priority)>".utf8)
            line.append(plain: message, metadata)
        case .text(let isColored):
            time.append(to: &line, fraction: .milliseconds)
            line.append(
                contentsOf: (isColored ? "Z \(level.color)\(level.rawValue)\u{1B}[0m " : "Z \(level.rawValue) ").utf8)
            line.append(plain: message, metadata)
        }
        line.append(0x0A)
        return line
    }
}

extension [UInt8] {
    /// Appends a message and what goes with it.
    fileprivate mutating func append(plain message: String, _ metadata: [(String, String)]) {
        append(printable: message + metadata.map { " \($0.0)=\($0.1)" }.joined())
    }

    fileprivate mutating func append(jsonText text: String) {
        append(0x22)
        let bytes = Array(text.utf8)
        append(escaping: bytes.span)
        append(0x22)
    }
}

extension Logger.Level {
    /// syslog(3)'s priority.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    fileprivate var color: String {
        switch self {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[0m"
        case .notice: "\u{1B}[32m"
        case .warning: "\u{1B}[33m"
        case .error, .critical: "\u{1B}[31m"
        }
    }
}
