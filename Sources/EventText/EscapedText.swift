import EventModel

// What stands between quotes, the same in an `events.log` line (reference: Java's escapes) and in JSON
// (RFC 8259, section 7):
//
//   " \ LF CR TAB BS FF                   \" \\ \n \r \t \b \f
//   other C0, DEL, C1, U+2028, U+2029     \uXXXX, lower-case digits
//   other valid UTF-8                     itself
//   a byte 0xNN of no valid sequence      \udcNN (the surrogate-escape convention)

extension [UInt8] {
    /// Appends `text` so that it fits between quotes and cannot end the string or the line.
    package mutating func append(escaping text: Span<UInt8>) {
        appendEscaped(text, from: 0)
    }
}

extension ByteOutput {
    /// Appends `text` escaped, from `first` on.
    mutating func appendEscaped(_ text: Span<UInt8>, from first: Int) {
        var start = first  // Of what is not copied yet.
        var index = text.firstSpecialIndex(from: first)
        while index < text.count {
            let length = text.plainSequenceLength(at: index)
            if length > 0 {
                index += length
            } else {
                append(copying: text.extracting(start..<index))
                index += appendEscape(at: index, of: text)
                start = index
            }
            index = text.firstSpecialIndex(from: index)
        }
        append(copying: text.extracting(start..<text.count))
    }

    /// Appends the escape for what stands at `index`, which needs one.
    ///
    /// - Returns: how many bytes of `text` it stands for.
    private mutating func appendEscape(at index: Int, of text: Span<UInt8>) -> Int {
        let byte = text[index]
        switch byte {
        case UInt8(ascii: "\""): append(literal: #"\""#)
        case UInt8(ascii: "\\"): append(literal: #"\\"#)
        case 0x0A: append(literal: #"\n"#)
        case 0x0D: append(literal: #"\r"#)
        case 0x09: append(literal: #"\t"#)
        case 0x08: append(literal: #"\b"#)
        case 0x0C: append(literal: #"\f"#)
        case 0..<0x80: append(escapedCodeUnit: UInt16(byte))
        default: return appendEscapeBeyondASCII(at: index, of: text)
        }
        return 1
    }

    private mutating func appendEscapeBeyondASCII(at index: Int, of text: Span<UInt8>) -> Int {
        switch text.sequenceLength(at: index) {
        case 2:  // C1: U+0080 to U+009F.
            append(escapedCodeUnit: UInt16(text[index + 1]))
            return 2
        case 3:  // U+2028 or U+2029.
            append(escapedCodeUnit: 0x2000 | UInt16(text[index + 2] & 0x3F))
            return 3
        default:
            append(escapedCodeUnit: 0xDC00 | UInt16(text[index]))
            return 1
        }
    }

    /// Appends `\u` and four digits.
    private mutating func append(escapedCodeUnit value: UInt16) {
        append(literal: #"\u"#)
        for shift in stride(from: 12, through: 0, by: -4) {
            append(hexadecimalDigit(UInt8(truncatingIfNeeded: value >> UInt16(shift) & 0xF)))
        }
    }
}

extension Span<UInt8> {
    /// Index of the first byte from `start` on that is not printable ASCII, or is `"` or `\`; `count` if none.
    ///
    /// Eight bytes at a time: this reads every byte that goes to a sink.
    func firstSpecialIndex(from start: Int) -> Int {
        var index = start
        while count - index >= 8 {
            let mask = specialMask(word(at: index))
            if mask != 0 { return index + mask.trailingZeroBitCount >> 3 }
            index += 8
        }
        guard index < count else { return count }
        if count >= 8 {
            // The last word, without what was seen before and with spaces in its place.
            let bits = UInt64(count - index) * 8
            let mask = specialMask(word(at: count - 8) >> (64 - bits) | 0x2020_2020_2020_2020 << bits)
            return mask == 0 ? count : index + mask.trailingZeroBitCount >> 3
        }
        while index < count, isPlain(self[index]) { index += 1 }
        return index
    }

    /// The eight bytes from `index` on, the first one lowest.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        // Every bit pattern is a UInt64, and the offset is checked against the bounds.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Length of the sequence at `index` when it is valid and goes out as it is; 0 when it needs an escape.
    fileprivate func plainSequenceLength(at index: Int) -> Int {
        let length = sequenceLength(at: index)
        switch length {
        case 2 where self[index] == 0xC2 && self[index + 1] < 0xA0: return 0
        case 3 where self[index] == 0xE2 && self[index + 1] == 0x80 && self[index + 2] & 0xFE == 0xA8: return 0
        default: return length
        }
    }

    /// Length of the valid UTF-8 sequence of two to four bytes at `index`, else 0 (Unicode, table 3-7).
    func sequenceLength(at index: Int) -> Int {
        let length: Int
        let second: ClosedRange<UInt8>
        switch self[index] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        default: return 0
        }
        guard count - index >= length, second.contains(self[index + 1]) else { return 0 }
        for place in 2..<4 where place < length && self[index + place] & 0xC0 != 0x80 { return 0 }
        return length
    }
}

/// Bit 7 of the lowest byte of `word` that is not plain, and of no byte below it; bits of later bytes may
/// be wrong, as a borrow runs upward.
@inline(__always)
func specialMask(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let small = (word &- ones &* 0x20) & ~word
    let found = word | (word &+ ones) | small | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
    return found & (ones &* 0x80)
}

func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}
