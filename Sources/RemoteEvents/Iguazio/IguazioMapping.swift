internal import EventModel
internal import EventText

/// Makes events of Iguazio's records (`design.md`, section 3): every documented attribute has its key, and severity,
/// kind, classification and visibility stand as they are.
///
/// A word that is none of Iguazio's reads `unknown` and stays as a parameter of the attribute's name. The text and
/// number parameters keep their names; a name that comes again gets its type as suffix. A text parameter `username`, or
/// else `user`, is also the event's user, and `ip` or `client_ip` also the parameter `address`. The native id is
/// parameter `id`, the exact time `timestamp_uint64`; attributes that the documentation does not have are parameters
/// too, an object or array as JSON text.
struct IguazioMapping {
    private static let ownAttributes: Set<Text> = [
        "source", "kind", "timestamp_uint64", "timestamp_uint64_str", "timestamp_iso8601", "parameters_uint64",
        "parameters_text", "description", "severity", "classification", "visibility", "tags", "affected_resources",
        "system_event",
    ]

    /// Name of the source.
    let source: Text
    let collection: IguazioCollection

    /// - Parameter observedTime: when the answer came; also the time of an event that has none.
    func event(_ record: IguazioRecord, id: EventID, observedTime: Timestamp) -> Event {
        var cutter = TextCutter()
        var parameters = ParameterList()
        let texts = Self.pairs(record["parameters_text"])
        for (name, value) in texts {
            parameters.append(name, value, suffix: "text", cutter: &cutter)
        }
        for (name, value) in Self.pairs(record["parameters_uint64"]) {
            parameters.append(name, value, suffix: "uint64", cutter: &cutter)
        }
        let severity = Self.word(record, "severity", Severity.init(word:), &parameters, &cutter)
        let classification = Self.word(record, "classification", Classification.init(word:), &parameters, &cutter)
        let visibility = Self.word(record, "visibility", Visibility.init(word:), &parameters, &cutter)
        let objects = Self.objects(record, &parameters, &cutter)
        let tags = (record["tags"]?.items ?? []).enumerated().compactMap { index, tag in
            tag.anyText.map { cutter.cut($0, "tags.\(index)") }
        }
        Self.appendRest(of: record, texts, to: &parameters, &cutter)
        let kind = cutter.cut(record["kind"]?.anyText ?? .empty, "kind")
        let type = cutter.cut(record.type, "type")
        let message = record["description"]?.anyText.map {
            cutter.cut($0, "message", limit: TextCutter.maximumMessageByteCount)
        }
        return Event(
            id: id, time: record.time ?? observedTime, observedTime: observedTime, source: source,
            origin: cutter.cut(record["source"]?.anyText ?? .empty, "origin"),
            kind: kind.isEmpty ? "Software.Iguazio.Event.Logged" : kind,
            type: type.isEmpty ? collection.recordType : type, severity: severity ?? .unknown,
            classification: classification ?? .unknown, visibility: visibility ?? .unknown,
            isSystemEvent: record["system_event"] == .boolean(true), message: message,
            user: cutter.cut(Self.text("username", of: texts) ?? Self.text("user", of: texts) ?? .empty, "user"),
            tenant: Tenant(id: cutter.cut(record.tenant, "tenant.id")), objects: objects,
            parameters: parameters.finished(cutter), tags: tags)
    }

    /// The entries of `[{name, value}]` that have a name and a value.
    private static func pairs(_ value: JSONValue?) -> [(Text, ParameterValue)] {
        (value?.items ?? []).compactMap { item in
            guard let name = item["name"]?.anyText, let value = item["value"]?.parameterValue else { return nil }
            return (name, value)
        }
    }

    private static func text(_ name: Text, of pairs: [(Text, ParameterValue)]) -> Text? {
        for case (name, .text(let text)) in pairs where !text.isEmpty { return text }
        return nil
    }

    /// What an attribute's word means; one that means nothing becomes a parameter.
    private static func word<Value>(
        _ record: IguazioRecord, _ attribute: Text, _ meaning: (String) -> Value?, _ parameters: inout ParameterList,
        _ cutter: inout TextCutter
    ) -> Value? {
        guard let value = record[attribute], value != .text(.empty) else { return nil }
        if case .text(let word) = value, let known = meaning(word.string) { return known }
        if let kept = value.parameterValue { parameters.append(attribute, kept, suffix: "native", cutter: &cutter) }
        return nil
    }

    private static func objects(
        _ record: IguazioRecord, _ parameters: inout ParameterList, _ cutter: inout TextCutter
    ) -> [AssociatedObject] {
        var objects: [AssociatedObject] = []
        for item in record["affected_resources"]?.items ?? [] {
            let index = objects.count
            let text = item["id_str"]?.anyText ?? .empty
            let number = item["id"]?.anyText ?? .empty
            let object = AssociatedObject(
                type: cutter.cut(item["type"]?.anyText ?? .empty, "objects.\(index).type"),
                id: cutter.cut(text.isEmpty ? number : text, "objects.\(index).id"),
                name: cutter.cut(item["name"]?.anyText ?? .empty, "objects.\(index).name"))
            guard !object.type.isEmpty || !object.id.isEmpty || !object.name.isEmpty else { continue }
            objects.append(object)
            // An object has room for one id, and these have two.
            if !text.isEmpty, !number.isEmpty, text != number, let value = item["id"]?.parameterValue {
                parameters.append(
                    Text("affected_resources.\(index).id"), value, suffix: "native", cutter: &cutter)
            }
        }
        return objects
    }

    private static func appendRest(
        of record: IguazioRecord, _ texts: [(Text, ParameterValue)], to parameters: inout ParameterList,
        _ cutter: inout TextCutter
    ) {
        if text("address", of: texts) == nil, let address = text("ip", of: texts) ?? text("client_ip", of: texts) {
            parameters.append("address", .text(address), suffix: "text", cutter: &cutter)
        }
        let id = WholeNumber(parsing: record.id.bytes.span)
        parameters.append(
            "id", id.flatMap { record.isNumber ? .integer($0) : nil } ?? .text(record.id), suffix: "native",
            cutter: &cutter)
        if let exact = record["timestamp_uint64"]?.parameterValue {
            parameters.append("timestamp_uint64", exact, suffix: "native", cutter: &cutter)
        } else if let digits = record["timestamp_uint64_str"]?.nonEmptyText {
            let number = WholeNumber(parsing: digits.bytes.span)
            parameters.append(
                "timestamp_uint64", number.map { .integer($0) } ?? .text(digits), suffix: "native", cutter: &cutter)
        } else if let stamp = record["timestamp_iso8601"]?.nonEmptyText, hasNanoseconds(stamp) || record.time == nil {
            parameters.append("timestamp_iso8601", .text(stamp), suffix: "native", cutter: &cutter)
        }
        for attribute in record.attributes where !ownAttributes.contains(attribute.name) {
            guard let value = attribute.value.parameterValue else { continue }
            parameters.append(attribute.name, value, suffix: "native", cutter: &cutter)
        }
    }

    /// Whether a stamp says more than microseconds.
    private static func hasNanoseconds(_ stamp: Text) -> Bool {
        guard let dot = stamp.bytes.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return stamp.bytes[(dot + 1)...].prefix { (0x30...0x39).contains($0) }.dropFirst(6).contains { $0 != 0x30 }
    }
}
