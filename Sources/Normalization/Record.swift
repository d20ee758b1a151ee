package import EventModel

/// A record in memory of its own, for rules to look at: of a remote source, of an example, of a command.
package struct Record: Sendable {
    package private(set) var bytes: [UInt8] = []
    package private(set) var subject: Subject
    private let rules: RuleSet

    /// A record for the rules of one set; empty.
    package init(for rules: RuleSet) {
        self.rules = rules
        subject = Subject(for: rules)
    }

    /// Forgets everything and keeps its memory.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        subject.clear()
    }

    package mutating func set(severity: Severity) { subject.severity = severity }
    package mutating func set(identifier: Text) { subject.identifier = append(identifier) }
    package mutating func set(unit: Text) { subject.unit = append(unit) }
    package mutating func set(messageID: Text) { subject.messageID = append(messageID) }
    package mutating func set(type: Text) { subject.type = append(type) }
    package mutating func set(message: Text) { subject.message = append(message) }

    /// Sets a field, if any rule looks at fields of this name; the first value stands.
    package mutating func set(field name: Text, _ value: Text) {
        guard !value.isEmpty, let index = rules.fieldIndex(of: name.bytes.span) else { return }
        subject.set(field: index, append(value))
    }

    private mutating func append(_ text: Text) -> Range<Int> {
        let start = bytes.count
        bytes += text.bytes
        return start..<bytes.count
    }
}

extension Record {
    /// Sets all that rules look at from the fields of a journal entry.
    package mutating func set(journalFields fields: [(name: Text, value: Text)]) {
        func value(_ name: Text) -> Text? { fields.first { $0.name == name && !$0.value.isEmpty }?.value }
        let unit = value("_SYSTEMD_UNIT") ?? value("_SYSTEMD_USER_UNIT") ?? .empty
        set(unit: unit)
        set(identifier: value("SYSLOG_IDENTIFIER") ?? value("_COMM") ?? unit.withoutSuffix)
        set(messageID: value("MESSAGE_ID") ?? .empty)
        set(type: value("_TRANSPORT") ?? .empty)
        set(message: value("MESSAGE") ?? .empty)
        set(severity: value("PRIORITY").flatMap { Int($0.string) }.map { Severity(syslog: $0) } ?? .info)
        for (name, fieldValue) in fields { set(field: name, fieldValue) }
    }

    /// Sets all that rules look at from an event.
    package mutating func set(_ event: Event, of source: SourceType) {
        set(identifier: event.origin)
        set(type: event.type)
        set(message: event.message ?? .empty)
        set(severity: source.nativeSeverity(of: event))
        for parameter in event.parameters {
            set(field: parameter.name, parameter.value.text)
            if source == .journal, parameter.name == "MESSAGE_ID" { set(messageID: parameter.value.text) }
        }
        var names: [(Text, Text)] = [
            ("origin", event.origin), ("type", event.type), ("host", event.host), ("user", event.user),
            ("tenant.id", event.tenant.id), ("message", event.message ?? .empty),
        ]
        if source == .journal {
            names = [("SYSLOG_IDENTIFIER", event.origin), ("_TRANSPORT", event.type), ("_HOSTNAME", event.host)]
        }
        for (name, value) in names { set(field: name, value) }
        guard source == .journal, let unit = event.objects.first(where: { $0.type == "unit" }) else { return }
        set(unit: unit.id)
        set(field: "_SYSTEMD_UNIT", unit.id)
    }
}

extension SourceType {
    /// The severity that a record came with, where the event's may already be the higher one of its kind.
    func nativeSeverity(of event: Event) -> Severity {
        switch self {
        case .journal, .iguazio: event.severity
        // Panko has none.
        case .panko: .unknown
        case .maas: event.text("level").map { Severity(maas: $0) } ?? event.severity
        case .mws: event.text("severity").flatMap { Severity(moab: $0.bytes.span) } ?? event.severity
        }
    }
}

extension Event {
    /// A text parameter.
    fileprivate func text(_ name: Text) -> Text? {
        guard case .text(let text)? = parameters.first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}

extension Severity {
    /// MAAS's level.
    fileprivate init(maas level: Text) {
        switch level {
        case "DEBUG": self = .debug
        case "INFO", "AUDIT": self = .info
        case "WARNING": self = .warning
        case "ERROR": self = .major
        case "CRITICAL": self = .critical
        default: self = .unknown
        }
    }
}

extension Text {
    /// A unit's name without `.service` or what else it is.
    var withoutSuffix: Text {
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return self }
        return Text(Array(bytes[..<dot]))
    }
}

extension ParameterValue {
    /// The value as conditions of rules see it: in its canonical form.
    package var text: Text {
        switch self {
        case .text(let text): return text
        case .integer(let number):
            var bytes: [UInt8] = []
            number.append(to: &bytes)
            return Text(bytes)
        case .number(let number): return Text("\(number)")
        case .boolean(let isTrue): return isTrue ? "true" : "false"
        case .time(let time): return Text(time.canonicalText)
        }
    }
}
