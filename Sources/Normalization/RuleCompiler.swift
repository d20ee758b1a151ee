internal import EventModel

/// Turns rules into what is run.
struct RuleCompiler {
    /// Entries of rules that are for the same records.
    struct Family {
        let source: SourceType
        /// Identifiers or types; none for every record.
        let globs: [Glob]
        let strip: Int
        var entries: [Int32] = []
    }

    /// What groups of the same entries have in common.
    struct GroupKey: Hashable {
        let strip: Int
        let checksKey: Bool
        let families: [Int]
    }

    private(set) var code = MatchCode()
    private(set) var compiled: [CompiledRule] = []
    private(set) var entries: [RuleSet.Entry] = []
    private(set) var gramBits: [UInt16] = []
    private(set) var strips: [RuleSet.Strip] = []
    private(set) var texts: [Text] = []
    private(set) var pieces: [CompiledRule.Piece] = []
    private(set) var fieldNames: [Text] = []
    private var textNumbers: [String: Int] = [:]
    private var fieldNumbers: [String: Int] = [:]
    private var stripNumbers: [Rule.Strip: Int] = [:]
    private(set) var families: [Family] = []
    var groupNumbers: [GroupKey: Int] = [:]
    var groups: [RuleSet.Group] = []
    var listCount = 0

    /// The number of a constant.
    mutating func text(_ text: String) -> Int {
        if let number = textNumbers[text] { return number }
        textNumbers[text] = texts.count
        texts.append(Text(text))
        return texts.count - 1
    }

    /// The number of a field.
    mutating func field(_ name: String) -> Int {
        if let number = fieldNumbers[name] { return number }
        fieldNumbers[name] = fieldNames.count
        fieldNames.append(Text(name))
        return fieldNames.count - 1
    }

    /// Adds a rule behind all others.
    mutating func append(_ rule: Rule) {
        var slots: [String: Int] = [:]
        for (slot, name) in rule.captureNames.enumerated() { slots[name] = slot }
        compiled.append(compile(rule, slots))
        compiled[compiled.count - 1].firstPattern = code.patternCount
        let strip = strip(rule.strip)
        let numbers = rule.patterns.map { code.append($0, slots: slots) }
        let patterns: [(number: Int, pattern: Pattern?)] =
            rule.patterns.isEmpty ? [(-1, nil)] : zip(numbers, rule.patterns).map { ($0, $1) }
        let family = family(of: rule, strip)
        for (number, pattern) in patterns {
            families[family].entries.append(Int32(entries.count))
            appendEntry(number, pattern)
        }
    }

    private mutating func family(of rule: Rule, _ strip: Int) -> Int {
        let globs = rule.source == .journal ? rule.identifiers : rule.types
        // Rules of one file are mostly for the same records, so the last ones come first.
        let known = families.lastIndex { $0.source == rule.source && $0.strip == strip && $0.globs == globs }
        if let known { return known }
        families.append(Family(source: rule.source, globs: globs, strip: strip))
        return families.count - 1
    }

    private mutating func appendEntry(_ number: Int, _ pattern: Pattern?) {
        let rule = compiled[compiled.count - 1]
        let isConditional =
            !rule.others.isEmpty || !rule.units.isEmpty || !rule.owners.isEmpty || !rule.conditions.isEmpty
        let bits = pattern.map(Gram.bits) ?? []
        entries.append(
            RuleSet.Entry(
                rule: Int32(compiled.count - 1), pattern: Int32(number), isConditional: isConditional,
                gramStart: Int32(gramBits.count), gramCount: Int32(bits.count)))
        gramBits += bits
    }

    private mutating func strip(_ strip: Rule.Strip) -> Int {
        if let number = stripNumbers[strip] { return number }
        let longestFirst = { (texts: [String]) in
            texts.map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        }
        stripNumbers[strip] = strips.count
        strips.append(
            RuleSet.Strip(prefixes: longestFirst(strip.prefixes), suffixes: longestFirst(strip.suffixes)))
        return strips.count - 1
    }
}

extension RuleCompiler {
    private mutating func compile(_ rule: Rule, _ slots: [String: Int]) -> CompiledRule {
        var compiled = CompiledRule()
        compiled.slotCount = slots.count
        let types = rule.types.map { Glob(rule.source.folded($0.pattern)) }
        (compiled.keys, compiled.others) =
            rule.source == .journal ? (rule.identifiers, types) : (types, rule.identifiers)
        compiled.units = rule.units
        if rule.messageID != nil { compiled.owners = rule.owners.map { $0.map { condition($0) } } }
        compiled.conditions = rule.conditions.map { condition($0) }
        compiled.fieldValues = rule.fieldValues.map { value in
            CompiledRule.FieldValue(slot: slots[value.name] ?? 0, fields: value.fields.map { field($0) })
        }
        let defaults = KindTable.defaults(of: rule.kind)
        compiled.kind = text(rule.kind)
        compiled.severity = severity(rule.severity, slots, defaults.severity)
        compiled.hasDefaultSeverity = rule.severity == .ofKind
        compiled.classification = rule.classification ?? defaults.classification
        compiled.visibility = rule.visibility ?? defaults.visibility
        compiled.user = rule.user.map { value($0, slots) } ?? slots["user"].map { .slot($0) } ?? .none
        compiled.objects = objects(of: rule, slots)
        compiled.parameters = parameters(of: rule, slots)
        compiled.tags = rule.tags.map { text($0) }
        return compiled
    }

    private mutating func condition(_ condition: Rule.Condition) -> CompiledRule.Condition {
        CompiledRule.Condition(field: field(condition.field), values: condition.values)
    }

    private mutating func severity(
        _ choice: SeverityChoice, _ slots: [String: Int], _ kind: SeverityBound
    ) -> CompiledRule.Severity {
        switch choice {
        case .ofKind: .fixed(kind)
        case .fixed(let bound): .fixed(bound)
        case .byValue(let name, let values, let otherwise):
            .byValue(
                slot: slots[name] ?? -1, field: slots[name] == nil ? field(name) : -1, values: values,
                otherwise: otherwise ?? kind)
        }
    }

    private mutating func value(_ template: Template, _ slots: [String: Int]) -> CompiledRule.Value {
        switch template.pieces.first {
        case .none: return .none
        case .text(let bytes) where template.pieces.count == 1:
            return .constant(text(String(decoding: bytes, as: UTF8.self)))
        case .value(let name) where template.pieces.count == 1:
            return slots[name].map { .slot($0) } ?? .none
        case .text, .value:
            let start = pieces.count
            pieces += template.pieces.compactMap { piece in
                switch piece {
                case .text(let bytes): .text(bytes)
                case .value(let name): slots[name].map { .slot($0) }
                }
            }
            return .composed(start..<pieces.count)
        }
    }

    /// The rule's own objects, then what placeholders with the names of object types caught.
    private mutating func objects(of rule: Rule, _ slots: [String: Int]) -> [CompiledRule.Object] {
        var objects = rule.objects.map { object in
            CompiledRule.Object(
                type: text(object.type), id: value(object.id, slots),
                name: object.name.map { value($0, slots) } ?? .none)
        }
        let own = Set(rule.objects.map(\.type))
        for (name, slot) in slots.sorted(by: { $0.value < $1.value })
        where Rule.objectTypes.contains(name) && !own.contains(name) {
            objects.append(CompiledRule.Object(type: text(name), id: .slot(slot), name: .none))
        }
        return objects
    }

    /// What the rule sets, then what other placeholders caught.
    private mutating func parameters(of rule: Rule, _ slots: [String: Int]) -> [CompiledRule.Parameter] {
        var parameters = rule.parameters.map { name, template in
            CompiledRule.Parameter(
                name: text(name), value: value(template, slots), form: form(of: name, in: rule))
        }
        let own = Set(rule.parameters.map(\.name))
        for (name, slot) in slots.sorted(by: { $0.value < $1.value }) {
            guard !own.contains(name), !name.hasPrefix("_"), name != "user", !Rule.objectTypes.contains(name) else {
                continue
            }
            parameters.append(
                CompiledRule.Parameter(name: text(name), value: .slot(slot), form: form(of: name, in: rule)))
        }
        return parameters
    }

    private func form(of name: String, in rule: Rule) -> CompiledRule.Form {
        if Rule.integerNames.contains(name) { return .integer }
        for pattern in rule.patterns {
            switch pattern.type(of: name) {
            case .int: return .integer
            case .number: return .number
            case .text, .word, .path, .user, .rest, .ip, .host, .hex, .quoted, .none: break
            }
        }
        return .text
    }
}
