import EventModel

/// The extent of a number in the grammar of RFC 8259, section 6.
struct NumberText {
    /// Just past the last byte.
    let end: Int
    /// Whether it has neither fraction nor exponent.
    let isWhole: Bool

    /// Finds the longest number that begins at `start`; `nil` if none does.
    init?(at start: Int, of text: Span<UInt8>) {
        var index = start
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        let integerEnd = Self.digitsEnd(from: index, of: text)
        guard integerEnd > index else { return nil }
        // No zeros in front: a zero is the whole integer part.
        index = text[index] == UInt8(ascii: "0") ? index + 1 : integerEnd
        var isWhole = true
        if index < text.count, text[index] == UInt8(ascii: ".") {
            let end = Self.digitsEnd(from: index + 1, of: text)
            guard end > index + 1 else { return nil }
            index = end
            isWhole = false
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            var exponent = index + 1
            if exponent < text.count, text[exponent] == UInt8(ascii: "+") || text[exponent] == UInt8(ascii: "-") {
                exponent += 1
            }
            let end = Self.digitsEnd(from: exponent, of: text)
            guard end > exponent else { return nil }
            index = end
            isWhole = false
        }
        self.end = index
        self.isWhole = isWhole
    }

    private static func digitsEnd(from start: Int, of text: Span<UInt8>) -> Int {
        var index = start
        while index < text.count, 0x30...0x39 ~= text[index] { index += 1 }
        return index
    }
}

extension Double {
    /// Reads a number in JSON's grammar, rounded to the nearest; `nil` for anything else, or when it is
    /// too large to be finite.
    init?(finiteNumber text: Span<UInt8>) {
        guard let number = NumberText(at: 0, of: text), number.end == text.count,
            let value = Double(Text(copying: text).string), value.isFinite
        else { return nil }
        self = value
    }
}
