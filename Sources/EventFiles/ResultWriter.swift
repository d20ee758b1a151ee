internal import EventModel
package import EventText

/// How events that were found are written.
package enum ResultForm: Sendable {
    /// Each line as it stands in its file.
    case asFound
    /// As a line of `events.log`.
    case line
    /// As canonical JSON.
    case json
    /// In columns, for people: time, severity, host, origin, kind and message.
    case table
}

/// Writes events that were found, a line each.
package struct ResultWriter: Sendable {
    /// Widths of the columns before the message, in characters.
    private static let widths = (severity: 8, host: 16, origin: 16, kind: 32)

    private let form: ResultForm
    private let isColored: Bool
    private var lines = EventLineEncoder(dialect: .extended, offset: { _ in 0 })
    private var json = EventJSONEncoder()

    /// - Parameter isColored: whether a terminal shows it, severities in colors.
    package init(_ form: ResultForm, isColored: Bool) {
        self.form = form
        self.isColored = isColored
    }

    /// Appends an event.
    ///
    /// - Parameters:
    ///   - line: what was found, without its line feed.
    ///   - sieve: found it last; it is asked for the event only where the line alone does not do.
    package mutating func append(_ line: Span<UInt8>, foundBy sieve: inout LineSieve, to buffer: inout [UInt8]) {
        let color = isColored ? sieve.reader.severity.color : ""
        buffer.append(contentsOf: color.utf8)
        switch form {
        case .line where line.count > 0 && line[0] == UInt8(ascii: "{"):
            lines.beginBatch()
            lines.append(sieve.reader, to: &buffer)
            buffer.removeLast()
        case .asFound, .line: buffer.append(copying: line)
        case .json: json.append(sieve.reader, to: &buffer)
        case .table: Self.append(columnsOf: sieve.reader, to: &buffer)
        }
        if !color.isEmpty { buffer.append(contentsOf: "\u{1B}[0m".utf8) }
        buffer.append(0x0A)
    }

    private static func append(columnsOf reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        reader.time.append(to: &buffer, fraction: .milliseconds)
        buffer.append(contentsOf: "Z ".utf8)
        append(Array(reader.severity.word.utf8).span, width: widths.severity, to: &buffer)
        append(reader.span(reader.host), width: widths.host, to: &buffer)
        append(reader.span(reader.origin), width: widths.origin, to: &buffer)
        append(reader.span(reader.kind), width: widths.kind, to: &buffer)
        buffer.append(escaping: reader.span(reader.message ?? .empty))
    }

    /// Appends a column, a dash for an empty one, and spaces up to the next. One that is too long moves the others.
    private static func append(_ text: Span<UInt8>, width: Int, to buffer: inout [UInt8]) {
        let start = buffer.count
        if text.count == 0 { buffer.append(UInt8(ascii: "-")) } else { buffer.append(escaping: text) }
        let count = buffer[start...].count { $0 & 0xC0 != 0x80 }
        buffer.append(contentsOf: repeatElement(0x20, count: max(0, width - count) + 1))
    }
}

extension Severity {
    /// What begins the color of a terminal; empty for none.
    fileprivate var color: String {
        switch self {
        case .unknown, .info: ""
        case .debug: "\u{1B}[2m"
        case .warning: "\u{1B}[33m"
        case .major: "\u{1B}[31m"
        case .critical: "\u{1B}[1;31m"
        }
    }
}
