internal import EventModel

/// Runs the examples that rules bring: each must be decided by its own rule, with the values that it states.
package struct RuleExamples: Sendable {
    /// An example that does not come out as it says.
    package struct Failure: Equatable, Sendable, CustomStringConvertible {
        /// `file:line:column`.
        package let place: String
        package let rule: String
        package let text: String

        package var description: String { "\(place): \(rule): \(text)" }
    }

    private let rules: RuleSet
    private var record: Record
    private var scratch: RuleScratch

    package init(_ rules: RuleSet) {
        self.rules = rules
        record = Record(for: rules)
        scratch = RuleScratch(for: rules)
    }

    /// All examples that fail, in the order of the rules.
    package mutating func failures() -> [Failure] {
        var failures: [Failure] = []
        for (number, rule) in rules.rules.enumerated() {
            for example in rule.examples {
                for text in problems(of: example, number) {
                    failures.append(Failure(place: example.place, rule: rule.name, text: text))
                }
            }
        }
        return failures
    }

    private mutating func problems(of example: Rule.Example, _ number: Int) -> [String] {
        let rule = rules.rules[number]
        set(example, of: rule)
        let bytes = record.bytes
        guard rules.decide(record.subject, of: rule.source, in: bytes.span, using: &scratch) else {
            return ["no rule matches its example \(quoted(example.line))"]
        }
        guard scratch.outcome.rule == number else {
            let other = rules.rules[scratch.outcome.rule]
            let kind = other.kind == rule.kind ? "of the same kind" : "of kind \(other.kind)"
            return ["its example \(quoted(example.line)) is matched by rule \(other.name) before it, \(kind)"]
        }
        let values = Self.values(of: Verdict(scratch.outcome, rules, bytes.span))
        return example.expected.compactMap { name, expected in
            let found = values.first { $0.name == name }?.value
            guard !Self.isSame(found ?? "", expected) else { return nil }
            let was = found.map { "is '\($0)'" } ?? "is absent"
            return "in its example \(quoted(example.line)) \(name) \(was), expected is '\(expected)'"
        }
    }

    /// Whether a value is the one that is expected; numbers may be written differently.
    private static func isSame(_ found: String, _ expected: String) -> Bool {
        if found == expected { return true }
        guard let number = Double(found), let other = Double(expected) else { return false }
        return number == other
    }

    /// What an example can state: keys of the event, objects by type, `TYPE.name`, and parameters.
    private static func values(of verdict: Verdict) -> [(name: String, value: String)] {
        var values = [
            ("kind", verdict.kind.string), ("severity", verdict.severity.word),
            ("classification", verdict.classification.word), ("visibility", verdict.visibility.word),
        ]
        if !verdict.user.isEmpty { values.append(("user", verdict.user.string)) }
        for parameter in verdict.parameters { values.append((parameter.name.string, parameter.value.text.string)) }
        for object in verdict.objects {
            values.append((object.type.string, object.id.string))
            if !object.name.isEmpty { values.append(("\(object.type.string).name", object.name.string)) }
        }
        return values
    }

    /// Makes the record of an example: what it leaves out is what its rule asks for.
    private mutating func set(_ example: Rule.Example, of rule: Rule) {
        record.clear()
        var fields = example.fields
        func add(_ name: String, _ value: String?) {
            guard let value, !fields.contains(where: { $0.name == name }) else { return }
            fields.append((name, value))
        }
        guard rule.source == .journal else {
            record.set(identifier: Text(example.identifier ?? rule.identifiers.first.map(Self.sample) ?? ""))
            record.set(type: Text(example.type ?? rule.types.first.map(Self.sample) ?? ""))
            record.set(message: Text(example.line))
            record.set(
                severity: fields.first { $0.name == "severity" }.flatMap { Severity(word: $0.value) } ?? .unknown)
            for (name, value) in fields { record.set(field: Text(name), Text(value)) }
            return
        }
        add("MESSAGE", example.line)
        add("SYSLOG_IDENTIFIER", example.identifier ?? rule.identifiers.first.map(Self.sample))
        add("_TRANSPORT", example.type ?? rule.types.first.map(Self.sample))
        add("_SYSTEMD_UNIT", rule.units.first.map(Self.sample))
        if let id = rule.messageID {
            add("MESSAGE_ID", id.description)
            for condition in rule.owners.last ?? [] { add(condition.field, condition.values.first.map(Self.sample)) }
        }
        record.set(journalFields: fields.map { (Text($0.name), Text($0.value)) })
    }

    /// A text that a glob matches.
    private static func sample(_ glob: Glob) -> String {
        if let literal = glob.literal { return String(decoding: literal, as: UTF8.self) }
        return String(glob.pattern.filter { $0 != "*" && $0 != "\\" }.map { $0 == "?" ? "x" : $0 })
    }

    private func quoted(_ line: String) -> String {
        line.count > 160 ? "'\(line.prefix(160))…'" : "'\(line)'"
    }
}
