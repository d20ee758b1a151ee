/// Which events are wanted: the `where` of sinks, tap and query. All its conditions must hold; without one, every
/// event matches.
///
/// A condition is a key of the event and one value or several, of which one must match. A value is a text, a glob
/// (``Glob``), or a comparison: `= x`, `!= x`, `< x`, `<= x`, `> x`, `>= x`. Severity, the times, the code and
/// parameters have an order; the other keys know only `=` and `!=`. A key that is absent reads as an empty text.
/// Where a key has a list, one element that matches is enough, and `!=` wants that none is equal. A parameter that is
/// no text is compared by `=`, `!=` and globs as canonical JSON writes it, and by order as a number or a time.
package struct EventFilter: Equatable, Sendable {
    /// All of them must hold.
    package let conditions: [Condition]

    /// The filter that every event matches.
    package static let all = EventFilter(conditions: [])

    package init(conditions: [Condition]) {
        self.conditions = conditions
    }

    /// Whether the current event of `reader` is wanted.
    package func matches(_ reader: BatchReader) -> Bool {
        for condition in conditions where !condition.matches(reader) { return false }
        return true
    }

    /// One key, and what its value may be.
    package struct Condition: Equatable, Sendable {
        package let key: Key
        let tests: [Test]
    }

    /// What a condition looks at.
    package enum Key: Hashable, Sendable {
        case id, time, observedTime, source, origin, host, kind, type, severity, classification, visibility
        case systemEvent, code, message, user, tenantID, tenantName, objectType, objectID, objectName, argument, tag
        case parameter(String)
    }

    /// How a value compares with the one in the filter; the raw value is the operator.
    enum Comparison: String, CaseIterable, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        /// - Parameter order: below zero, zero or above as the event's value is less, equal or greater.
        func holds(_ order: Int) -> Bool {
            switch self {
            case .equal: order == 0
            case .notEqual: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        }
    }

    /// One value of a condition, in the form that is quick to compare.
    enum Test: Equatable, Sendable {
        case text(Pattern, isNegated: Bool)
        case id(EventID, isNegated: Bool)
        case severity(Comparison, Severity)
        case classification(Classification, isNegated: Bool)
        case visibility(Visibility, isNegated: Bool)
        case systemEvent(Bool)
        case time(Comparison, Timestamp)
        case code(Comparison, UInt32)
        /// A code that is absent, or one that is there.
        case codeAbsence(isNegated: Bool)
        case parameter(Pattern, isNegated: Bool)
        case parameterNumber(Comparison, FilterNumber)
        case parameterTime(Comparison, Timestamp)
    }

    /// What a text must be.
    enum Pattern: Equatable, Sendable {
        case exact([UInt8])
        case glob(Glob)

        func matches(_ text: Span<UInt8>) -> Bool {
            switch self {
            case .exact(let bytes): text.isEqual(to: bytes.span)
            case .glob(let glob): glob.matches(text)
            }
        }
    }
}

extension EventFilter.Condition {
    fileprivate func matches(_ reader: BatchReader) -> Bool {
        for test in tests where holds(test, reader) { return true }
        return false
    }

    private func holds(_ test: EventFilter.Test, _ reader: BatchReader) -> Bool {
        switch test {
        case .text(let pattern, let isNegated): matchesText(pattern, reader) != isNegated
        case .id(let id, let isNegated): (reader.id == id) != isNegated
        case .severity(let comparison, let severity):
            comparison.holds(Int(reader.severity.rawValue) - Int(severity.rawValue))
        case .classification(let value, let isNegated): (reader.classification == value) != isNegated
        case .visibility(let value, let isNegated): (reader.visibility == value) != isNegated
        case .systemEvent(let value): reader.isSystemEvent == value
        case .time(let comparison, let time):
            comparison.holds(order(key == .observedTime ? reader.observedTime : reader.time, time))
        case .code(let comparison, let code):
            reader.code.map { comparison.holds($0 < code ? -1 : $0 > code ? 1 : 0) } ?? (comparison == .notEqual)
        case .codeAbsence(let isNegated): (reader.code == nil) != isNegated
        case .parameter, .parameterNumber, .parameterTime: holdsForParameter(test, reader)
        }
    }

    private func order(_ left: Timestamp, _ right: Timestamp) -> Int {
        left < right ? -1 : left > right ? 1 : 0
    }

    /// Whether the text of the key, or one of its texts, matches.
    private func matchesText(_ pattern: EventFilter.Pattern, _ reader: BatchReader) -> Bool {
        switch key {
        case .source: pattern.matches(reader.span(reader.source))
        case .origin: pattern.matches(reader.span(reader.origin))
        case .host: pattern.matches(reader.span(reader.host))
        case .kind: pattern.matches(reader.span(reader.kind))
        case .type: pattern.matches(reader.span(reader.type))
        case .message: pattern.matches(reader.span(reader.message ?? .empty))
        case .user: pattern.matches(reader.span(reader.user))
        case .tenantID: pattern.matches(reader.span(reader.tenantID))
        case .tenantName: pattern.matches(reader.span(reader.tenantName))
        case .objectType, .objectID, .objectName: matchesObject(pattern, reader)
        case .argument: matchesAny(reader.arguments, pattern, reader)
        case .tag: matchesAny(reader.tags, pattern, reader)
        case .id, .time, .observedTime, .severity, .classification, .visibility, .systemEvent, .code, .parameter:
            false  // Their tests are of other types.
        }
    }

    private func matchesAny(_ texts: [ByteRange], _ pattern: EventFilter.Pattern, _ reader: BatchReader) -> Bool {
        guard !texts.isEmpty else { return pattern.matches(reader.span(.empty)) }
        for text in texts where pattern.matches(reader.span(text)) { return true }
        return false
    }

    private func matchesObject(_ pattern: EventFilter.Pattern, _ reader: BatchReader) -> Bool {
        guard !reader.objects.isEmpty else { return pattern.matches(reader.span(.empty)) }
        for object in reader.objects {
            let text = key == .objectType ? object.type : key == .objectID ? object.id : object.name
            if pattern.matches(reader.span(text)) { return true }
        }
        return false
    }
}

extension EventFilter.Condition {
    private func holdsForParameter(_ test: EventFilter.Test, _ reader: BatchReader) -> Bool {
        let value = parameterValue(reader)
        switch test {
        case .parameter(let pattern, let isNegated): return matches(pattern, value, reader) != isNegated
        case .parameterNumber(let comparison, let number):
            guard let value = Self.number(value, reader) else { return comparison == .notEqual }
            return comparison.holds(value.order(to: number))
        case .parameterTime(let comparison, let time):
            guard let value = Self.time(value, reader) else { return comparison == .notEqual }
            return comparison.holds(order(value, time))
        case .text, .id, .severity, .classification, .visibility, .systemEvent, .time, .code, .codeAbsence:
            return false  // Not of a parameter.
        }
    }

    /// The value of the first parameter with the key's name.
    private func parameterValue(_ reader: BatchReader) -> BatchReader.Value? {
        guard case .parameter(let name) = key else { return nil }
        for place in reader.parameters {
            let entry = reader.parameter(at: place)
            if reader.span(entry.name).isEqual(to: name.utf8.span) { return entry.value }
        }
        return nil
    }

    /// A value that is no text is compared in its canonical form, which takes an allocation.
    private func matches(_ pattern: EventFilter.Pattern, _ value: BatchReader.Value?, _ reader: BatchReader) -> Bool {
        var bytes: [UInt8] = []
        switch value {
        case .none: break
        case .text(let range): return pattern.matches(reader.span(range))
        case .integer(let number): number.append(to: &bytes)
        case .number(let number): bytes = Array("\(number)".utf8)
        case .boolean(let isTrue): bytes = Array((isTrue ? "true" : "false").utf8)
        case .time(let time): bytes = Array(time.canonicalText.utf8)
        }
        return pattern.matches(bytes.span)
    }

    private static func number(_ value: BatchReader.Value?, _ reader: BatchReader) -> FilterNumber? {
        switch value {
        case .integer(let number): FilterNumber(number)
        case .number(let number): FilterNumber(number)
        case .text(let range): FilterNumber(parsing: reader.span(range))
        case .boolean, .time, .none: nil
        }
    }

    private static func time(_ value: BatchReader.Value?, _ reader: BatchReader) -> Timestamp? {
        switch value {
        case .time(let time): time
        case .text(let range): Timestamp(parsing: reader.span(range))
        case .integer, .number, .boolean, .none: nil
        }
    }
}
