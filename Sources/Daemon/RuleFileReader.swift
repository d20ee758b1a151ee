internal import EventModel
internal import Normalization
internal import Settings

/// Reads the rules of one file. What it must look like: `packaging/docs/rules.md`.
struct RuleFileReader {
    /// The file's name without its extension: the first part of the rules' names.
    let file: String

    /// Most rules of a file, and most examples and objects of a rule.
    private static let maximumRuleCount = 5000
    private static let maximumCount = 100

    /// The rules, in order; mistakes are in the mapping's report.
    func rules(_ root: SettingsMapping) -> [Rule] {
        var base = Rule(name: "", kind: "")
        root.require("source", "allowed are \(SourceType.allCases.map(\.rawValue).joined(separator: ", "))")
        base.source = root.word("source", default: SourceType.journal)
        readPlaces(root, &base)
        readStrip(root, &base)
        let owners = root.mappings("owners", limit: Self.maximumCount).map { owner in
            owner.keys.map { Rule.Condition(field: $0, values: globs(owner, $0)) }
        }
        if !owners.isEmpty { base.owners = owners }
        if let defaults = root.optionalMapping("defaults") {
            readBody(defaults, &base)
            defaults.finish()
        }
        root.require("rules", "give a list of rules")
        var places: [String: SettingsPlace] = [:]
        let rules = root.mappings("rules", limit: Self.maximumRuleCount).compactMap { mapping in
            rule(mapping, base, &places)
        }
        root.finish()
        return rules
    }

    private func rule(_ mapping: SettingsMapping, _ base: Rule, _ places: inout [String: SettingsPlace]) -> Rule? {
        var rule = base
        mapping.require("name", "give the rule a name that no other rule of the file has")
        let name = mapping.text("name") ?? ""
        if let first = places[name], !name.isEmpty {
            mapping.mistake("name", "'\(name)' is also a rule at \(first); rename one")
        }
        places[name] = mapping.place
        rule.name = "\(file)/\(name)"
        rule.place = "\(mapping.place)"
        readPlaces(mapping, &rule)
        let texts = mapping.freeTexts("match")
        rule.patterns = texts.compactMap { pattern($0, mapping) }
        readBody(mapping, &rule)
        if rule.kind.isEmpty { mapping.require("kind", "name what happened, such as Security.User.Login.Failed") }
        if texts.count == rule.patterns.count {
            // What a pattern with a mistake would have caught is unknown.
            checkNames(mapping, rule)
            checkPatterns(texts, mapping, rule)
        }
        checkReach(mapping, rule)
        rule.examples = mapping.mappings("examples", limit: Self.maximumCount).map { example($0, rule) }
        mapping.finish()
        return name.isEmpty ? nil : rule
    }

    /// Where rules apply: keys of a file, and of a rule that says otherwise.
    private func readPlaces(_ mapping: SettingsMapping, _ rule: inout Rule) {
        if mapping.isSet("identifiers") { rule.identifiers = globs(mapping, "identifiers") }
        if mapping.isSet("units") { rule.units = globs(mapping, "units") }
        if mapping.isSet("types") { rule.types = globs(mapping, "types") }
    }

    private func readStrip(_ root: SettingsMapping, _ rule: inout Rule) {
        guard let strip = root.optionalMapping("strip") else { return }
        rule.strip.prefixes = strip.freeTexts("prefixes").map(\.text)
        rule.strip.suffixes = strip.freeTexts("suffixes").map(\.text)
        strip.finish()
    }

    /// What a rule asks for and sets; also what `defaults` may hold.
    private func readBody(_ mapping: SettingsMapping, _ rule: inout Rule) {
        readConditions(mapping, &rule)
        if let kind = mapping.text("kind") {
            rule.kind = kind
            check(kind, mapping)
        }
        if mapping.isSet("severity") { rule.severity = severity(mapping) }
        let classes = Classification.allCases.map(\.word).filter { $0 != "unknown" }
        rule.classification =
            mapping.word("classification", classes).flatMap(Classification.init) ?? rule.classification
        let visibilities = Visibility.allCases.map(\.word).filter { $0 != "unknown" }
        rule.visibility = mapping.word("visibility", visibilities).flatMap(Visibility.init) ?? rule.visibility
        if let user = mapping.freeText("user") { rule.user = template(user, "user", mapping) }
        let objects = mapping.mappings("objects", limit: Self.maximumCount).compactMap { object($0) }
        if mapping.isSet("objects") { rule.objects = objects }
        for (name, place, values) in mapping.namedTexts("set") {
            guard let value = single(values, place, "set.\(name)", mapping),
                let template = template(value, "set.\(name)", mapping)
            else { continue }
            rule.parameters.removeAll { $0.name == name }
            rule.parameters.append((name, template))
        }
        if mapping.isSet("tags") { rule.tags = mapping.texts("tags") }
    }

    private func readConditions(_ mapping: SettingsMapping, _ rule: inout Rule) {
        if let text = mapping.text("message-id") {
            rule.messageID = EventID(parsing: Array(text.utf8.filter { $0 != UInt8(ascii: "-") }).span)
            if rule.messageID == nil {
                mapping.mistake("message-id", "'\(text)' is no message ID, which has 32 hexadecimal digits")
            }
        }
        if let conditions = mapping.optionalMapping("where") {
            rule.conditions = conditions.keys.map { Rule.Condition(field: $0, values: globs(conditions, $0)) }
        }
        for (name, place, values) in mapping.namedTexts("from") {
            guard Pattern.isName(name), !values.isEmpty else {
                mapping.report.mistake(
                    place, mapping.path(of: "from"), "'\(name)' is no name of a value, or has no field")
                continue
            }
            rule.fieldValues.removeAll { $0.name == name }
            rule.fieldValues.append(Rule.FieldValue(name: name, fields: values.map(\.text)))
        }
    }

    private func globs(_ mapping: SettingsMapping, _ key: String) -> [Glob] {
        mapping.freeTexts(key).compactMap { text in
            guard text.text.utf8.count <= Glob.maximumByteCount else {
                mapping.report.mistake(
                    text.place, mapping.path(of: key),
                    "has \(text.text.utf8.count) bytes, allowed are at most \(Glob.maximumByteCount)")
                return nil
            }
            return Glob(text.text)
        }
    }

    private func pattern(_ text: PlacedText, _ mapping: SettingsMapping) -> Pattern? {
        do throws(PatternError) {
            return try Pattern(text.text)
        } catch {
            mapping.report.mistake(text.place(ofScalar: error.offset), mapping.path(of: "match"), "\(error)")
            return nil
        }
    }

    private func template(_ text: PlacedText, _ key: String, _ mapping: SettingsMapping) -> Template? {
        if let template = Template(text.text) { return template }
        mapping.report.mistake(
            text.place, mapping.path.isEmpty ? key : "\(mapping.path).\(key)",
            "has a brace without its partner, or without a name between; write {{ for one that is meant as such")
        return nil
    }

    private func single(
        _ values: [PlacedText], _ place: SettingsPlace, _ key: String, _ mapping: SettingsMapping
    ) -> PlacedText? {
        if values.count == 1 { return values[0] }
        mapping.report.mistake(place, "\(mapping.path).\(key)", "has \(values.count) values, allowed is one")
        return nil
    }

    private func object(_ mapping: SettingsMapping) -> Rule.Object? {
        mapping.require("type", "give the object's type, such as unit")
        mapping.require("id", "give the object's id, such as \"{unit}\"")
        let name = mapping.freeText("name").flatMap { template($0, "name", mapping) }
        let type = mapping.text("type")
        let id = mapping.freeText("id").flatMap { template($0, "id", mapping) }
        mapping.finish()
        guard let type, let id else { return nil }
        return Rule.Object(type: type, id: id, name: name)
    }

    private func example(_ mapping: SettingsMapping, _ rule: Rule) -> Rule.Example {
        var example = Rule.Example()
        example.place = "\(mapping.place)"
        if !rule.patterns.isEmpty { mapping.require("line", "give the message") }
        example.line = mapping.freeText("line")?.text ?? ""
        example.identifier = mapping.text("identifier")
        example.type = mapping.text("type")
        example.fields = mapping.namedTexts("fields").compactMap { name, _, values in
            values.first.map { (name, $0.text) }
        }
        example.expected = mapping.namedTexts("expect").compactMap { name, _, values in
            values.first.map { (name, $0.text) }
        }
        mapping.finish()
        return example
    }

    /// A place as it is written: `file:line:column`.
    static func place(_ text: String) -> SettingsPlace {
        let parts = text.split(separator: ":")
        guard parts.count >= 3, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]) else {
            return SettingsPlace(file: text)
        }
        return SettingsPlace(file: parts.dropLast(2).joined(separator: ":"), line: line, column: column)
    }
}
