import EventModel

/// Notices a name that comes a second time.
struct DistinctNames {
    /// Up to here comparing with all others is cheaper than hashing: most names differ in length.
    private static let maximumListCount = 24

    private var list: [Text] = []
    private var set: Set<Text> = []

    init() {}

    /// - Parameter names: different from each other.
    init(_ names: some Sequence<Text>) {
        for name in names { _ = insert(name) }
    }

    /// - Returns: `false` when `name` came before.
    mutating func insert(_ name: Text) -> Bool {
        guard list.count == Self.maximumListCount else {
            guard !list.contains(name) else { return false }
            list.append(name)
            return true
        }
        if set.isEmpty { set.formUnion(list) }
        return set.insert(name).inserted
    }
}
