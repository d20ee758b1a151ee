/// Why a text is no part of a filter.
package enum EventFilterError: Error, Equatable, CustomStringConvertible {
    /// No key of ``EventFilter/Key/knownNames``.
    case unknownKey(String)
    /// A condition without a value.
    case noValue
    /// No word of the key's enumeration.
    case unknownWord(String, known: [String])
    /// A comparison by order for a key that has none.
    case notOrdered(operator: String)
    /// Neither a date nor RFC 3339.
    case noTime(String)
    /// No number of 32 bits.
    case noCode(String)
    /// Not 32 hexadecimal digits.
    case noID(String)
    /// A parameter compared by order with something that is neither number nor time.
    case noNumberOrTime(String)
    /// A value over ``Glob/maximumByteCount``.
    case tooLong(byteCount: Int)
    /// A condition in words without an operator behind its key.
    case noOperator(String)
    /// No canonical text of a filter.
    case malformed(offset: Int)

    package var description: String {
        switch self {
        case .unknownKey(let key): "'\(key)' is no key of an event"
        case .noValue: "a condition needs a value, or a list with at least one"
        case .unknownWord(let word, let known): "'\(word)' is unknown, allowed are \(known.joined(separator: ", "))"
        case .notOrdered(let sign):
            "'\(sign)' needs a key that has an order: severity, time, observedTime, code or parameter.NAME; "
                + "others know only = and !=. For a text that begins with '\(sign)', write '= \(sign)…'"
        case .noTime(let text): "'\(text)' is no time; write a date such as 2026-01-31 or 2026-01-31T12:00:00Z"
        case .noCode(let text): "'\(text)' is no event code, allowed are 0 to 4294967295, or hexadecimal as 0x0dffffff"
        case .noID(let text): "'\(text)' is no event id, which has 32 hexadecimal digits"
        case .noNumberOrTime(let text):
            "'\(text)' is neither a number nor a time, and nothing else can be compared by order"
        case .tooLong(let byteCount):
            "the value has \(byteCount) bytes, allowed are at most \(Glob.maximumByteCount)"
        case .noOperator(let text):
            "'\(text)' has no operator; write KEY=VALUE, such as 'kind=Security.*', or KEY>=VALUE, such as "
                + "'severity>=warning'"
        case .malformed(let offset): "the filter's text is damaged at byte \(offset)"
        }
    }
}

extension EventFilter.Key {
    /// The names of all keys but the parameters', as in canonical JSON.
    private static let names: [(name: String, key: Self)] = [
        ("id", .id), ("time", .time), ("observedTime", .observedTime), ("source", .source), ("origin", .origin),
        ("host", .host), ("kind", .kind), ("type", .type), ("severity", .severity),
        ("classification", .classification), ("visibility", .visibility), ("systemEvent", .systemEvent),
        ("code", .code), ("message", .message), ("user", .user), ("tenant.id", .tenantID),
        ("tenant.name", .tenantName), ("object.type", .objectType), ("object.id", .objectID),
        ("object.name", .objectName), ("argument", .argument), ("tag", .tag),
    ]

    private static let parameterPrefix = "parameter."

    /// The names of all keys, `parameter.NAME` for the parameters'.
    package static let knownNames = names.map(\.name) + ["parameter.NAME"]

    package init?(name: String) {
        if let known = Self.names.first(where: { $0.name == name }) {
            self = known.key
        } else if name.hasPrefix(Self.parameterPrefix), name != Self.parameterPrefix {
            self = .parameter(String(name.dropFirst(Self.parameterPrefix.count)))
        } else {
            return nil
        }
    }

    /// The name in settings.
    package var name: String {
        if case .parameter(let name) = self { return Self.parameterPrefix + name }
        return Self.names.first { $0.key == self }?.name ?? ""
    }
}

extension EventFilter.Condition {
    /// A condition as settings have it.
    ///
    /// - Parameter values: of which one must match; at least one.
    package init(key name: String, values: [String]) throws(EventFilterError) {
        guard let key = EventFilter.Key(name: name) else { throw .unknownKey(name) }
        guard !values.isEmpty else { throw .noValue }
        var tests: [EventFilter.Test] = []
        for value in values { tests.append(try EventFilter.Test(key: key, text: value)) }
        self.init(key: key, tests: tests)
    }
}

extension EventFilter.Test {
    fileprivate init(key: EventFilter.Key, text: String) throws(EventFilterError) {
        guard text.utf8.count <= Glob.maximumByteCount else { throw .tooLong(byteCount: text.utf8.count) }
        let (comparison, operand) = Self.split(text)
        let word = Self.trimmed(operand)
        switch key {
        case .severity: self = .severity(comparison, try Self.word(word, Severity.self))
        case .time, .observedTime:
            guard let time = Timestamp(dateOrTime: word) else { throw .noTime(word) }
            self = .time(comparison, time)
        case .code: self = try Self.code(comparison, word)
        case .parameter: self = try Self.parameter(comparison, operand)
        case .id:
            let isNegated = try Self.isNegated(comparison)
            guard let id = EventID(parsing: Array(word.utf8).span) else { throw .noID(word) }
            self = .id(id, isNegated: isNegated)
        case .classification:
            self = .classification(
                try Self.word(word, Classification.self), isNegated: try Self.isNegated(comparison))
        case .visibility:
            self = .visibility(try Self.word(word, Visibility.self), isNegated: try Self.isNegated(comparison))
        case .systemEvent:
            let isNegated = try Self.isNegated(comparison)
            guard let flag = Bool(word) else { throw .unknownWord(word, known: ["true", "false"]) }
            self = .systemEvent(flag != isNegated)
        case .source, .origin, .host, .kind, .type, .message, .user, .tenantID, .tenantName, .objectType, .objectID,
            .objectName, .argument, .tag:
            self = .text(Self.pattern(operand), isNegated: try Self.isNegated(comparison))
        }
    }

    /// The operator in front, `=` where there is none, and what follows it and one space.
    private static func split(_ text: String) -> (EventFilter.Comparison, String) {
        // The longer operators first: `<` begins `<=`.
        for comparison in [EventFilter.Comparison.notEqual, .lessOrEqual, .greaterOrEqual, .equal, .less, .greater]
        where text.utf8.starts(with: comparison.rawValue.utf8) {
            let rest = text.utf8.dropFirst(comparison.rawValue.utf8.count)
            return (comparison, String(decoding: rest.first == 0x20 ? rest.dropFirst() : rest, as: UTF8.self))
        }
        return (.equal, text)
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.utf8.drop { $0 == 0x20 }
        var end = start[...]
        while end.last == 0x20 { end.removeLast() }
        return String(decoding: end, as: UTF8.self)
    }

    private static func isNegated(_ comparison: EventFilter.Comparison) throws(EventFilterError) -> Bool {
        switch comparison {
        case .equal: return false
        case .notEqual: return true
        case .less, .lessOrEqual, .greater, .greaterOrEqual: throw .notOrdered(operator: comparison.rawValue)
        }
    }

    private static func word<Word: FilterWord>(_ text: String, _ type: Word.Type) throws(EventFilterError) -> Word {
        guard let word = Word(word: text) else { throw .unknownWord(text, known: Word.allCases.map(\.word)) }
        return word
    }

    private static func pattern(_ text: String) -> EventFilter.Pattern {
        let glob = Glob(text)
        return glob.literal.map { .exact($0) } ?? .glob(glob)
    }

    private static func code(_ comparison: EventFilter.Comparison, _ text: String) throws(EventFilterError) -> Self {
        if text.isEmpty { return .codeAbsence(isNegated: try isNegated(comparison)) }
        let digits = text.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }
        let code = text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
        guard digits, let code else { throw .noCode(text) }
        return .code(comparison, code)
    }

    private static func parameter(
        _ comparison: EventFilter.Comparison, _ text: String
    ) throws(EventFilterError) -> Self {
        switch comparison {
        case .equal, .notEqual: return .parameter(pattern(text), isNegated: comparison == .notEqual)
        case .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        let word = trimmed(text)
        if let number = FilterNumber(parsing: Array(word.utf8).span) { return .parameterNumber(comparison, number) }
        guard let time = Timestamp(dateOrTime: word) else { throw .noNumberOrTime(word) }
        return .parameterTime(comparison, time)
    }

    /// The value as settings could have it; ``init(key:text:)`` reads it back.
    fileprivate var canonicalText: String {
        switch self {
        case .text(let pattern, let isNegated), .parameter(let pattern, let isNegated):
            Self.text(isNegated, pattern.canonicalText)
        case .id(let id, let isNegated): Self.text(isNegated, id.description)
        case .severity(let comparison, let severity): Self.text(comparison, severity.word)
        case .classification(let value, let isNegated): Self.text(isNegated, value.word)
        case .visibility(let value, let isNegated): Self.text(isNegated, value.word)
        case .systemEvent(let flag): flag ? "true" : "false"
        case .time(let comparison, let time), .parameterTime(let comparison, let time):
            Self.text(comparison, time.canonicalText)
        case .code(let comparison, let code): Self.text(comparison, "\(code)")
        case .codeAbsence(let isNegated): Self.text(isNegated, "")
        case .parameterNumber(let comparison, let number): Self.text(comparison, number.text)
        }
    }

    private static func text(_ isNegated: Bool, _ operand: String) -> String {
        text(isNegated ? .notEqual : .equal, operand)
    }

    private static func text(_ comparison: EventFilter.Comparison, _ operand: String) -> String {
        guard comparison == .equal else { return "\(comparison.rawValue) \(operand)" }
        switch operand.utf8.first {
        case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"): return "= \(operand)"
        default: return operand
        }
    }
}

extension EventFilter.Pattern {
    fileprivate var canonicalText: String {
        switch self {
        case .exact(let bytes): Glob.escaped(bytes)
        case .glob(let glob): glob.pattern
        }
    }
}

extension EventFilter {
    /// The filter in one line, as a JSON object of lists: `{"severity":[">= warning"],"kind":["Security.*"]}`.
    ///
    /// Two filters with the same text are equal, and ``init(canonicalText:)`` reads it back.
    package var canonicalText: String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (index, condition) in conditions.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            CanonicalJSON.append(condition.key.name, to: &bytes)
            bytes.append(contentsOf: ":[".utf8)
            for (index, test) in condition.tests.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                CanonicalJSON.append(test.canonicalText, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads ``canonicalText``, or any JSON object of texts and lists of texts.
    package init(canonicalText: String) throws(EventFilterError) {
        var conditions: [Condition] = []
        for (key, values) in try CanonicalJSON.object(in: canonicalText) {
            conditions.append(try Condition(key: key, values: values))
        }
        self.init(conditions: conditions)
    }
}

/// An enumeration that a filter names by its words.
private protocol FilterWord: CaseIterable {
    init?(word: String)
    var word: String { get }
}

extension Severity: FilterWord {}
extension Classification: FilterWord {}
extension Visibility: FilterWord {}
