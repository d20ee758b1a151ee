internal import EventModel

/// Numbers for field names, so that a name is looked at once and everything known of it stands in an array.
struct FieldNames: Sendable {
    /// Longest name, in bytes. Journald takes names of up to 64.
    static let maximumNameByteCount = 64

    /// Number of names; the next one gets it.
    private(set) var count = 0
    private var bytes: [UInt8] = []
    /// Where each name begins in `bytes`, and the end of the last one.
    private var offsets: [Int] = [0]
    /// Open addressing, a power of two, at most half full: number of a name plus one, or zero.
    private var slots = [Int32](repeating: 0, count: 512)

    init() {}

    /// Forgets all names.
    mutating func removeAll() {
        self = FieldNames()
    }

    /// The number of a name; a new one the first time.
    mutating func number(of name: Span<UInt8>) -> Int {
        let hash = Self.hash(name)
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if self.name(number).isEqual(to: name) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        bytes.append(copying: name)
        offsets.append(bytes.count)
        count += 1
        slots[slot] = Int32(count)
        if count * 2 > slots.count { grow() }
        return count - 1
    }

    /// The name with a number.
    @_lifetime(borrow self)
    func name(_ number: Int) -> Span<UInt8> {
        bytes.span.extracting(offsets[number]..<offsets[number + 1])
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for number in 0..<count {
            var slot = Self.hash(name(number)) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number + 1)
        }
    }

    /// FNV-1a, its high bits folded in.
    private static func hash(_ name: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 29) & 0x7FFF_FFFF)
    }
}
