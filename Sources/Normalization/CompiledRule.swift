internal import EventModel

/// A rule with numbers in place of names.
struct CompiledRule: Sendable {
    struct Condition: Sendable {
        let field: Int
        let values: [Glob]
    }

    /// Where a value comes from. Nothing in it is counted, as it is copied for each event.
    enum Value: Sendable {
        case none
        /// A number of the set's texts.
        case constant(Int)
        case slot(Int)
        /// A range of the set's pieces.
        case composed(Range<Int>)
    }

    enum Piece: Sendable {
        case text([UInt8])
        case slot(Int)
    }

    /// What a text becomes where it can.
    enum Form: Sendable {
        case text, integer, number
    }

    struct Parameter: Sendable {
        let name: Int
        let value: Value
        let form: Form
    }

    struct Object: Sendable {
        let type: Int
        let id: Value
        let name: Value
    }

    struct FieldValue: Sendable {
        let slot: Int
        let fields: [Int]
    }

    enum Severity: Sendable {
        case fixed(SeverityBound)
        /// By slot or field; `field` where the slot is -1.
        case byValue(slot: Int, field: Int, values: [(glob: Glob, bound: SeverityBound)], otherwise: SeverityBound)
    }

    /// Captures that it keeps.
    var slotCount = 0
    /// Number of its first pattern in the code.
    var firstPattern = 0
    /// Looked at for entries that are not found by identifier (journal) or type (remote sources).
    var keys: [Glob] = []
    /// The other one of both.
    var others: [Glob] = []
    var units: [Glob] = []
    var owners: [[Condition]] = []
    var conditions: [Condition] = []
    var fieldValues: [FieldValue] = []

    var kind = 0
    var severity = Severity.fixed(SeverityBound(form: .atLeast, severity: .unknown))
    /// Whether the severity is the kind's default.
    var hasDefaultSeverity = true
    var classification = Classification.unknown
    var visibility = Visibility.unknown
    var user = Value.none
    var parameters: [Parameter] = []
    var objects: [Object] = []
    var tags: [Int] = []
}
