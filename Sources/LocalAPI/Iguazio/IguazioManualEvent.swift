internal import EventModel
internal import EventText

/// The body of Iguazio's `POST /api/manual_events` as an event.
///
/// Every documented attribute has its key. A word that is none of Iguazio's stays as a parameter of the attribute's
/// name; the text and number parameters keep their names. The relationship `audit_tenant`, which makes it an audit
/// event there, gives the type `audit_event` and the tenant.
struct IguazioManualEvent {
    private static let ownAttributes: Set<Text> = [
        "source", "kind", "timestamp_uint64", "timestamp_uint64_str", "timestamp_iso8601", "parameters_uint64",
        "parameters_text", "description", "severity", "classification", "visibility", "tags", "affected_resources",
        "system_event",
    ]

    private(set) var draft = EventDraft()
    /// All that is wrong with it, in sentences.
    private(set) var problems: [String] = []
    private var parameters = ParameterList()
    private var cutter = TextCutter()

    init(_ value: JSONValue) {
        guard let data = value["data"], case .object = data, case .object(let attributes)? = data["attributes"] else {
            add("the body must have data.attributes, an object")
            return
        }
        let event = JSONValue.object(attributes.filter { $0.value != .null })
        draft.type = "event"
        draft.origin = text(event, "source") ?? .empty
        draft.kind = text(event, "kind") ?? .empty
        draft.message = text(event, "description")
        draft.isSystemEvent = event["system_event"] == .boolean(true)
        draft.tags = (event["tags"]?.items ?? []).compactMap(\.anyText)
        readPairs(event["parameters_text"], "text")
        readPairs(event["parameters_uint64"], "uint64")
        draft.severity = word(event, "severity", Severity.init(word:)) ?? .unknown
        draft.classification = word(event, "classification", Classification.init(word:)) ?? .unknown
        draft.visibility = word(event, "visibility", Visibility.init(word:)) ?? .unknown
        readObjects(event["affected_resources"])
        readTime(event)
        if let tenant = data["relationships"]?["audit_tenant"]?["data"]?["id"]?.anyText {
            draft.type = "audit_event"
            if tenant != IguazioSession.tenant { draft.tenant = Tenant(id: tenant) }
        }
        for attribute in event.objectMembers
        where !Self.ownAttributes.contains(attribute.name) && !attribute.name.isEmpty {
            guard let value = attribute.value.parameterValue else { continue }
            parameters.append(attribute.name, value, suffix: "native", cutter: &cutter)
        }
        draft.parameters = parameters.finished(cutter)
    }

    /// Refuses the event for one more reason.
    mutating func add(_ problem: String) {
        if problems.count < Answer.maximumProblemCount { problems.append(problem) }
    }

    private mutating func text(_ event: JSONValue, _ name: Text) -> Text? {
        guard let value = event[name] else { return nil }
        if let text = value.text { return text }
        add("\(name) must be a text")
        return nil
    }

    /// What an attribute's word means; one that means nothing becomes a parameter.
    private mutating func word<Value>(_ event: JSONValue, _ name: Text, _ meaning: (String) -> Value?) -> Value? {
        guard let word = text(event, name), !word.isEmpty else { return nil }
        if let known = meaning(word.string) { return known }
        parameters.append(name, .text(word), suffix: "native", cutter: &cutter)
        return nil
    }

    /// Reads `[{name, value}]`.
    private mutating func readPairs(_ value: JSONValue?, _ suffix: String) {
        for item in value?.items ?? [] {
            guard let name = item["name"]?.text, !name.isEmpty, let value = item["value"]?.parameterValue else {
                add("parameters_\(suffix) must be a list of {name, value}")
                return
            }
            parameters.append(name, value, suffix: suffix, cutter: &cutter)
        }
    }

    private mutating func readObjects(_ value: JSONValue?) {
        for item in (value?.items ?? []).prefix(EventJSONDecoder.maximumItemCount) {
            let text = item["id_str"]?.anyText ?? .empty
            let number = item["id"]?.anyText ?? .empty
            let object = AssociatedObject(
                type: item["type"]?.anyText ?? .empty, id: text.isEmpty ? number : text,
                name: item["name"]?.anyText ?? .empty)
            guard !object.type.isEmpty || !object.id.isEmpty || !object.name.isEmpty else { continue }
            draft.objects.append(object)
            // An object has room for one id, and these have two.
            if !text.isEmpty, !number.isEmpty, text != number, let value = item["id"]?.parameterValue {
                parameters.append(
                    Text("affected_resources.\(draft.objects.count - 1).id"), value, suffix: "native", cutter: &cutter)
            }
        }
    }

    /// The first of the three stamps that is there; 0 and an empty text mean now, as Iguazio's platform does.
    private mutating func readTime(_ event: JSONValue) {
        if let stamp = event["timestamp_iso8601"]?.nonEmptyText {
            draft.time = Timestamp(parsing: stamp.bytes.span)
            if draft.time == nil { add("timestamp_iso8601 is '\(stamp.excerpt)', which is no time with an offset") }
            return
        }
        var number: WholeNumber?
        if let digits = event["timestamp_uint64_str"]?.nonEmptyText {
            number = WholeNumber(parsing: digits.bytes.span)
        } else if case .integer(let whole)? = event["timestamp_uint64"] {
            number = whole
        }
        guard let number, number.magnitude > 0 else { return }
        draft.time = Timestamp(guessingUnitOf: number)
        parameters.append("timestamp_uint64", .integer(number), suffix: "native", cutter: &cutter)
    }
}

extension Answer {
    /// 201: the event is on stable storage.
    static func iguazioCreated(_ id: EventID) -> Answer {
        iguazio(201, #"{"data":{"type":"event","id":"\#(id)","attributes":{}},"meta":{"ctx":"\#(id)"}}"#)
    }

    /// A refusal as Iguazio writes it: `{"errors": [{"status": 400, "detail": "…"}]}`.
    static func iguazioRefused(
        _ status: Int, _ problems: [String], fields: [(name: String, value: String)] = []
    ) -> Answer {
        var body = Array(#"{"errors":["#.utf8)
        body.append(list: problems) { problem, body in
            body += #"{"status":\#(status),"detail":"#.utf8
            body.append(quoting: problem)
            body.append(UInt8(ascii: "}"))
        }
        body += "]}\n".utf8
        return Answer(status: status, fields: fields, contentType: "application/json", body: body)
    }

    /// An answer with JSON.
    static func iguazio(_ status: Int, _ json: String, fields: [(name: String, value: String)] = []) -> Answer {
        Answer(status: status, fields: fields, contentType: "application/json", body: Array("\(json)\n".utf8))
    }
}

extension Timestamp {
    /// A 64-bit stamp whose unit is not documented: nanoseconds, microseconds, milliseconds or seconds, by how large
    /// the number is. Each of them gives years from 1973 to 5138.
    fileprivate init?(guessingUnitOf number: WholeNumber) {
        guard !number.isNegative, number.magnitude > 0 else { return nil }
        switch number.magnitude {
        case 100_000_000_000_000_000...: self.init(microseconds: number.magnitude / 1000)
        case 100_000_000_000_000...: self.init(microseconds: number.magnitude)
        case 100_000_000_000...: self.init(microseconds: number.magnitude * 1000)
        default: self.init(microseconds: number.magnitude * 1_000_000)
        }
    }
}
