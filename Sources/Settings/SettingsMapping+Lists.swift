/// A text of a file with its place.
package struct PlacedText: Equatable, Sendable {
    package let text: String
    /// Where it begins; a quote counts as its beginning.
    package let place: SettingsPlace
    /// Whether it stands without quotes.
    package let isPlain: Bool

    /// The place of a scalar of the text: right where it is written on one line and without escapes.
    package func place(ofScalar offset: Int) -> SettingsPlace {
        SettingsPlace(file: place.file, line: place.line, column: place.column + offset + (isPlain ? 0 : 1))
    }
}

extension SettingsMapping {
    /// Longest text that ``freeTexts(_:)`` and ``namedTexts(_:)`` answer, in bytes.
    package static let maximumFreeByteCount = 64 << 10

    /// Whether a key holds a mapping.
    package func isMapping(_ key: String) -> Bool {
        guard case .mapping = entry(key)?.value.content else { return false }
        return true
    }

    /// The mappings of a list; empty where it is absent.
    package func mappings(_ key: String, limit: Int) -> [SettingsMapping] {
        guard let entry = entry(key), !entry.value.isAbsent else { return [] }
        guard case .list(let nodes) = entry.value.content, nodes.count <= limit else {
            mistake(key, "is \(entry.value.typeName), allowed is a list of at most \(limit) mappings")
            return []
        }
        return nodes.enumerated().compactMap { index, node in
            guard case .mapping(let entries) = node.content else {
                report.mistake(node.place, path(of: key), "holds \(node.typeName), allowed are mappings")
                return nil
            }
            return SettingsMapping(
                entries, path: "\(path(of: key)).\(index + 1)", place: node.place, report: report,
                surroundings: surroundings)
        }
    }

    /// A text, or a list of texts, which may be empty and hold anything; empty where it is absent.
    package func freeTexts(_ key: String) -> [PlacedText] {
        guard let entry = entry(key) else { return [] }
        return freeTexts(of: entry.value, key)
    }

    /// One such text.
    package func freeText(_ key: String) -> PlacedText? {
        let texts = freeTexts(key)
        guard texts.count <= 1 else {
            mistake(key, "is a list, allowed is a text")
            return nil
        }
        return texts.first
    }

    /// A mapping of names to a text or a list of texts.
    package func namedTexts(_ key: String) -> [(name: String, place: SettingsPlace, values: [PlacedText])] {
        guard let mapping = optionalMapping(key) else { return [] }
        return mapping.entries.map { entry in
            (entry.key, entry.place, mapping.freeTexts(of: entry.value, entry.key))
        }
    }

    private func freeTexts(of node: SettingsNode, _ key: String) -> [PlacedText] {
        switch node.content {
        case .text(let text, let isPlain):
            guard text.utf8.count <= Self.maximumFreeByteCount, !node.isAbsent else {
                report.mistake(
                    node.place, path(of: key),
                    node.isAbsent
                        ? "has no value, allowed is a text"
                        : "has \(text.utf8.count) bytes, allowed are at most \(Self.maximumFreeByteCount)")
                return []
            }
            return [PlacedText(text: text, place: node.place, isPlain: isPlain)]
        case .list(let nodes):
            return nodes.flatMap { node in
                if case .text = node.content { return freeTexts(of: node, key) }
                report.mistake(node.place, path(of: key), "holds \(node.typeName), allowed are texts")
                return []
            }
        case .mapping:
            report.mistake(node.place, path(of: key), "is a mapping, allowed is a text or a list of texts")
            return []
        }
    }
}
