/// Finds the entries whose pattern begins with a placeholder and may match a text: those of which four bytes in a row
/// stand in it. One walk over the text, however many entries there are.
///
/// Runs of spaces count as one.
struct InnerIndex: Sendable {
    /// Entries in their order; a bit of a hit list stands for the one at its place.
    private(set) var members: [Int32] = []
    /// Entries that have no four bytes in a row, as a hit list.
    private var always: [UInt64] = []
    private var hasGrams = false
    /// By hash of four bytes, whether an entry has such: what is not here is looked for no further.
    private var filter = [UInt64](repeating: 0, count: 64)
    /// The four bytes of an entry, ordered, and its place in `members`.
    private var grams: [UInt32] = []
    private var places: [Int32] = []

    /// - Parameter entries: in their order, each with the literals that its texts hold.
    init(_ entries: [(entry: Int, literals: [[UInt8]])]) {
        let all = entries.map { $0.literals.flatMap(Gram.grams) }
        var frequency: [UInt32: Int] = [:]
        for list in all { for gram in Set(list) { frequency[gram, default: 0] += 1 } }
        var found: [(gram: UInt32, place: Int)] = []
        always = [UInt64](repeating: 0, count: (entries.count + 63) / 64)
        for (place, (entry, _)) in entries.enumerated() {
            members.append(Int32(entry))
            let best = all[place].max { Gram.worth($0, frequency[$0] ?? 0) < Gram.worth($1, frequency[$1] ?? 0) }
            if let best { found.append((best, place)) } else { always[place / 64] |= 1 << UInt64(place % 64) }
        }
        for (gram, place) in found.sorted(by: { ($0.gram, $0.place) < ($1.gram, $1.place) }) {
            grams.append(gram)
            places.append(Int32(place))
            let bit = Gram.hash(gram)
            filter[bit / 64] |= 1 << UInt64(bit % 64)
        }
        hasGrams = !grams.isEmpty
    }

    var isEmpty: Bool { members.isEmpty }
    /// Words of a hit list.
    var wordCount: Int { always.count }

    /// Writes the hit list of a text to the beginning of `hits`.
    func find<Meter: StepMeter>(
        _ bytes: Span<UInt8>, in range: Range<Int>, hits: inout [UInt64], meter: inout Meter
    ) {
        for word in always.indices { hits[word] = always[word] }
        guard hasGrams, range.count >= 4 else { return }
        let filter = filter.span
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
            guard length >= 4, filter[bit / 64] & 1 << UInt64(bit % 64) != 0 else { continue }
            mark(gram, &hits)
        }
    }

    private func mark(_ gram: UInt32, _ hits: inout [UInt64]) {
        var low = 0
        var high = grams.count
        while low < high {
            let middle = (low + high) / 2
            if grams[middle] < gram { low = middle + 1 } else { high = middle }
        }
        while low < grams.count, grams[low] == gram {
            let place = Int(places[low])
            hits[place / 64] |= 1 << UInt64(place % 64)
            low += 1
        }
    }
}
