/// Four or two bytes in a row of a text, runs of spaces as one: what tells cheaply that a text cannot match.
enum Gram {
    /// Bits of the letters that most words have, `a` first.
    private static let frequentLetters = "etaoinsrld".utf8.reduce(UInt32(0)) { $0 | 1 << UInt32($1 - 0x61) }

    /// The bit of a filter that stands for a gram.
    @inline(__always) static func hash(_ gram: UInt32) -> Int {
        Int(truncatingIfNeeded: (gram &* 0x9E37_79B1) >> 20)
    }

    /// All grams of four bytes of a literal.
    static func grams(of literal: [UInt8]) -> [UInt32] {
        guard literal.count >= 4 else { return [] }
        return (3..<literal.count).map { end in
            literal[end - 3...end].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// All pairs of bytes of a literal.
    private static func pairs(of literal: [UInt8]) -> [UInt32] {
        zip(literal, literal.dropFirst()).map { UInt32($0) << 8 | UInt32($1) }
    }

    /// How well a gram tells a text: rare ones that few entries share are best.
    static func worth(_ gram: UInt32, _ frequency: Int) -> Int {
        var worth = -4 * frequency
        for shift in stride(from: 0, to: 32, by: 8) {
            let byte = UInt8(truncatingIfNeeded: gram >> UInt32(shift))
            switch byte {
            case 0x20: worth += 1
            case 0x61...0x7A: worth += frequentLetters & 1 << UInt32(byte - 0x61) == 0 ? 2 : 1
            default: worth += 3
            }
        }
        return worth
    }

    /// Bits of a filter that every text of a pattern has: one for each literal behind the first part, at most eight.
    static func bits(of pattern: Pattern) -> [UInt16] {
        let best = pattern.literals.dropFirst().compactMap { literal in
            (literal.count < 4 ? pairs(of: literal) : grams(of: literal)).max { worth($0, 0) < worth($1, 0) }
        }
        return best.prefix(8).map { UInt16(hash($0)) }
    }
}

/// Which grams a text has, or some entries: a bit for each hash.
struct GramFilter: Sendable {
    /// 4096 bits.
    private(set) var words = [UInt64](repeating: 0, count: 64)
    /// By number, the words that are not zero.
    private(set) var occupied: UInt64 = 0

    @inline(__always) func has(_ bit: Int) -> Bool { words[bit / 64] & 1 << UInt64(bit % 64) != 0 }

    mutating func add(_ bit: Int) {
        words[bit / 64] |= 1 << UInt64(bit % 64)
        occupied |= 1 << UInt64(bit / 64)
    }

    /// Makes it that of a text.
    mutating func fill<Meter: StepMeter>(with bytes: Span<UInt8>, in range: Range<Int>, meter: inout Meter) {
        let text = bytes.extracting(range)
        occupied = unsafe words.withUnsafeMutableBufferPointer { words in
            unsafe words.update(repeating: 0)
            var occupied: UInt64 = 0
            var gram: UInt32 = 0
            for place in text.indices {
                meter.step()
                let byte = text[place]
                if byte == 0x20, gram & 0xFF == 0x20 { continue }
                // Before there are four bytes, it begins with a zero byte: a gram that no text has.
                gram = gram << 8 | UInt32(byte)
                let pair = Gram.hash(gram & 0xFFFF)
                let four = Gram.hash(gram)
                // A hash has twelve bits: six for the word, of which there are 64.
                unsafe words[pair / 64] |= 1 << UInt64(pair % 64)
                unsafe words[four / 64] |= 1 << UInt64(four % 64)
                occupied |= 1 << UInt64(four / 64)
            }
            return occupied
        }
    }
}
