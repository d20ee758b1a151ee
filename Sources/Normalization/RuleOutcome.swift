package import EventModel

/// What a rule makes of a record, without a copy of any of it. Used again for the next record.
///
/// Constants are numbers of ``RuleSet/texts``, so that a writer can keep where it wrote them.
package struct RuleOutcome: Sendable {
    package enum Value: Equatable, Sendable {
        /// Absent.
        case none
        /// A number of ``RuleSet/texts``.
        case constant(Int)
        /// A range of the record's bytes, at most ``EventModel/TextCutter/maximumTextByteCount``, not empty.
        case record(Range<Int>)
        /// A range of ``RuleOutcome/composed``, not empty.
        case composed(Range<Int>)
        case integer(WholeNumber)
        case number(Double)
    }

    package struct Parameter: Equatable, Sendable {
        /// A number of ``RuleSet/texts``; each name once.
        package let name: Int
        /// Never none.
        package let value: Value
    }

    package struct Object: Equatable, Sendable {
        /// A number of ``RuleSet/texts``.
        package let type: Int
        /// Never none, and a text.
        package let id: Value
        package let name: Value
    }

    /// Number of the rule in ``RuleSet/rules``.
    package internal(set) var rule = 0
    /// Number of the pattern that matched in the rule's; `nil` for a rule that asks for none.
    package internal(set) var pattern: Int?
    /// A number of ``RuleSet/texts``.
    package internal(set) var kind = 0
    /// The event's severity: the rule's and the record's own.
    package internal(set) var severity = Severity.unknown
    package internal(set) var classification = Classification.unknown
    package internal(set) var visibility = Visibility.unknown
    package internal(set) var user = Value.none
    package internal(set) var objects: [Object] = []
    package internal(set) var parameters: [Parameter] = []
    /// Numbers of ``RuleSet/texts``.
    package internal(set) var tags: [Int] = []
    /// Texts that were put together of several parts.
    package internal(set) var composed: [UInt8] = []

    package init() {}

    mutating func clear() {
        user = .none
        objects.removeAll(keepingCapacity: true)
        parameters.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
        composed.removeAll(keepingCapacity: true)
    }
}

/// Memory for deciding, used again for each record.
package struct RuleScratch: Sendable {
    /// Of the attempt under way, and of the best match so far.
    var captures: [CaptureRange]
    var bestCaptures: [CaptureRange]
    var hits: [UInt64] = []
    /// By number of a list and of a group, those that were made.
    var listFinders: [Finder?]
    var groupFinders: [Finder?]
    /// Filter of the current text, and whether it was made.
    var grams = GramFilter()
    var hasGrams = false
    /// A native type in the form that is looked up.
    var type: [UInt8] = []
    /// What ``RuleSet/decide(_:in:using:)`` decided last.
    package internal(set) var outcome = RuleOutcome()

    /// Memory for the rules of one set.
    package init(for rules: RuleSet) {
        captures = [CaptureRange](repeating: .none, count: rules.slotCount)
        bestCaptures = captures
        listFinders = [Finder?](repeating: nil, count: rules.listCount)
        groupFinders = [Finder?](repeating: nil, count: rules.groups.count)
    }
}
