package import EventModel

/// Rules, compiled: found by source type, identifier (journal) or native type (remote sources), and then by literal
/// prefix or by four bytes in a row, so that the number of rules hardly matters. The first rule in order wins.
package struct RuleSet: Sendable {
    /// A pattern of a rule. Entries are in the order of the rules.
    struct Entry: Sendable {
        let rule: Int32
        /// Number in the code; -1 for any text.
        let pattern: Int32
        /// Whether something else than the pattern and the rule's identifiers (journal) or types (remote sources) must
        /// hold.
        let isConditional: Bool
        /// Bits in the set's `gramBits` without which the pattern cannot match.
        let gramStart: Int32
        let gramCount: Int32
    }

    /// Entries that look at the same text. How they are found is made when a record first asks for it (``Finder``).
    struct Group: Sendable {
        /// Number in `strips`.
        let strip: Int
        /// Whether the identifiers (journal) or types (remote sources) of a rule have yet to be looked at.
        let checksKey: Bool
        /// In their order.
        let entries: [Int32]
    }

    /// Texts that are taken off, longest first.
    struct Strip: Sendable {
        let prefixes: [[UInt8]]
        let suffixes: [[UInt8]]

        var isEmpty: Bool { prefixes.isEmpty && suffixes.isEmpty }
    }

    /// All groups for the records of one identifier or type. Most texts have nothing to take off, and then the entries
    /// of all groups are looked for in one go.
    struct List: Sendable {
        /// Numbers of groups.
        let groups: [Int]
        /// Numbers in `strips`, of the groups that take something off.
        let strips: [Int]
        /// Number among all lists.
        let number: Int
    }

    /// The rules of one source type.
    struct Table: Sendable {
        /// Place of a list in `lists` by identifier or type.
        var keys = WordTable([:])
        /// The last one is for records whose identifier or type is not in `keys`.
        var lists: [List] = []
        /// Groups for records whose identifier or type may match one of `globs`. An identifier of `keys` has in its
        /// list what is for it.
        var globbed: [Int] = []
        var globs: [Glob] = []
    }

    /// In order: the first that matches wins.
    package let rules: [Rule]
    /// Constants of outcomes.
    package let texts: [Text]
    /// Names of the fields that rules look at.
    package let fieldNames: [Text]

    let fieldTable: WordTable
    /// Names of parameters that rules set.
    let parameterTable: WordTable
    let code: MatchCode
    let compiled: [CompiledRule]
    /// Parts of the texts that rules put together.
    let pieces: [CompiledRule.Piece]
    let entries: [Entry]
    /// Bits of a filter (``Gram``).
    let gramBits: [UInt16]
    let groups: [Group]
    let strips: [Strip]
    /// By number of the source type.
    let tables: [Table]
    let listCount: Int
    let countName: Int
    /// Fields that say more of a remote record's severity.
    let levelField: Int
    let outcomeField: Int
    let stateField: Int
    /// Captures of the rule that keeps the most, at least one.
    let slotCount: Int

    /// No rules.
    package static let empty = RuleSet([])

    /// Compiles rules that stand in order.
    package init(_ rules: [Rule]) {
        var compiler = RuleCompiler()
        for rule in rules { compiler.append(rule) }
        self.rules = rules
        code = compiler.code
        compiled = compiler.compiled
        pieces = compiler.pieces
        entries = compiler.entries
        gramBits = compiler.gramBits
        strips = compiler.strips
        (tables, groups) = compiler.tables()
        listCount = compiler.listCount
        countName = compiler.text("count")
        levelField = compiler.field("level")
        outcomeField = compiler.field("outcome")
        stateField = compiler.field("state")
        texts = compiler.texts
        fieldNames = compiler.fieldNames
        fieldTable = WordTable(
            Dictionary(uniqueKeysWithValues: fieldNames.enumerated().map { ($0.element.bytes, $0.offset) }))
        let names = Set(compiled.flatMap { $0.parameters.map(\.name) } + [countName])
        parameterTable = WordTable(
            Dictionary(uniqueKeysWithValues: names.map { [texts] in (texts[$0].bytes, $0) }))
        slotCount = max(compiled.map(\.slotCount).max() ?? 0, 1)
    }

    /// The number of a field's name, for ``Subject/set(field:_:)``; `nil` for a field that no rule looks at.
    package func fieldIndex(of name: Span<UInt8>) -> Int? { fieldTable[name] }

    /// The number of a parameter's name in ``texts``; `nil` for one that no rule sets.
    package func parameterIndex(of name: Span<UInt8>) -> Int? { parameterTable[name] }
}

extension SourceType {
    /// Its place among all.
    var number: Int {
        switch self {
        case .journal: 0
        case .maas: 1
        case .panko: 2
        case .mws: 3
        case .iguazio: 4
        }
    }
}
