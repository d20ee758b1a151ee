extension EventFilter.Condition {
    /// Whether one of the condition's values is behind `!=`.
    package var hasNegation: Bool {
        tests.contains { test in
            switch test {
            case .text(_, let isNegated), .id(_, let isNegated), .classification(_, let isNegated),
                .visibility(_, let isNegated), .codeAbsence(let isNegated), .parameter(_, let isNegated):
                isNegated
            case .severity(let comparison, _), .time(let comparison, _), .code(let comparison, _),
                .parameterNumber(let comparison, _), .parameterTime(let comparison, _):
                comparison == .notEqual
            case .systemEvent: false
            }
        }
    }

    /// Whether the condition holds where its key's text, or one of its texts, is `text`: for all keys of texts, the
    /// id, and a parameter that is a text. For other keys it does not hold.
    package func holds(forText text: Span<UInt8>) -> Bool {
        for test in tests where Self.holds(test, forText: text) { return true }
        return false
    }

    private static func holds(_ test: EventFilter.Test, forText text: Span<UInt8>) -> Bool {
        switch test {
        case .text(let pattern, let isNegated), .parameter(let pattern, let isNegated):
            pattern.matches(text) != isNegated
        case .id(let id, let isNegated): (EventID(parsing: text) == id) != isNegated
        case .parameterNumber(let comparison, let number):
            FilterNumber(parsing: text).map { comparison.holds($0.order(to: number)) } ?? (comparison == .notEqual)
        case .parameterTime(let comparison, let time):
            Timestamp(parsing: text).map { comparison.holds($0, time) } ?? (comparison == .notEqual)
        case .severity, .classification, .visibility, .systemEvent, .time, .code, .codeAbsence: false
        }
    }

    /// Whether a condition on the severity holds for `severity`.
    package func holds(for severity: Severity) -> Bool {
        tests.contains { test in
            guard case .severity(let comparison, let bound) = test else { return false }
            return comparison.holds(Int(severity.rawValue) - Int(bound.rawValue))
        }
    }

    /// Whether a condition on the classification holds for `classification`.
    package func holds(for classification: Classification) -> Bool {
        tests.contains { test in
            guard case .classification(let value, let isNegated) = test else { return false }
            return (classification == value) != isNegated
        }
    }

    /// Whether a condition on the visibility holds for `visibility`.
    package func holds(for visibility: Visibility) -> Bool {
        tests.contains { test in
            guard case .visibility(let value, let isNegated) = test else { return false }
            return (visibility == value) != isNegated
        }
    }

    /// Whether a condition on a time of the event holds for `time`.
    package func holds(for time: Timestamp) -> Bool {
        tests.contains { test in
            guard case .time(let comparison, let bound) = test else { return false }
            return comparison.holds(time, bound)
        }
    }
}

extension EventFilter.Comparison {
    fileprivate func holds(_ time: Timestamp, _ bound: Timestamp) -> Bool {
        holds(time < bound ? -1 : time > bound ? 1 : 0)
    }
}
