import EventModel

/// Reads events in canonical JSON (`EventJSONEncoder.swift` has the form), strictly: a key that an event
/// does not have, a value of another type, an unknown word and a number out of range are errors.
///
/// Every key may be left out, `id`, `time`, `observedTime` and `source` too. A key that is `null` is an error.
package struct EventJSONDecoder: Sendable {
    /// Most objects, arguments or tags of an event: as many as a line of `events.log` can number.
    package static let maximumItemCount = 65_536

    package init() {}

    /// Reads one event.
    ///
    /// - Parameter path: of `value`, to stand in front of its keys in errors: empty, or such as `[3]`.
    /// - Throws: ``EventJSONErrors`` with all that is wrong.
    package func decode(_ value: JSONValue, at path: String = "") throws(EventJSONErrors) -> EventDraft {
        var reader = DraftReader(path: path)
        reader.read(value)
        guard reader.errors.isEmpty else { throw EventJSONErrors(errors: reader.errors) }
        return reader.draft
    }
}

/// The keys of an event in canonical JSON.
private enum EventKey: String, CaseIterable {
    case id, time, observedTime, source, origin, host, kind, type, severity, classification, visibility
    case systemEvent, code, message, user, tenant, objects, arguments, parameters, tags
}

/// Fills a draft and gathers what is wrong.
private struct DraftReader {
    private(set) var draft = EventDraft()
    private(set) var errors: [EventJSONError] = []
    private let path: String

    init(path: String) {
        self.path = path
    }

    mutating func read(_ value: JSONValue) {
        for (key, value) in members(of: value, at: path, keys: EventKey.allCases.map(\.rawValue)) {
            let path = path.appending(key: key)
            switch EventKey(rawValue: key) {
            case .id: draft.id = form("32 hexadecimal digits", value, at: path) { EventID(parsing: $0.bytes.span) }
            case .time: draft.time = time(value, at: path)
            case .observedTime: draft.observedTime = time(value, at: path)
            case .source: draft.source = text(value, at: path)
            case .origin: draft.origin = text(value, at: path) ?? .empty
            case .host: draft.host = text(value, at: path) ?? .empty
            case .kind: draft.kind = text(value, at: path) ?? .empty
            case .type: draft.type = text(value, at: path) ?? .empty
            case .severity: draft.severity = word(value, Vocabularies.severity, at: path) ?? .unknown
            case .classification: draft.classification = word(value, Vocabularies.classification, at: path) ?? .unknown
            case .visibility: draft.visibility = word(value, Vocabularies.visibility, at: path) ?? .unknown
            case .systemEvent: draft.isSystemEvent = boolean(value, at: path)
            case .code: draft.code = code(value, at: path)
            case .message: draft.message = text(value, at: path)
            case .user: draft.user = text(value, at: path) ?? .empty
            case .tenant: draft.tenant = tenant(value, at: path)
            case .objects: draft.objects = items(value, at: path) { $0.object($1, at: $2) }
            case .arguments: draft.arguments = items(value, at: path) { $0.text($1, at: $2) ?? .empty }
            case .parameters: draft.parameters = parameters(value, at: path)
            case .tags: draft.tags = items(value, at: path) { $0.text($1, at: $2) ?? .empty }
            case nil: break  // Reported by `members`.
            }
        }
    }

    private mutating func report(_ error: EventJSONError) {
        if errors.count < EventJSONErrors.maximumCount { errors.append(error) }
    }

    private mutating func report(_ path: String, _ expected: String, _ value: JSONValue) {
        report(.unexpected(path: path.isEmpty ? "event" : path, expected: expected, found: value.summary))
    }

    /// The members of an object that have one of the `keys`; others are reported.
    private mutating func members(
        of value: JSONValue, at path: String, keys: [String]
    ) -> [(key: String, value: JSONValue)] {
        guard case .object(let members) = value else {
            report(path, "object", value)
            return []
        }
        var known: [(key: String, value: JSONValue)] = []
        for member in members {
            let key = member.name.string
            if keys.contains(key) {
                known.append((key, member.value))
            } else {
                report(.unknownKey(path: path.appending(member.name), nearest: NearestWord.find(key, among: keys)))
            }
        }
        return known
    }

    private mutating func text(_ value: JSONValue, at path: String) -> Text? {
        if case .text(let text) = value { return text }
        report(path, "text", value)
        return nil
    }

    /// A text of a certain form.
    private mutating func form<Result>(
        _ expected: String, _ value: JSONValue, at path: String, _ parse: (Text) -> Result?
    ) -> Result? {
        if case .text(let text) = value, let result = parse(text) { return result }
        report(path, expected, value)
        return nil
    }

    private mutating func time(_ value: JSONValue, at path: String) -> Timestamp? {
        form("RFC 3339 date and time with an offset", value, at: path) { Timestamp(parsing: $0.bytes.span) }
    }

    private mutating func word<Value>(_ value: JSONValue, _ words: Vocabulary<Value>, at path: String) -> Value? {
        guard let text = text(value, at: path) else { return nil }
        if let match = words[text] { return match }
        report(.unknownWord(path: path, word: text, allowed: words.words))
        return nil
    }

    private mutating func boolean(_ value: JSONValue, at path: String) -> Bool {
        if case .boolean(let isTrue) = value { return isTrue }
        report(path, "true or false", value)
        return false
    }

    private mutating func code(_ value: JSONValue, at path: String) -> UInt32? {
        if case .integer(let number) = value, !number.isNegative, let code = UInt32(exactly: number.magnitude) {
            return code
        }
        report(path, "whole number from 0 to 4294967295", value)
        return nil
    }

    private mutating func tenant(_ value: JSONValue, at path: String) -> Tenant {
        var texts: [String: Text] = [:]
        for (key, value) in members(of: value, at: path, keys: ["id", "name"]) {
            texts[key] = text(value, at: path.appending(key: key))
        }
        return Tenant(id: texts["id"] ?? .empty, name: texts["name"] ?? .empty)
    }

    private mutating func object(_ value: JSONValue, at path: String) -> AssociatedObject {
        var texts: [String: Text] = [:]
        for (key, value) in members(of: value, at: path, keys: ["type", "id", "name"]) {
            texts[key] = text(value, at: path.appending(key: key))
        }
        return AssociatedObject(
            type: texts["type"] ?? .empty, id: texts["id"] ?? .empty, name: texts["name"] ?? .empty)
    }

    private mutating func items<Item>(
        _ value: JSONValue, at path: String, _ item: (inout DraftReader, JSONValue, String) -> Item
    ) -> [Item] {
        guard case .array(let values) = value else {
            report(path, "array", value)
            return []
        }
        guard values.count <= EventJSONDecoder.maximumItemCount else {
            report(.tooMany(path: path, limit: EventJSONDecoder.maximumItemCount))
            return []
        }
        return values.enumerated().map { item(&self, $0.element, "\(path)[\($0.offset)]") }
    }

    private mutating func parameters(_ value: JSONValue, at path: String) -> [Parameter] {
        guard case .object(let members) = value else {
            report(path, "object", value)
            return []
        }
        return members.compactMap { member in
            parameter(member.value, at: path, name: member.name).map { Parameter(member.name, $0) }
        }
    }

    private mutating func parameter(_ value: JSONValue, at path: String, name: Text) -> ParameterValue? {
        switch value {
        case .text(let text): return .text(text)
        case .integer(let number): return .integer(number)
        case .boolean(let isTrue): return .boolean(isTrue)
        case .number(let number, _) where number.isFinite: return .number(number)
        case .object(let members) where members.count == 1 && members[0].name == "time":
            return time(members[0].value, at: path.appending(name).appending(key: "time")).map { .time($0) }
        case .null, .number, .array, .object:
            report(path.appending(name), "text, finite number, true, false or {\"time\": …}", value)
            return nil
        }
    }
}

extension String {
    /// The path of a member whose key is one of ours.
    fileprivate func appending(key: String) -> String {
        isEmpty ? key : "\(self).\(key)"
    }

    /// The path of a member whose name came from outside: in quotes unless it is a plain word.
    fileprivate func appending(_ name: Text) -> String {
        let isPlain = (1...64).contains(name.bytes.count) && name.bytes.allSatisfy(isKeyByte)
        return appending(key: isPlain ? name.string : Quoted(name).description)
    }
}

extension JSONValue {
    /// What it is, for messages, with the text or number itself.
    fileprivate var summary: String {
        switch self {
        case .text(let text): Quoted(text).description
        case .integer(let number): "\(number.isNegative ? "-" : "")\(number.magnitude)"
        case .number(_, let source): String(source.string.prefix(64))
        case .boolean(let isTrue): "\(isTrue)"
        case .null, .array, .object: typeName
        }
    }
}
