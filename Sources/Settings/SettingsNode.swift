/// A value of a settings file with its place.
struct SettingsNode: Sendable {
    /// A key of a mapping.
    struct Entry: Sendable {
        let key: String
        let place: SettingsPlace
        var value: SettingsNode
    }

    enum Content: Sendable {
        /// A scalar as it is written; `isPlain` when without quotes.
        case text(String, isPlain: Bool)
        case list([SettingsNode])
        /// Each key once.
        case mapping([Entry])
    }

    let place: SettingsPlace
    var content: Content

    /// Whether nothing was written, or YAML's words for nothing.
    var isAbsent: Bool {
        guard case .text(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for a mistake.
    var typeName: String {
        switch content {
        case .text: isAbsent ? "nothing" : "a single value"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension SettingsNode {
    /// Adds the keys of another file's mapping. A key that both have must be a mapping in both.
    mutating func merge(_ other: SettingsNode, path: String, report: SettingsReport) {
        guard case .mapping(var entries) = content, case .mapping(let additions) = other.content else { return }
        var positions: [String: Int] = [:]
        for (index, entry) in entries.enumerated() { positions[entry.key] = index }
        for addition in additions {
            guard let index = positions[addition.key] else {
                entries.append(addition)
                continue
            }
            let key = path.isEmpty ? addition.key : "\(path).\(addition.key)"
            let existing = entries[index]
            switch (existing.value.content, addition.value.content) {
            case (.mapping, .mapping): entries[index].value.merge(addition.value, path: key, report: report)
            case (_, .mapping) where existing.value.isAbsent: entries[index].value = addition.value
            case (.mapping, _) where addition.value.isAbsent: break
            case (.text, _), (.list, _), (.mapping, _):
                report.mistake(addition.place, key, "is also set at \(existing.place); keep one of them")
            }
        }
        content = .mapping(entries)
    }
}
