/// How bad an event is, in Iguazio's words, least first.
package enum Severity: UInt8, CaseIterable, Comparable, Sendable {
    case unknown, debug, info, warning, major, critical

    package init?(word: String) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    /// The name in settings and canonical JSON.
    package var word: String { Self.words[Int(rawValue)] }

    /// Of all cases, in their order, as reflection is slow.
    private static let words = allCases.map { "\($0)" }

    /// From a syslog severity, 0 (emergency) to 7 (debug), RFC 5424, 6.2.1; any other number is unknown.
    package init(syslog value: Int) {
        switch value {
        case 0...2: self = .critical
        case 3: self = .major
        case 4: self = .warning
        case 5, 6: self = .info
        case 7: self = .debug
        default: self = .unknown
        }
    }

    /// Moab's word; `nil` for unknown, which Moab has no word for.
    package var moabWord: StaticString? {
        switch self {
        case .unknown: nil
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARN"
        case .major: "ERROR"
        case .critical: "FATAL"
        }
    }

    /// From Moab's word in any case; `nil` for a word Moab does not have.
    package init?(moab word: Span<UInt8>) {
        let upper =
            word.count <= 5 ? Text(Array(copying: word).map { $0 >= 0x61 && $0 <= 0x7A ? $0 &- 0x20 : $0 }) : .empty
        switch upper {
        case "TRACE", "DEBUG": self = .debug
        case "INFO": self = .info
        case "WARN": self = .warning
        case "ERROR": self = .major
        case "FATAL": self = .critical
        default: return nil
        }
    }

    package static func < (left: Severity, right: Severity) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What part of operations an event belongs to: Iguazio's values.
package enum Classification: UInt8, CaseIterable, Sendable {
    case unknown, hw, ua, bg, sw, sla, cap, sec, audit, system

    package init?(word: String) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    /// The name in settings and canonical JSON.
    package var word: String { Self.words[Int(rawValue)] }

    /// Of all cases, in their order, as reflection is slow.
    private static let words = allCases.map { "\($0)" }
}

/// Who should see an event: Iguazio's values.
package enum Visibility: UInt8, CaseIterable, Sendable {
    case unknown, `internal`, external, customerOnly

    package init?(word: String) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    /// The name in settings and canonical JSON.
    package var word: String { Self.words[Int(rawValue)] }

    /// Of all cases, in their order, as reflection is slow.
    private static let words = allCases.map { "\($0)" }
}

/// The part of a system that a syslog message comes from, RFC 5424, 6.2.1.
package enum Facility: UInt8, CaseIterable, Sendable {
    case kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, ntp, security, console
    case solarisCron = 15
    case local0, local1, local2, local3, local4, local5, local6, local7

    package init?(word: String) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    /// The name in settings, as syslog.conf(5) spells it.
    package var word: String { Self.words[Int(rawValue)] }

    private static let words = allCases.map { $0 == .solarisCron ? "solaris-cron" : "\($0)" }
}
