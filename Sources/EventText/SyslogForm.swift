package import EventModel

/// Everything that decides which bytes an event becomes as a syslog message.
package struct SyslogForm: Equatable, Sendable {
    /// Which standard the header follows.
    package enum Standard: String, CaseIterable, Sendable {
        case rfc5424, rfc3164
    }

    /// The stamp of an RFC 3164 header.
    package enum Stamp: String, CaseIterable, Sendable {
        /// `Mmm dd hh:mm:ss` in local time: the standard's, without year and zone.
        case bsd
        /// RFC 3339, UTC, six digits: not the standard's, but most receivers read it.
        case rfc3339
    }

    /// What stands behind the header.
    package enum Message: String, CaseIterable, Sendable {
        /// A line of `events.log`, extended dialect.
        case eventsLog = "events-log"
        /// Canonical JSON.
        case json
        /// ArcSight's Common Event Format.
        case cef
        /// QRadar's Log Event Extended Format, 2.0.
        case leef
        /// The event's message alone.
        case text
    }

    /// What an RFC 5424 message has between header and message.
    package enum StructuredData: String, CaseIterable, Sendable {
        case none
        /// Values without any character that receivers mis-parse: those are percent-encoded.
        case safe
        /// Values as they are, escaped by the standard's rules.
        case full
    }

    package var standard = Standard.rfc5424
    /// Of RFC 3164 only.
    package var stamp = Stamp.bsd
    package var message = Message.eventsLog
    /// Of RFC 5424 only.
    package var structuredData = StructuredData.none
    /// Private enterprise number that the structured data's ids end with.
    package var enterpriseID: UInt32 = 0
    /// Facility of every message; `nil` for the event's own (`SYSLOG_FACILITY` of a journal entry), else `user`.
    package var facility: Facility?
    /// APP-NAME or TAG of every message; `nil` for the event's origin.
    package var appName: String?
    /// HOSTNAME of every message; `nil` for the event's host.
    package var hostName: String?
    /// Largest message in bytes, without its frame.
    package var maximumByteCount = 8096
    /// Whether an RFC 5424 message begins with the byte order mark, as its section 6.4 asks for.
    package var hasByteOrderMark = false

    /// RFC 5424 with an `events.log` line.
    package init() {}
}

/// How messages follow each other in a stream. RFC 6587, section 3.4.
package enum SyslogFraming: String, CaseIterable, Sendable {
    /// A message's length in decimal, a space, its bytes.
    case octetCounting = "octet-counting"
    /// A line feed behind each message, which has none inside.
    case newline

    /// Appends `message` as one frame.
    package func append(_ message: Span<UInt8>, to buffer: inout [UInt8]) {
        switch self {
        case .octetCounting:
            buffer.append(decimal: UInt64(message.count))
            buffer.append(0x20)
            buffer.append(copying: message)
        case .newline:
            buffer.append(copying: message)
            buffer.append(0x0A)
        }
    }
}
