internal import EventModel

/// Makes events of Panko's records (`design.md`, section 3; `kinds.md`).
struct PankoMapping: Sendable {
    /// Whether the notification becomes the parameter `raw`.
    let keepsRaw: Bool

    func event(from record: PankoRecord, id: EventID, source: String, observed: Timestamp) -> Event {
        var cutter = TextCutter()
        let type = PankoEventType(record.eventType)
        let traits = PankoTraits(record.traits)
        let kind = PankoKind(of: type, outcome: traits.word("outcome"))
        let objects = PankoObjects(type, traits)
        let message = PankoSentence(type, traits, objects.main).text
        return Event(
            id: id, time: record.generated, observedTime: observed, source: Text(source),
            origin: cutter.cut(traits.text("service"), "origin"), host: cutter.cut(traits.text("host"), "host"),
            kind: Text(kind.name), type: cutter.cut(record.eventType, "type"),
            severity: kind.severity(phase: type.phase, outcome: traits.word("outcome"), state: traits.word("state")),
            classification: kind.classification, visibility: kind.visibility,
            message: cutter.cut(message, "message", limit: TextCutter.maximumMessageByteCount),
            user: cutter.cut(traits.user?.value ?? .empty, "user"),
            tenant: Tenant(id: cutter.cut(traits.tenant?.value ?? .empty, "tenant.id")),
            objects: objects.all.map { object in
                AssociatedObject(
                    type: object.type, id: cutter.cut(object.id, "objects.id"),
                    name: cutter.cut(object.name, "objects.name"))
            },
            parameters: parameters(of: record, type, traits, objects, &cutter))
    }

    private func parameters(
        of record: PankoRecord, _ type: PankoEventType, _ traits: PankoTraits, _ objects: PankoObjects,
        _ cutter: inout TextCutter
    ) -> [Parameter] {
        var parameters = TypedParameters()
        for (index, trait) in record.traits.enumerated()
        where !traits.consumed.contains(index) && !objects.consumed.contains(index) {
            let value = PankoTraits.value(of: trait)
            if case .text(let text) = value {
                parameters.append(trait, .text(cutter.cut(text, trait.name.string)))
            } else {
                parameters.append(trait, value)
            }
        }
        let address = traits.text("initiator_host_addr")
        if !address.isEmpty { parameters.appendOurs("address", .text(cutter.cut(address, "address"))) }
        if let phase = type.phase { parameters.appendOurs("phase", .text(Text(phase.rawValue))) }
        if keepsRaw, let raw = record.raw { parameters.appendOurs("raw", .text(cutter.cut(raw, "raw"))) }
        for truncation in cutter.truncations { parameters.appendOurs(truncation.name, truncation.value) }
        return parameters.all
    }
}

/// Parameters while they are collected; each name once.
private struct TypedParameters {
    private(set) var all: [Parameter] = []
    private var names: Set<Text> = []

    /// Appends a trait's; a name that is taken, as by a trait of another type, gets the type behind it: `size.integer`.
    mutating func append(_ trait: PankoRecord.Trait, _ value: ParameterValue) {
        var name = trait.name
        while names.contains(name) { name = Text(name.bytes + [UInt8(ascii: ".")] + trait.type.bytes) }
        names.insert(name)
        all.append(Parameter(name, value))
    }

    /// Appends one of ours, unless a trait has its name: the native value stands.
    mutating func appendOurs(_ name: Text, _ value: ParameterValue) {
        guard names.insert(name).inserted else { return }
        all.append(Parameter(name, value))
    }
}

/// The traits of a record by name, and those that keys of the event stand for.
struct PankoTraits: Sendable {
    private let traits: [PankoRecord.Trait]
    /// The first text trait of each name.
    private var places: [Text: Int] = [:]
    /// Traits that need not be parameters as well.
    private(set) var consumed: Set<Int> = []
    /// The trait that says who did it.
    private(set) var user: PankoRecord.Trait?
    /// The trait that says whose project it is.
    private(set) var tenant: PankoRecord.Trait?

    init(_ traits: [PankoRecord.Trait]) {
        self.traits = traits
        for (index, trait) in traits.enumerated() where trait.type == "string" && places[trait.name] == nil {
            places[trait.name] = index
        }
        user = ["initiator_name", "initiator_id", "user_id"].lazy.compactMap { [self] in present($0) }.first
        tenant = ["project_id", "tenant_id"].lazy.compactMap { [self] in present($0) }.first
        if let user, let place = places[user.name] { consumed.insert(place) }
        for name in ["project_id", "tenant_id"] as [Text] where tenant != nil && text(name) == tenant?.value {
            if let place = places[name] { consumed.insert(place) }
        }
        if present("host") != nil, let place = places["host"] { consumed.insert(place) }
    }

    /// A text trait; empty where there is none, or it is null in Panko's database, which reads `None`.
    func text(_ name: Text) -> Text { present(name)?.value ?? .empty }

    /// The same for a comparison.
    func word(_ name: Text) -> String { text(name).string }

    /// Where a text trait stands; `nil` where there is none.
    func place(_ name: Text) -> Int? { present(name) == nil ? nil : places[name] }

    private func present(_ name: Text) -> PankoRecord.Trait? {
        guard let place = places[name], !traits[place].value.isEmpty, traits[place].value != "None" else { return nil }
        return traits[place]
    }

    /// A trait's value with its type; the text as it is where it is none of that type, such as `nan`.
    static func value(of trait: PankoRecord.Trait) -> ParameterValue {
        let bytes = trait.value.bytes
        switch trait.type {
        case "integer": if let number = WholeNumber(parsing: bytes.span) { return .integer(number) }
        case "float": if let number = Double(trait.value.string), number.isFinite { return .number(number) }
        case "datetime": if let time = Timestamp(panko: trait.value) { return .time(time) }
        default: break
        }
        return .text(trait.value)
    }
}
