internal import Yams

/// Reads one YAML document into nodes: the part of YAML that settings need, and nothing that may surprise.
///
/// Anchors, aliases and tags are refused: they make a text mean something that is written elsewhere.
struct YAMLDocument {
    /// Largest file, in bytes.
    static let maximumByteCount = 4 << 20
    /// Deepest nesting of mappings and lists.
    static let maximumDepth = 32

    private static let tags = [Tag.Name.str, .seq, .map].map(\.rawValue)

    private let file: String
    private let report: SettingsReport

    /// Reads a file's mapping.
    ///
    /// - Returns: an empty mapping for an empty file; `nil` after a mistake that leaves nothing to read.
    static func read(_ bytes: [UInt8], file: String, report: SettingsReport) -> SettingsNode? {
        YAMLDocument(file: file, report: report).read(bytes)
    }

    private init(file: String, report: SettingsReport) {
        self.file = file
        self.report = report
    }

    private func read(_ bytes: [UInt8]) -> SettingsNode? {
        guard bytes.count <= Self.maximumByteCount else {
            report.mistake(
                SettingsPlace(file: file), "",
                "is larger than \(byteSizeText(Self.maximumByteCount)), the largest allowed")
            return nil
        }
        // A byte order mark says nothing in UTF-8.
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard let text = String(validating: content, as: UTF8.self) else {
            report.mistake(placeOfInvalidUTF8(in: content), "", "is not UTF-8; save the file as UTF-8")
            return nil
        }
        if let reference = YAMLReferences.first(in: content) {
            report.mistake(
                SettingsPlace(file: file, line: reference.line, column: reference.column), "",
                "'\(reference.sign)' begins an anchor or alias of YAML, which settings do not have; "
                    + "write the value out, or put a text that begins with '\(reference.sign)' in quotes")
            return nil
        }
        return parse(text)
    }

    private func parse(_ text: String) -> SettingsNode? {
        do {
            // Nodes refer weakly to their anchors, which the parser owns.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            let node = try parser.singleRoot()
            return withExtendedLifetime(parser) { root(node) }
        } catch let error as YamlError {
            note(error)
        } catch {
            report.mistake(SettingsPlace(file: file), "", "cannot be read as YAML: \(error)")
        }
        return nil
    }

    private func root(_ node: Node?) -> SettingsNode? {
        let start = SettingsPlace(file: file, line: 1, column: 1)
        guard let node else { return SettingsNode(place: start, content: .mapping([])) }
        guard let converted = convert(node, depth: 1, path: "", fallback: start) else { return nil }
        if converted.isAbsent { return SettingsNode(place: start, content: .mapping([])) }
        guard case .mapping = converted.content else {
            report.mistake(
                converted.place, "", "the file holds \(converted.typeName), allowed is a mapping of settings")
            return nil
        }
        return converted
    }

    /// - Returns: `nil` after a mistake in the node itself.
    private func convert(_ node: Node, depth: Int, path: String, fallback: SettingsPlace) -> SettingsNode? {
        let place = node.mark.map { SettingsPlace(file: file, line: $0.line, column: $0.column) } ?? fallback
        guard depth <= Self.maximumDepth else {
            report.mistake(place, path, "is nested deeper than \(Self.maximumDepth) levels, the deepest allowed")
            return nil
        }
        guard node.anchor == nil else {
            report.mistake(place, path, "has an anchor of YAML ('&'), which settings do not have; write the value out")
            return nil
        }
        let tag = node.tag.rawValue
        guard Self.tags.contains(tag) else {
            report.mistake(place, path, "has the YAML tag \(quoted(tag)), which settings do not have")
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return SettingsNode(place: place, content: .text(scalar.string, isPlain: scalar.style == .plain))
        case .sequence(let sequence):
            let nodes = sequence.compactMap { convert($0, depth: depth + 1, path: path, fallback: place) }
            return SettingsNode(place: place, content: .list(nodes))
        case .mapping(let mapping):
            return SettingsNode(
                place: place, content: .mapping(entries(mapping, depth: depth, path: path, fallback: place)))
        case .alias:
            report.mistake(place, path, "is an alias of YAML ('*'), which settings do not have; write the value out")
            return nil
        }
    }

    private func entries(
        _ mapping: Node.Mapping, depth: Int, path: String, fallback: SettingsPlace
    ) -> [SettingsNode.Entry] {
        var entries: [SettingsNode.Entry] = []
        var known: [String: SettingsPlace] = [:]
        for (keyNode, valueNode) in mapping {
            let place = keyNode.mark.map { SettingsPlace(file: file, line: $0.line, column: $0.column) } ?? fallback
            guard case .scalar(let scalar) = keyNode, keyNode.anchor == nil, !scalar.string.isEmpty else {
                report.mistake(place, path, "has a key that is no text; a key is a word before a colon")
                continue
            }
            let keyPath = path.isEmpty ? shown(scalar.string) : "\(path).\(shown(scalar.string))"
            if let first = known[scalar.string] {
                report.mistake(place, keyPath, "is set twice, first at \(first); keep one of them")
                continue
            }
            known[scalar.string] = place
            guard let value = convert(valueNode, depth: depth + 1, path: keyPath, fallback: place) else { continue }
            entries.append(SettingsNode.Entry(key: scalar.string, place: place, value: value))
        }
        return entries
    }

    private func note(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let reason = context.map { " \($0.text) (line \($0.mark.line))" } ?? ""
            report.mistake(
                SettingsPlace(file: file, line: mark.line, column: mark.column), "", "YAML error: \(problem)\(reason)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            report.mistake(
                SettingsPlace(file: file, line: context.mark.line, column: context.mark.column),
                duplicates.map { shown($0) }.joined(separator: ", "), "is set twice in one mapping; keep one of them")
        case .reader(let problem, let offset, _, let yaml):
            report.mistake(place(ofCharacter: offset, in: yaml), "", "YAML error: \(problem)")
        case .memory:
            report.mistake(SettingsPlace(file: file), "", "is nested too deeply")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            report.mistake(SettingsPlace(file: file), "", "cannot be read as YAML: \(error)")
        }
    }

    private func place(ofCharacter offset: Int?, in text: String) -> SettingsPlace {
        guard let offset else { return SettingsPlace(file: file) }
        var line = 1
        var column = 1
        for character in text.prefix(offset) {
            column = character.isNewline ? 1 : column + 1
            line += character.isNewline ? 1 : 0
        }
        return SettingsPlace(file: file, line: line, column: column)
    }

    private func placeOfInvalidUTF8(in bytes: [UInt8]) -> SettingsPlace {
        var line = 1
        var column = 1
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            column = scalar == "\n" ? 1 : column + 1
            line += scalar == "\n" ? 1 : 0
        }
        return SettingsPlace(file: file, line: line, column: column)
    }
}
