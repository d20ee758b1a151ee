internal import EventModel

/// Finds the entries of a group, or of all groups of a list, that may match a text.
final class Finder: Sendable {
    let trie: PrefixTrie
    let inner: InnerIndex
    /// Entries with a message ID, in their order.
    let messageIDs: [EventID: [Int]]
    /// Whether every pattern in `inner` begins with a number.
    private let needsNumber: Bool

    /// - Parameter entries: in their order.
    init(_ entries: [Int32], of rules: RuleSet) {
        var prefixes: [(bytes: [UInt8], entry: Int)] = []
        var messageIDs: [EventID: [Int]] = [:]
        var others: [(entry: Int, literals: [[UInt8]])] = []
        for entry in entries.map(Int.init) {
            let pattern = rules.pattern(of: entry)
            let ownPrefixes = pattern?.prefixes ?? [[]]
            if let id = rules.rules[Int(rules.entries[entry].rule)].messageID {
                messageIDs[id, default: []].append(entry)
            } else if ownPrefixes.contains([]) {
                others.append((entry, pattern?.literals ?? []))
            } else {
                prefixes += ownPrefixes.map { ($0, entry) }
            }
        }
        trie = PrefixTrie(prefixes)
        inner = InnerIndex(others)
        self.messageIDs = messageIDs
        needsNumber = others.allSatisfy { rules.pattern(of: $0.entry)?.beginsWithNumber ?? false }
    }

    /// Whether the first byte of a text may be that of an entry in `inner`.
    @inline(__always) func mayBegin(_ text: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard needsNumber else { return true }
        guard !text.isEmpty else { return false }
        let byte = bytes[text.lowerBound]
        return isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
    }
}

extension Pattern {
    fileprivate var beginsWithNumber: Bool {
        switch elements.first {
        case .placeholder(_, .int), .placeholder(_, .number): true
        case .placeholder, .literal, .choice, .none: false
        }
    }
}

extension RuleSet {
    /// The pattern of an entry; `nil` for any text.
    fileprivate func pattern(of entry: Int) -> Pattern? {
        let rule = Int(entries[entry].rule)
        guard entries[entry].pattern >= 0 else { return nil }
        return rules[rule].patterns[Int(entries[entry].pattern) - compiled[rule].firstPattern]
    }
}

/// A finder is made when a record first asks for it: most groups are for programs that a host does not have.
extension RuleScratch {
    @inline(__always) mutating func finder(of group: Int, _ rules: RuleSet) -> Finder {
        groupFinders[group] ?? madeFinder(of: group, rules)
    }

    @inline(__always) mutating func finder(of list: borrowing RuleSet.List, _ rules: RuleSet) -> Finder {
        listFinders[list.number] ?? madeFinder(of: list, rules)
    }

    @inline(never) private mutating func madeFinder(of group: Int, _ rules: RuleSet) -> Finder {
        let finder = Finder(rules.groups[group].entries, of: rules)
        groupFinders[group] = finder
        while hits.count < finder.inner.wordCount { hits.append(0) }
        return finder
    }

    @inline(never) private mutating func madeFinder(of list: borrowing RuleSet.List, _ rules: RuleSet) -> Finder {
        let finder =
            list.groups.count == 1
            ? finder(of: list.groups[0], rules)
            : Finder(list.groups.flatMap { rules.groups[$0].entries }.sorted(), of: rules)
        listFinders[list.number] = finder
        while hits.count < finder.inner.wordCount { hits.append(0) }
        return finder
    }
}
