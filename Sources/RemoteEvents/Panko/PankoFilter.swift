internal import EventModel

/// Which events are wanted: by Panko, as far as it can tell, and by us.
///
/// Panko knows one event type, exactly, of a query, and a trait only by the type that it is stored with, of which the
/// settings say nothing. So it is given what it surely understands, and all that it gives is looked at again here.
struct PankoFilter: Sendable {
    /// One filter of a query. Panko pairs the four lists by position: each filter has all four parts.
    struct Clause: Equatable {
        let field: String
        var operation = "eq"
        var type = "string"
        let value: String
    }

    /// Fields of a query that are no traits.
    private static let fields = ["event_type", "message_id", "start_timestamp", "end_timestamp", "all_tenants"]

    /// What every query has.
    let clauses: [Clause]
    private let eventTypes: [Glob]
    private let traits: [PankoSettings.TraitFilter]

    init(_ settings: PankoSettings) {
        eventTypes = settings.eventTypes
        traits = settings.traits
        var clauses: [Clause] = []
        if eventTypes.count == 1, let type = eventTypes.first?.literal {
            clauses.append(Clause(field: "event_type", value: String(decoding: type, as: UTF8.self)))
        }
        for trait in traits where trait.values.count == 1 && !Self.fields.contains(trait.name) {
            let value = trait.values[0]
            if Self.isSurelyText(value) { clauses.append(Clause(field: trait.name, value: value)) }
        }
        if settings.readsAllTenants { clauses.append(Clause(field: "all_tenants", value: "True")) }
        self.clauses = clauses
    }

    /// Whether an event is wanted.
    func accepts(_ record: PankoRecord) -> Bool {
        guard eventTypes.isEmpty || eventTypes.contains(where: { $0.matches(record.eventType.bytes.span) }) else {
            return false
        }
        return traits.allSatisfy { filter in
            record.traits.contains { trait in
                trait.name == Text(filter.name) && filter.values.contains { Self.isEqual(trait, $0) }
            }
        }
    }

    /// Whether a value cannot be a number or a time of Panko's, so that a trait that has it is stored as text.
    private static func isSurelyText(_ value: String) -> Bool {
        Double(value) == nil && Timestamp(panko: Text(value)) == nil && Timestamp(dateOrTime: value) == nil
    }

    /// Whether a trait has a value: as it is written, or the same number or moment written otherwise.
    private static func isEqual(_ trait: PankoRecord.Trait, _ value: String) -> Bool {
        if trait.value == Text(value) { return true }
        switch PankoTraits.value(of: trait) {
        case .integer(let number): return WholeNumber(parsing: Text(value).bytes.span) == number
        case .number(let number): return Double(value) == number
        case .time(let time): return Timestamp(panko: Text(value)) == time || Timestamp(dateOrTime: value) == time
        case .text, .boolean: return false
        }
    }
}
