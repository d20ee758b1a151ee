internal import EventModel
internal import EventText
internal import Normalization

/// The body of Moab's `POST /rest/events`, API version 3, as an event.
///
/// Type, code, origin, message, arguments, objects and tenant go by name. Kind, classification, visibility and the
/// least severity are those of the type, as for events that are read from Moab Web Services; `host` and `user` are the
/// one associated object of type `Node` and `User`, if there is exactly one. Members that the documentation does not
/// have become parameters.
struct MoabEvent {
    /// Moab's severities, least first.
    private static let severities = "TRACE, DEBUG, INFO, WARN, ERROR, FATAL"
    /// Members that have a key of their own, and the one that counts a record's changes.
    private static let ownMembers: Set<Text> = [
        "eventDate", "eventType", "severity", "code", "origin", "message", "arguments", "associatedObjects", "tenant",
        "version",
    ]

    private(set) var draft = EventDraft()
    /// All that is wrong with it, in sentences.
    private(set) var messages: [String] = []
    /// The severity as it was given; empty without one.
    private var severityWord = Text.empty

    init(_ value: JSONValue) {
        guard case .object(let members) = value else {
            add("the body must be one event, a JSON object, and is \(value.typeName)")
            return
        }
        readDate(value["eventDate"])
        draft.type = unquotedText(value, "eventType")
        draft.origin = unquotedText(value, "origin")
        draft.message = text(value, "message")
        readCode(value["code"])
        readSeverity(text(value, "severity") ?? .empty)
        readObjects(value["associatedObjects"])
        readArguments(value["arguments"])
        draft.tenant = Tenant(
            id: value["tenant"]?["id"]?.anyText ?? .empty, name: value["tenant"]?["name"]?.anyText ?? .empty)
        draft.host = only("node")
        draft.user = only("user")
        readRest(members)
    }

    /// Refuses the event for one more reason.
    mutating func add(_ message: String) {
        if messages.count < Answer.maximumProblemCount { messages.append(message) }
    }

    /// An id whose first 24 digits are Moab's form of one: 8 of them the second in Unix time, as MongoDB makes them.
    ///
    /// - Parameter random: where the other digits come from.
    static func id(_ random: EventID, at now: Timestamp) -> EventID {
        EventID(
            high: UInt64(UInt32(truncatingIfNeeded: now.seconds)) << 32 | random.high & 0xFFFF_FFFF, low: random.low)
    }

    private mutating func readDate(_ value: JSONValue?) {
        switch value {
        case nil, .null: add("eventDate is required, in the form 2013-06-10 17:13:31 UTC")
        case .text(let text):
            draft.time = Timestamp(parsing: text.bytes.span)
            if draft.time == nil {
                add("eventDate is '\(text.excerpt)', which is no date of the form 2013-06-10 17:13:31 UTC")
            }
        case .boolean, .integer, .number, .array, .object:
            add("eventDate must be a text of the form 2013-06-10 17:13:31 UTC")
        }
    }

    private mutating func readCode(_ value: JSONValue?) {
        guard let value, value != .null else { return }
        if case .integer(let number) = value, !number.isNegative, number.magnitude > 0,
            let code = UInt32(exactly: number.magnitude)
        {
            draft.code = code
        } else {
            add("code must be a positive number of 32 bits, 1 to 4294967295")
        }
    }

    private mutating func readSeverity(_ word: Text) {
        let kind = MWSKind(type: draft.type)
        draft.kind = kind.kind
        draft.classification = kind.classification
        draft.visibility = kind.visibility
        draft.severity = kind.severity ?? .info
        guard !word.isEmpty else { return }
        guard let native = Severity(moab: word.bytes.span) else {
            add("severity is '\(word.excerpt)', allowed are \(Self.severities)")
            return
        }
        severityWord = word
        draft.severity = max(native, kind.severity ?? native)
    }

    private mutating func readObjects(_ value: JSONValue?) {
        guard let value, value != .null else { return }
        guard case .array(let items) = value, items.count <= EventJSONDecoder.maximumItemCount else {
            add("associatedObjects must be a list of {type, id}, at most \(EventJSONDecoder.maximumItemCount)")
            return
        }
        for (index, item) in items.enumerated() {
            guard case .object = item, let type = item["type"]?.text, let id = item["id"]?.text else {
                add("associatedObjects[\(index)] must have a type and an id, both texts")
                continue
            }
            draft.objects.append(AssociatedObject(type: type, id: id))
        }
    }

    private mutating func readArguments(_ value: JSONValue?) {
        guard let value, value != .null else { return }
        guard case .array(let items) = value, items.count <= EventJSONDecoder.maximumItemCount else {
            add("arguments must be a list of texts, at most \(EventJSONDecoder.maximumItemCount)")
            return
        }
        for (index, item) in items.enumerated() {
            if let text = item.text { draft.arguments.append(text) } else { add("arguments[\(index)] must be a text") }
        }
    }

    private mutating func readRest(_ members: [JSONMember]) {
        var cutter = TextCutter()
        var parameters = ParameterList()
        if !severityWord.isEmpty, draft.severity.moabWord.map({ severityWord.bytes.span.isEqual(to: $0) }) != true {
            parameters.append("severity", .text(severityWord), suffix: "mws", cutter: &cutter)
        }
        for member in members where !Self.ownMembers.contains(member.name) && !member.name.isEmpty {
            guard let value = member.value.parameterValue else { continue }
            parameters.append(member.name, value, suffix: "mws", cutter: &cutter)
        }
        draft.parameters = parameters.finished(cutter)
    }

    /// A text; `nil` for null.
    private mutating func text(_ value: JSONValue, _ name: Text) -> Text? {
        guard let member = value[name], member != .null else { return nil }
        if let text = member.text { return text }
        add("\(name) must be a text")
        return nil
    }

    /// A text that Moab allows no quotes in.
    private mutating func unquotedText(_ value: JSONValue, _ name: Text) -> Text {
        guard let text = text(value, name) else { return .empty }
        if text.bytes.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }) {
            add("\(name) must not have single or double quotes")
        }
        return text
    }

    /// The id of the one object of this type, in any case; empty when there are none or several.
    private func only(_ type: String) -> Text {
        let matches = draft.objects.filter {
            $0.type.bytes.count == type.utf8.count && $0.type.string.lowercased() == type
        }
        return matches.count == 1 ? matches[0].id : .empty
    }
}

extension MoabEvent {
    /// 201 with the event as Moab Web Services shows it.
    ///
    /// - Parameter id: the event's, of which the answer has the first 24 digits.
    func created(_ id: EventID) -> Answer {
        let id = String(id.description.prefix(24))
        var body = Array(#"{"arguments":["#.utf8)
        body.append(list: draft.arguments) { $1.append(quoting: $0) }
        body += #"],"associatedObjects":["#.utf8
        body.append(list: draft.objects) { object, body in
            body += #"{"_id":"#.utf8
            body.append(quoting: object.id)
            body += #","id":"#.utf8
            body.append(quoting: object.id)
            body += #","type":"#.utf8
            body.append(quoting: object.type)
            body += #","version":0}"#.utf8
        }
        body += "],\"code\":".utf8
        body += (draft.code.map { "\($0)" } ?? "null").utf8
        body += #","eventDate":"\#(draft.time?.moabText ?? "")""#.utf8
        for (name, text) in [
            ("eventType", draft.type), ("id", Text(id)), ("message", draft.message), ("origin", draft.origin),
            ("severity", severityWord),
        ] {
            body += #","\#(name)":"#.utf8
            if let text, !text.isEmpty || name == "message" { body.append(quoting: text) } else { body += "null".utf8 }
        }
        body += ",\"version\":0}\n".utf8
        return Answer(
            status: 201, fields: [("location", "/mws/rest/events/\(id)")], contentType: "application/json", body: body)
    }
}

extension Answer {
    /// A refusal as Moab Web Services writes it: `{"messages": ["…"]}`.
    static func moabRefused(
        _ status: Int, _ messages: [String], fields: [(name: String, value: String)] = []
    ) -> Answer {
        var body = Array(#"{"messages":["#.utf8)
        body.append(list: messages) { $1.append(quoting: $0) }
        body += "]}\n".utf8
        return Answer(status: status, fields: fields, contentType: "application/json", body: body)
    }
}

extension Timestamp {
    /// The second as Moab's REST interface writes it: `2013-06-10 17:13:31 UTC`.
    fileprivate var moabText: String {
        let text = canonicalText
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }
}
