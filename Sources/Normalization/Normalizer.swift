package import EventModel

/// Gives events of a remote source their place in the taxonomy. An event sent by hand never passes it.
package struct Normalizer: Sendable {
    package let rules: RuleSet
    package let source: SourceType
    private var record: Record
    private var scratch: RuleScratch

    package init(_ rules: RuleSet, for source: SourceType) {
        self.rules = rules
        self.source = source
        record = Record(for: rules)
        scratch = RuleScratch(for: rules)
    }

    /// What the rules make of an event: with the kind, severity, classification, visibility, user, objects,
    /// parameters and tags of the first rule that matches. Without one it stays as it is, and gets the fallback kind of
    /// its source when it has none.
    ///
    /// Iguazio's kind, severity, classification and visibility stand as they are. The user of an event gives way only
    /// to one that a rule names.
    package mutating func normalized(_ event: Event) -> Event {
        if decides(event) {
            return event.with(Verdict(scratch.outcome, rules, record.bytes.span), of: source)
        }
        return event.kind.isEmpty ? event.with(Verdict(fallbackOf: event, of: source), of: source) : event
    }

    /// What the first rule that matches makes of an event; `nil` when none does.
    package mutating func outcome(of event: Event) -> RuleOutcome? {
        decides(event) ? scratch.outcome : nil
    }

    /// What the rule caught that ``outcome(of:)`` found last.
    package var captures: [RuleSet.Capture] {
        let bytes = record.bytes
        return rules.captures(in: scratch, bytes.span)
    }

    private mutating func decides(_ event: Event) -> Bool {
        guard !rules.rules.isEmpty else { return false }
        record.clear()
        record.set(event, of: source)
        let bytes = record.bytes
        return rules.decide(record.subject, of: source, in: bytes.span, using: &scratch)
    }
}

/// A rule's outcome, or the fallback, with texts of its own.
package struct Verdict: Sendable {
    package var kind: Text
    package var severity: Severity
    package var classification: Classification
    package var visibility: Visibility
    package var user = Text.empty
    /// Whether the rule names the user itself.
    package var namesUser = false
    package var objects: [AssociatedObject] = []
    package var parameters: [Parameter] = []
    package var tags: [Text] = []

    /// What a rule made of a record.
    package init(_ outcome: RuleOutcome, _ rules: RuleSet, _ bytes: Span<UInt8>) {
        kind = rules.texts[outcome.kind]
        severity = outcome.severity
        classification = outcome.classification
        visibility = outcome.visibility
        user = outcome.text(outcome.user, rules, bytes)
        namesUser = rules.rules[outcome.rule].user != nil
        for object in outcome.objects {
            objects.append(
                AssociatedObject(
                    type: rules.texts[object.type], id: outcome.text(object.id, rules, bytes),
                    name: outcome.text(object.name, rules, bytes)))
        }
        for parameter in outcome.parameters {
            let value: ParameterValue =
                switch parameter.value {
                case .integer(let number): .integer(number)
                case .number(let number): .number(number)
                case .none, .constant, .record, .composed:
                    .text(outcome.text(parameter.value, rules, bytes))
                }
            parameters.append(Parameter(rules.texts[parameter.name], value))
        }
        tags = outcome.tags.map { rules.texts[$0] }
    }

    /// What an event is that no rule knows (`kinds.md`, "Fallback").
    init(fallbackOf event: Event, of source: SourceType) {
        visibility = .internal
        severity = event.severity == .unknown ? .info : event.severity
        switch source {
        case .journal: (kind, classification) = ("Software.Service.Message.Logged", .sw)
        case .maas:
            let isAudit = event.parameters.contains { $0.name == "level" && $0.value == .text("AUDIT") }
            (kind, classification) = ("Compute.Machine.Event.Logged", isAudit ? .audit : .bg)
        case .panko:
            (kind, classification) = ("Software.OpenStack.Event.Logged", .bg)
            let isFailure =
                event.type.bytes.suffix(6).elementsEqual(".error".utf8)
                || event.parameters.contains {
                    ($0.name == "outcome" && $0.value == .text("failure"))
                        || ($0.name == "state" && $0.value == .text("error"))
                }
            if isFailure { severity = max(severity, .warning) }
        case .mws: (kind, classification) = ("Compute.Moab.Event.Logged", .bg)
        case .iguazio: (kind, classification) = ("Software.Iguazio.Event.Logged", .unknown)
        }
    }
}

extension RuleOutcome {
    /// A value as text; empty for none.
    package func text(_ value: Value, _ rules: RuleSet, _ bytes: Span<UInt8>) -> Text {
        switch value {
        case .none: return .empty
        case .constant(let number): return rules.texts[number]
        case .record(let range): return Text(copying: bytes.extracting(range))
        case .composed(let range): return Text(Array(composed[range]))
        case .integer(let number):
            var bytes: [UInt8] = []
            number.append(to: &bytes)
            return Text(bytes)
        case .number(let number): return Text("\(number)")
        }
    }
}

extension Event {
    /// The event with what a verdict says of it.
    package func with(_ verdict: Verdict, of source: SourceType) -> Event {
        let isOwn = source == .iguazio
        let hasKind = isOwn && !kind.isEmpty && kind != Self.iguazioFallback
        return Event(
            id: id, time: time, observedTime: observedTime, source: self.source, origin: origin, host: host,
            kind: hasKind ? kind : verdict.kind, type: type, severity: isOwn ? severity : verdict.severity,
            classification: isOwn ? classification : verdict.classification,
            visibility: isOwn ? visibility : verdict.visibility,
            isSystemEvent: isSystemEvent, code: code, message: message,
            user: !verdict.user.isEmpty && (user.isEmpty || verdict.namesUser) ? verdict.user : user, tenant: tenant,
            objects: objects(with: verdict.objects, of: source), arguments: arguments,
            parameters: parameters(with: verdict.parameters),
            tags: tags + verdict.tags.filter { !tags.contains($0) })
    }

    /// The kind of an event that Iguazio gave none.
    private static let iguazioFallback: Text = "Software.Iguazio.Event.Logged"

    /// The event's own objects, then the rule's. A unit that a rule names is another than the one that wrote the entry.
    private func objects(with others: [AssociatedObject], of source: SourceType) -> [AssociatedObject] {
        let namesUnit = source == .journal && others.contains { $0.type == "unit" }
        let own = namesUnit ? objects.filter { $0.type != "unit" } : objects
        return own + others.filter { other in !own.contains { $0.type == other.type && $0.id == other.id } }
    }

    /// The event's own parameters, those of the rule in place of such with the same name, then the rule's others.
    private func parameters(with others: [Parameter]) -> [Parameter] {
        let own = parameters.map { parameter in others.first { $0.name == parameter.name } ?? parameter }
        return own + others.filter { other in !parameters.contains { $0.name == other.name } }
    }
}
