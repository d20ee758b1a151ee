internal import EventModel
internal import Normalization
internal import Settings

extension RuleFileReader {
    /// Reports a kind that breaks the grammar, and notes one that the taxonomy does not have.
    func check(_ kind: String, _ mapping: SettingsMapping) {
        if let problem = KindTable.problem(of: kind) {
            mapping.mistake("kind", problem)
        } else if KindTable.defaults[kind] == nil {
            let suggestion = Spelling.suggestion(for: kind, in: Array(KindTable.defaults.keys).sorted())
            mapping.note("kind", "'\(kind)' is no kind of the taxonomy\(suggestion)")
        }
    }

    /// `warning`, `{exactly: info}`, `{at-most: warning}` or `{by: NAME, values: {VALUE: …}, otherwise: …}`.
    func severity(_ mapping: SettingsMapping) -> SeverityChoice {
        if !mapping.isMapping("severity"), let words = mapping.freeText("severity") {
            return bound(words, mapping, "severity").map { .fixed($0) } ?? .ofKind
        }
        guard mapping.isMapping("severity"), let choice = mapping.optionalMapping("severity") else { return .ofKind }
        defer { choice.finish() }
        for (key, form) in [("exactly", SeverityBound.Form.exactly), ("at-most", .atMost), ("at-least", .atLeast)] {
            guard let word = choice.freeText(key) else { continue }
            return bound(word, choice, key, form).map { .fixed($0) } ?? .ofKind
        }
        choice.require("by", "allowed are a severity, {exactly: …}, {at-most: …}, or {by: NAME, values: {…}}")
        let values = choice.namedTexts("values").compactMap { value, _, words in
            words.first.flatMap { bound($0, choice, "values") }.map { (glob: Glob(value), bound: $0) }
        }
        let otherwise = choice.freeText("otherwise").flatMap { bound($0, choice, "otherwise") }
        return choice.text("by").map { .byValue(name: $0, values: values, otherwise: otherwise) } ?? .ofKind
    }

    /// A severity's word; `=` in front means exactly, `<=` at most.
    private func bound(
        _ text: PlacedText, _ mapping: SettingsMapping, _ key: String, _ form: SeverityBound.Form = .atLeast
    ) -> SeverityBound? {
        var (word, form) = (text.text[...], form)
        if word.hasPrefix("<=") {
            (word, form) = (word.dropFirst(2), .atMost)
        } else if word.hasPrefix("=") {
            (word, form) = (word.dropFirst(), .exactly)
        }
        if let severity = Severity(word: String(word)), severity != .unknown {
            return SeverityBound(form: form, severity: severity)
        }
        let words = Severity.allCases.map(\.word).filter { $0 != "unknown" }
        mapping.report.mistake(
            text.place, mapping.path(of: key),
            "'\(word.prefix(64))' is no severity, allowed are \(words.joined(separator: ", "))"
                + Spelling.suggestion(for: String(word), in: words))
        return nil
    }

    /// Reports values that a rule refers to and no pattern catches.
    func checkNames(_ mapping: SettingsMapping, _ rule: Rule) {
        let known = rule.patterns.flatMap(\.names) + rule.fieldValues.map(\.name)
        var used = (rule.user?.names ?? []).map { ("user", $0) }
        for (name, template) in rule.parameters { used += template.names.map { ("set.\(name)", $0) } }
        for object in rule.objects {
            used += (object.id.names + (object.name?.names ?? [])).map { ("objects", $0) }
        }
        for (key, name) in used where !known.contains(name) {
            mapping.report.mistake(
                mapping.place, "\(mapping.path).\(key)",
                "refers to {\(name)}, which no placeholder of match and no entry of from has"
                    + Spelling.suggestion(for: name, in: known))
        }
    }

    /// Reports a rule that would match everything.
    func checkReach(_ mapping: SettingsMapping, _ rule: Rule) {
        let isBounded =
            mapping.isSet("match") || rule.messageID != nil || !rule.conditions.isEmpty || !rule.types.isEmpty
            || !rule.units.isEmpty
        if !isBounded {
            mapping.mistake("matches every record; give it match, message-id, where, types or units")
        }
    }

    /// Reports a pattern that nothing can match.
    func checkPatterns(_ texts: [PlacedText], _ mapping: SettingsMapping, _ rule: Rule) {
        for text in texts {
            for prefix in rule.strip.prefixes where !prefix.isEmpty && text.text.hasPrefix(prefix) {
                mapping.report.mistake(
                    text.place, mapping.path(of: "match"),
                    "begins with '\(prefix)', which strip takes off before patterns are tried; leave it out")
            }
        }
    }
}
