/// Finds numbers by words of bytes, without an allocation: identifiers and types of rules.
struct WordTable: Sendable {
    /// Longest word; what is longer is not in the table.
    static let maximumByteCount = 256

    private struct Slot {
        var start: Int32 = 0
        /// -1 for an empty slot.
        var count: Int32 = -1
        var value: Int32 = 0
    }

    private var slots: [Slot]
    private var pool: [UInt8] = []

    /// A table of different words.
    init(_ words: [[UInt8]: Int]) {
        var capacity = 8
        while capacity < words.count * 2 { capacity *= 2 }
        slots = [Slot](repeating: Slot(), count: capacity)
        for (word, value) in words where word.count <= Self.maximumByteCount {
            var index = place(of: word.span)
            while slots[index].count >= 0 { index = (index + 1) & (capacity - 1) }
            slots[index] = Slot(start: Int32(pool.count), count: Int32(word.count), value: Int32(value))
            pool += word
        }
    }

    /// The word's number; `nil` for one that is not in the table.
    subscript(word: Span<UInt8>) -> Int? {
        guard word.count <= Self.maximumByteCount else { return nil }
        var index = place(of: word)
        while true {
            let slot = slots[index]
            guard slot.count >= 0 else { return nil }
            if slot.count == word.count, holds(word, at: Int(slot.start)) { return Int(slot.value) }
            index = (index + 1) & (slots.count - 1)
        }
    }

    private func holds(_ word: Span<UInt8>, at start: Int) -> Bool {
        for index in word.indices where pool[start + index] != word[index] { return false }
        return true
    }

    /// FNV-1a, 64 bits, folded.
    private func place(of word: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in word.indices { hash = (hash ^ UInt64(word[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & UInt64(slots.count - 1))
    }
}
