import EventModel

@testable import Normalization

/// A rule of the journal for tests: `patterns` are known to be right.
func rule(
    _ name: String, _ patterns: String..., identifiers: [String] = [], kind: String = "Software.Test.Matched",
    _ change: (inout Rule) throws -> Void = { _ in }
) throws -> Rule {
    var rule = Rule(name: name, kind: kind)
    rule.identifiers = identifiers.map(Glob.init)
    rule.patterns = try patterns.map { pattern throws(PatternError) in try Pattern(pattern) }
    try change(&rule)
    return rule
}

/// What came of a message.
struct Decided: Equatable {
    var rule = ""
    var user = ""
    var severity = Severity.unknown
    var values: [String: String] = [:]
    var objects: [String: String] = [:]
}

/// Asks rules about one record.
struct Asking {
    let rules: RuleSet
    private var record: Record
    private var scratch: RuleScratch
    var steps = StepCounter()

    init(_ rules: [Rule]) {
        self.rules = RuleSet(rules)
        record = Record(for: self.rules)
        scratch = RuleScratch(for: self.rules)
    }

    mutating func journal(_ message: String, identifier: String = "test", fields: [(Text, Text)] = []) -> Decided? {
        record.clear()
        record.set(journalFields: fields + [("SYSLOG_IDENTIFIER", Text(identifier)), ("MESSAGE", Text(message))])
        return decide(.journal)
    }

    mutating func remote(
        _ source: SourceType, type: String, _ message: String = "", severity: Severity = .unknown,
        fields: [(Text, Text)] = []
    ) -> Decided? {
        record.clear()
        record.set(type: Text(type))
        record.set(message: Text(message))
        record.set(severity: severity)
        for (name, value) in fields { record.set(field: name, value) }
        return decide(source)
    }

    /// Asks with bytes that may be anything; the answer is not looked at.
    mutating func feed(_ message: [UInt8], identifier: [UInt8]) -> Bool {
        record.clear()
        record.set(identifier: Text(identifier))
        record.set(message: Text(message))
        let bytes = record.bytes
        return rules.decide(record.subject, of: .journal, in: bytes.span, using: &scratch, counting: &steps)
    }

    private mutating func decide(_ source: SourceType) -> Decided? {
        let bytes = record.bytes
        guard rules.decide(record.subject, of: source, in: bytes.span, using: &scratch) else { return nil }
        let verdict = Verdict(scratch.outcome, rules, bytes.span)
        var decided = Decided(rule: rules.rules[scratch.outcome.rule].name, user: verdict.user.string)
        decided.severity = verdict.severity
        for parameter in verdict.parameters { decided.values[parameter.name.string] = parameter.value.text.string }
        for object in verdict.objects { decided.objects[object.type.string] = object.id.string }
        return decided
    }
}

/// What a pattern catches in a text; `nil` when it does not match.
func caught(_ pattern: String, _ text: String) throws -> [String: String]? {
    var asking = Asking([try rule("test/one", pattern)])
    guard let decided = asking.journal(text) else { return nil }
    var values = decided.values
    if !decided.user.isEmpty { values["user"] = decided.user }
    return values
}
