internal import EventModel
internal import EventText

/// Makes events of a region's records (`design.md`, section 3, "MAAS"). Pure; remembers what types mean.
struct MAASMapping: Sendable {
    /// Kinds of types whose description does not matter, as they came; a region has some hundred.
    private var kinds: [Text: MAASKind] = [:]
    private static let maximumKindCount = 1000
    private static let auditLevel: Text = "AUDIT"
    private static let origin: Text = "maas"
    private static let nodeType: Text = "node"
    private static let idName: Text = "id"
    private static let levelName: Text = "level"

    init() {}

    /// The event that a record is.
    ///
    /// - Parameter id: made of the source's name and the record's id.
    mutating func event(from record: MAASRecord, id: EventID, source: Text, observed: Timestamp) -> Event {
        let isAudit = record.level == Self.auditLevel
        let kind = kind(of: record, isAudit: isAudit)
        let native = Self.severity(record.level)
        let severity = Self.severity(native, kind, of: record, isAudit: isAudit)
        var cutter = TextCutter()
        let host = cutter.cut(record.hostname, "host")
        let type = cutter.cut(record.type, "type")
        let message = cutter.cut(record.description, "message", limit: TextCutter.maximumMessageByteCount)
        let user = cutter.cut(record.username, "user")
        let node = cutter.cut(record.node, "objects.0.id")
        return Event(
            id: id, time: record.created, observedTime: observed, source: source, origin: Self.origin, host: host,
            kind: kind.name, type: type, severity: severity,
            classification: isAudit ? .audit : kind.classification, visibility: kind.visibility, message: message,
            user: user, objects: node.isEmpty ? [] : [AssociatedObject(type: Self.nodeType, id: node, name: host)],
            parameters: Self.parameters(of: record, saysMore: isAudit || native != severity, &cutter))
    }

    private mutating func kind(of record: MAASRecord, isAudit: Bool) -> MAASKind {
        if isAudit { return MAASKind(type: record.type, isAudit: true, description: record.description) }
        if let kind = kinds[record.type] { return kind }
        let kind = MAASKind(type: record.type, isAudit: false, description: .empty)
        if kinds.count < Self.maximumKindCount { kinds[record.type] = kind }
        return kind
    }

    private static func severity(_ level: Text) -> Severity {
        switch level {
        case "DEBUG": .debug
        case "INFO", "AUDIT": .info
        case "WARNING": .warning
        case "ERROR": .major
        case "CRITICAL": .critical
        default: .unknown
        }
    }

    /// MAAS's level stands, but where the event's own words say that something went wrong (`kinds.md`, rule 4).
    private static func severity(
        _ native: Severity, _ kind: MAASKind, of record: MAASRecord, isAudit: Bool
    ) -> Severity {
        guard native != .unknown else { return kind.severity ?? .info }
        guard let severity = kind.severity, severity > native else { return native }
        let saysFailure = saysFailure(record.type) || (isAudit && saysFailure(record.description))
        return saysFailure ? severity : native
    }

    /// Whether "fail" or "error" is in the text, in either case; of a long one, in its first 4 KiB.
    private static func saysFailure(_ text: Text) -> Bool {
        let span = text.bytes.span
        let end = min(span.count, 4096)
        var index = 0
        while index + 4 <= end {
            switch span[index] | 0x20 {
            case UInt8(ascii: "f"):
                if span[index + 1] | 0x20 == UInt8(ascii: "a"), span[index + 2] | 0x20 == UInt8(ascii: "i"),
                    span[index + 3] | 0x20 == UInt8(ascii: "l")
                {
                    return true
                }
            case UInt8(ascii: "e"):
                if index + 5 <= end, span[index + 1] | 0x20 == UInt8(ascii: "r"),
                    span[index + 2] | 0x20 == UInt8(ascii: "r"), span[index + 3] | 0x20 == UInt8(ascii: "o"),
                    span[index + 4] | 0x20 == UInt8(ascii: "r")
                {
                    return true
                }
            default: break
            }
            index += 1
        }
        return false
    }

    /// The record's id, its level where the severity does not say it, what we do not know, and what was cut.
    private static func parameters(of record: MAASRecord, saysMore: Bool, _ cutter: inout TextCutter) -> [Parameter] {
        var parameters = [Parameter(idName, .integer(WholeNumber(magnitude: UInt64(record.id))))]
        if saysMore { parameters.append(Parameter(levelName, .text(cutter.cut(record.level, "level")))) }
        for member in record.others {
            let name = member.name.bytes.count <= 256 ? member.name : "name-too-long"
            guard name != levelName, name != idName, !parameters.contains(where: { $0.name == name }) else { continue }
            switch member.value {
            case .text(let text): parameters.append(Parameter(name, .text(cutter.cut(text, name.string))))
            case .integer(let number): parameters.append(Parameter(name, .integer(number)))
            case .number(let number, _) where number.isFinite: parameters.append(Parameter(name, .number(number)))
            case .number(_, let source): parameters.append(Parameter(name, .text(cutter.cut(source, name.string))))
            case .boolean(let isTrue): parameters.append(Parameter(name, .boolean(isTrue)))
            // A structure has no type of ours, and nothing of it has a name of its own.
            case .null, .array, .object: break
            }
        }
        return parameters + cutter.truncations
    }
}
