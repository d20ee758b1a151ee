/// Finds the entries whose pattern begins with a placeholder and may match a text: those of which four bytes in a row
/// stand in it. One walk over the text, however many entries there are.
///
/// Runs of spaces count as one.
struct InnerIndex: Sendable {
    /// Entries in their order; a bit of a hit list stands for the one at its place.
    private let members: [Int32]
    /// The first entry; larger than any where there is none.
    let firstMember: Int
    /// Entries that have no four bytes in a row, as a hit list.
    private let always: [UInt64]
    /// By hash of four bytes, whether an entry has such: what is not here is looked for no further.
    private let filter: GramFilter
    /// Bits in the words of `filter` before each.
    private let ranks: [Int32]
    /// By rank of a bit, where its grams begin, and the end of the last one's.
    private let starts: [Int32]
    /// The four bytes of an entry, by bit, and its place in `members`.
    private let grams: [UInt32]
    private let places: [Int32]

    /// - Parameter entries: in their order, each with the literals that its texts hold.
    init(_ entries: [(entry: Int, literals: [[UInt8]])]) {
        let all = entries.map { $0.literals.flatMap(Gram.grams) }
        var frequency: [UInt32: Int] = [:]
        for list in all { for gram in Set(list) { frequency[gram, default: 0] += 1 } }
        var found: [(bit: Int, gram: UInt32, place: Int)] = []
        var always = [UInt64](repeating: 0, count: (entries.count + 63) / 64)
        for place in entries.indices {
            let best = all[place].max { Gram.worth($0, frequency[$0] ?? 0) < Gram.worth($1, frequency[$1] ?? 0) }
            if let best {
                found.append((Gram.hash(best), best, place))
            } else {
                always[place / 64] |= 1 << UInt64(place % 64)
            }
        }
        found.sort { ($0.bit, $0.place) < ($1.bit, $1.place) }
        var filter = GramFilter()
        var starts: [Int32] = []
        for (index, (bit, _, _)) in found.enumerated() {
            if index == 0 || found[index - 1].bit < bit { starts.append(Int32(index)) }
            filter.add(bit)
        }
        var ranks: [Int32] = []
        var rank: Int32 = 0
        for word in filter.words {
            ranks.append(rank)
            rank += Int32(word.nonzeroBitCount)
        }
        members = entries.map { Int32($0.entry) }
        firstMember = entries.first?.entry ?? .max
        self.always = always
        self.filter = filter
        self.ranks = ranks
        self.starts = starts + [Int32(found.count)]
        grams = found.map(\.gram)
        places = found.map { Int32($0.place) }
    }

    /// Whether it has to look at texts.
    var hasGrams: Bool { !grams.isEmpty }
    /// Words of a hit list.
    var wordCount: Int { always.count }

    func member(at bit: Int) -> Int { Int(members[bit]) }

    /// Writes the hit list of a text to the beginning of `hits`.
    func find<Meter: StepMeter>(
        _ bytes: Span<UInt8>, in range: Range<Int>, hits: inout [UInt64], meter: inout Meter
    ) {
        for word in always.indices { hits[word] = always[word] }
        guard hasGrams, range.count >= 4 else { return }
        var gram: UInt32 = 0
        var length = 0
        var last: UInt8 = 0
        for place in range {
            meter.step()
            let byte = bytes[place]
            if byte == 0x20, last == 0x20 { continue }
            last = byte
            gram = gram << 8 | UInt32(byte)
            length += 1
            let bit = Gram.hash(gram)
            guard length >= 4, filter.has(bit) else { continue }
            for index in grams(of: bit) where grams[index] == gram { mark(places[index], &hits) }
        }
    }

    /// Writes the hit list of a text with this filter. Also entries are in it of which the four bytes only have the same
    /// hash as others of the text.
    func find(in text: borrowing GramFilter, hits: inout [UInt64]) {
        for word in always.indices { hits[word] = always[word] }
        var words = filter.occupied & text.occupied
        while words != 0 {
            let word = words.trailingZeroBitCount
            words &= words - 1
            var common = filter.words[word] & text.words[word]
            while common != 0 {
                for index in grams(of: word * 64 + common.trailingZeroBitCount) { mark(places[index], &hits) }
                common &= common - 1
            }
        }
    }

    /// The grams that have a bit of the filter.
    private func grams(of bit: Int) -> Range<Int> {
        let before = filter.words[bit / 64] & (1 << UInt64(bit % 64) - 1)
        let rank = Int(ranks[bit / 64]) + before.nonzeroBitCount
        return Int(starts[rank])..<Int(starts[rank + 1])
    }

    @inline(__always) private func mark(_ place: Int32, _ hits: inout [UInt64]) {
        hits[Int(place) / 64] |= 1 << UInt64(place % 64)
    }
}
