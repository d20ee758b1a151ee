internal import EventModel

extension RuleCompiler {
    /// All groups, and how they are found by source type.
    mutating func tables() -> ([RuleSet.Table], [RuleSet.Group]) {
        let tables = SourceType.allCases.sorted { $0.number < $1.number }.map { table(of: $0) }
        return (tables, groups)
    }

    private mutating func table(of source: SourceType) -> RuleSet.Table {
        var table = RuleSet.Table()
        var lists: [[UInt8]: [Int]] = [:]
        var general: [Int] = []
        var globbed: [Int] = []
        for number in families.indices where families[number].source == source {
            let globs = families[number].globs
            let others = globs.filter { !Self.isKey($0) }
            for key in Set(globs.filter(Self.isKey).map { Self.key($0, source) }) {
                lists[key, default: []].append(number)
            }
            if globs.isEmpty { general.append(number) }
            if !others.isEmpty { globbed.append(number) }
            table.globs += others.filter { !table.globs.contains($0) }
        }
        var places: [[UInt8]: Int] = [:]
        for (key, own) in lists {
            // Of a remote source's type the key is only a part.
            let others = source == .journal ? globbed.filter { isFor(key, $0) && !own.contains($0) } : []
            places[key] = table.lists.count
            table.lists.append(list(of: own + others + general))
        }
        table.keys = WordTable(places)
        table.lists.append(list(of: general))
        table.globbed = groups(of: globbed, checksKey: true)
        return table
    }

    /// Whether it is looked up rather than matched.
    private static func isKey(_ glob: Glob) -> Bool {
        glob.literal.map { $0.count <= WordTable.maximumByteCount } ?? false
    }

    private static func key(_ glob: Glob, _ source: SourceType) -> [UInt8] {
        let literal = glob.literal ?? []
        guard source != .journal else { return literal }
        var key: [UInt8] = []
        source.append(typeKey: literal.span, to: &key)
        return key
    }

    private func isFor(_ key: [UInt8], _ family: Int) -> Bool {
        families[family].globs.contains { $0.matches(key.span) }
    }

    private mutating func list(of families: [Int]) -> RuleSet.List {
        let numbers = groups(of: families, checksKey: false)
        listCount += 1
        return RuleSet.List(
            groups: numbers, strips: numbers.map { groups[$0].strip }.filter { !strips[$0].isEmpty },
            number: listCount - 1)
    }

    /// The numbers of groups that have the entries of some families.
    private mutating func groups(of numbers: [Int], checksKey: Bool) -> [Int] {
        Dictionary(grouping: numbers.sorted()) { families[$0].strip }.sorted { $0.key < $1.key }.map { strip, members in
            let key = GroupKey(strip: strip, checksKey: checksKey, families: members)
            if let number = groupNumbers[key] { return number }
            groupNumbers[key] = groups.count
            groups.append(
                RuleSet.Group(
                    strip: strip, checksKey: checksKey, entries: members.flatMap { families[$0].entries }.sorted()))
            return groups.count - 1
        }
    }
}
