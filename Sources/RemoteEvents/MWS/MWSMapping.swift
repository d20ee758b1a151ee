internal import EventModel
internal import EventText
internal import Normalization

/// Makes events of MWS's records (`design.md`, section 3): type, code, origin, message, arguments, objects and tenant
/// by name.
///
/// The kind is that of the type. The severity is the higher one of the record's and of the kind's default; the native
/// word stays as parameter `severity` where the two differ or Moab does not have it. `host` and `user` are the one
/// associated object of type `Node` and `User`, if there is exactly one. The native id is parameter `id`; a code that
/// is no positive number of 32 bits, and every member that the documentation does not have, are parameters too.
struct MWSMapping {
    /// Members that have a key of their own, and the one that counts a record's changes.
    private static let ownMembers: Set<Text> = [
        "id", "eventDate", "eventType", "severity", "code", "origin", "message", "arguments", "associatedObjects",
        "tenant", "version",
    ]

    /// Name of the source.
    let source: Text

    /// - Parameter observedTime: when the answer came.
    func event(_ record: MWSRecord, id: EventID, observedTime: Timestamp) -> Event {
        var cutter = TextCutter()
        let type = cutter.cut(record["eventType"]?.anyText ?? .empty, "type")
        let kind = MWSKind(type: type)
        let (severity, word) = Self.severity(record["severity"]?.anyText, kind)
        let objects = Self.objects(record, &cutter)
        let code = Self.code(record["code"])
        let origin = cutter.cut(record["origin"]?.anyText ?? .empty, "origin")
        let message = record["message"]?.anyText.map {
            cutter.cut($0, "message", limit: TextCutter.maximumMessageByteCount)
        }
        let tenant = Tenant(
            id: cutter.cut(record["tenant"]?["id"]?.anyText ?? .empty, "tenant.id"),
            name: cutter.cut(record["tenant"]?["name"]?.anyText ?? .empty, "tenant.name"))
        let arguments = (record["arguments"]?.items ?? []).enumerated().map { index, item in
            cutter.cut(item.anyText ?? .empty, "arguments.\(index)")
        }
        var parameters = ParameterList()
        parameters.append("id", .text(record.id), suffix: "mws", cutter: &cutter)
        if let word { parameters.append("severity", .text(word), suffix: "mws", cutter: &cutter) }
        if code == nil, let value = record["code"]?.parameterValue {
            parameters.append("code", value, suffix: "mws", cutter: &cutter)
        }
        for member in record.members where !Self.ownMembers.contains(member.name) {
            guard let value = member.value.parameterValue else { continue }
            parameters.append(member.name, value, suffix: "mws", cutter: &cutter)
        }
        return Event(
            id: id, time: record.date, observedTime: observedTime, source: source, origin: origin,
            host: Self.only("node", of: objects), kind: kind.kind, type: type, severity: severity,
            classification: kind.classification, visibility: kind.visibility, code: code, message: message,
            user: Self.only("user", of: objects), tenant: tenant, objects: objects, arguments: arguments,
            parameters: parameters.finished(cutter))
    }

    /// The event's severity, and the native word where it says more.
    private static func severity(_ word: Text?, _ kind: MWSKind) -> (Severity, Text?) {
        guard let word, !word.isEmpty else { return (kind.severity ?? .info, nil) }
        guard let native = Severity(moab: word.bytes.span) else { return (kind.severity ?? .info, word) }
        let severity = max(native, kind.severity ?? native)
        let isSaid = severity.moabWord.map { word.bytes.span.isEqual(to: $0) } ?? false
        return (severity, isSaid ? nil : word)
    }

    /// Moab's code, when it is a positive number of 32 bits.
    private static func code(_ value: JSONValue?) -> UInt32? {
        guard case .integer(let number) = value, !number.isNegative, number.magnitude > 0 else { return nil }
        return UInt32(exactly: number.magnitude)
    }

    private static func objects(_ record: MWSRecord, _ cutter: inout TextCutter) -> [AssociatedObject] {
        var objects: [AssociatedObject] = []
        for (index, item) in (record["associatedObjects"]?.items ?? []).enumerated() {
            let type = item["type"]?.anyText ?? .empty
            let id = item["id"]?.anyText ?? .empty
            guard !type.isEmpty || !id.isEmpty else { continue }
            objects.append(
                AssociatedObject(
                    type: cutter.cut(type, "objects.\(index).type"), id: cutter.cut(id, "objects.\(index).id")))
        }
        return objects
    }

    /// The id of the one object of this type, in any case; empty when there are none or several.
    private static func only(_ type: String, of objects: [AssociatedObject]) -> Text {
        let matches = objects.filter { $0.type.bytes.count == type.utf8.count && $0.type.string.lowercased() == type }
        return matches.count == 1 ? matches[0].id : .empty
    }
}
