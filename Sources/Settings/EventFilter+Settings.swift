package import EventModel

extension EventFilter {
    /// Most conditions of a filter, and most values of one condition.
    private static let maximumCount = 1000

    /// Reads a filter: a mapping of event keys to a value or a list of values; see ``EventFilter``.
    ///
    /// - Parameter mapping: the `where` of a sink; every key of it is read.
    package init(reading mapping: SettingsMapping) {
        guard mapping.keys.count <= Self.maximumCount else {
            mapping.mistake("has \(mapping.keys.count) conditions, allowed are at most \(Self.maximumCount)")
            self = .all
            return
        }
        var conditions: [Condition] = []
        for key in mapping.keys {
            let before = mapping.report.mistakeCount
            let values = mapping.filterValues(key)
            guard values.count <= Self.maximumCount else {
                mapping.mistake(key, "has \(values.count) values, allowed are at most \(Self.maximumCount)")
                continue
            }
            guard mapping.report.mistakeCount == before else { continue }
            do {
                conditions.append(try Condition(key: key, values: values))
            } catch {
                mapping.mistake(key, error.description + error.suggestion)
            }
        }
        self.init(conditions: conditions)
    }
}

extension EventFilterError {
    /// What else is allowed and what was probably meant, to stand behind the description; empty for most.
    package var suggestion: String {
        switch self {
        case .unknownKey(let key):
            ", allowed are \(EventFilter.Key.knownNames.joined(separator: ", "))"
                + Spelling.suggestion(for: key, in: EventFilter.Key.knownNames)
        case .unknownWord(let word, let known): Spelling.suggestion(for: word, in: known)
        case .noValue, .notOrdered, .noTime, .noCode, .noID, .noNumberOrTime, .tooLong, .noOperator, .malformed: ""
        }
    }
}

extension SettingsMapping {
    /// The values of a condition; an empty text is a value here, and means that the key is absent.
    fileprivate func filterValues(_ key: String) -> [String] {
        guard let entry = entry(key) else { return [] }
        switch entry.value.content {
        case .text(let text, _) where !entry.value.isAbsent: return [text]
        case .text, .mapping:
            mistake(
                key,
                "has \(entry.value.typeName) as value, allowed is a text, a list of texts, or a comparison such as \">= warning\""
            )
            return []
        case .list(let nodes):
            return nodes.compactMap { node in
                if case .text(let text, _) = node.content, !node.isAbsent { return text }
                report.mistake(node.place, path(of: key), "holds \(node.typeName), allowed are texts")
                return nil
            }
        }
    }
}
