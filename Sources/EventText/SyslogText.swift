import EventModel

// How a text goes into the parts of a syslog message. No control character is ever raw: C0, DEL, C1, U+2028 and
// U+2029 become an escape that a person can read, and a byte 0xNN of no valid UTF-8 sequence `\udcNN`. `\` below is
// a backslash of the standard in question, `\\` one that its reader gives back as `\`.
//
//   place        | LF, CR, TAB   | other control | invalid   | its own rules
//   text         | \n \r \t      | \uXXXX        | \udcNN    | none
//   leefValue    | \n \r \t      | \uXXXX        | \udcNN    | ^ is \u005e
//   leefHeader   | \n \r \t      | \uXXXX        | \udcNN    | ^ is \u005e, | is \u007c
//   cefValue     | \n \r \\t     | \\uXXXX       | \\udcNN   | \ and = with a backslash in front
//   cefHeader    | \\n \\r \\t   | \\uXXXX       | \\udcNN   | \ and | with a backslash in front
//   fullData     | \\n \\r \\t   | \\uXXXX       | \\udcNN   | " \ ] with a backslash in front (RFC 5424, 6.3.3)
//   safeData     | %HH for each byte of all these, and for " \ ] and %

/// A part of a syslog message with rules of its own.
enum SyslogPlace {
    case text, leefValue, leefHeader, cefValue, cefHeader, fullData, safeData

    /// Whether a printable ASCII byte needs an escape here.
    @inline(__always)
    func isSpecial(_ byte: UInt8) -> Bool {
        switch self {
        case .text: false
        case .leefValue: byte == UInt8(ascii: "^")
        case .leefHeader: byte == UInt8(ascii: "^") || byte == UInt8(ascii: "|")
        case .cefValue: byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "=")
        case .cefHeader: byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "|")
        case .fullData: byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "]")
        case .safeData:
            byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "]")
                || byte == UInt8(ascii: "%")
        }
    }
}

extension ByteOutput {
    /// Appends `text` by the rules of `place`.
    mutating func append(_ text: Span<UInt8>, in place: SyslogPlace) {
        var start = 0  // Of what is not copied yet.
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte >= 0x20, byte < 0x7F, !place.isSpecial(byte) {
                index += 1
                continue
            }
            let length = byte < 0x80 ? 1 : max(1, text.sequenceLength(at: index))
            if length > 1, !text.isControl(at: index, length: length) {
                index += length
                continue
            }
            append(copying: text.extracting(start..<index))
            appendEscape(of: text.extracting(index..<index + length), in: place)
            index += length
            start = index
        }
        append(copying: text.extracting(start..<text.count))
    }

    /// Appends `opening` and `text` by the rules of `place`; nothing when the text is empty.
    mutating func append(_ opening: StaticString, _ text: Span<UInt8>, in place: SyslogPlace) {
        guard text.count > 0 else { return }
        append(literal: opening)
        append(text, in: place)
    }

    /// - Parameter character: one ASCII byte, one control character of two or three bytes, or one invalid byte.
    private mutating func appendEscape(of character: Span<UInt8>, in place: SyslogPlace) {
        let byte = character[0]
        switch place {
        case .safeData:
            for index in character.indices { append(percent: character[index]) }
        case .text, .leefValue, .leefHeader:
            appendVisible(character, backslash: "\\")
        case .cefValue where byte == 0x0A || byte == 0x0D:
            appendVisible(character, backslash: "\\")
        case .cefValue, .cefHeader, .fullData:
            if byte >= 0x20, byte < 0x7F {
                append(UInt8(ascii: "\\"))
                append(byte)
            } else {
                appendVisible(character, backslash: #"\\"#)
            }
        }
    }

    private mutating func appendVisible(_ character: Span<UInt8>, backslash: StaticString) {
        append(literal: backslash)
        switch (character.count, character[0]) {
        case (1, 0x0A): append(UInt8(ascii: "n"))
        case (1, 0x0D): append(UInt8(ascii: "r"))
        case (1, 0x09): append(UInt8(ascii: "t"))
        case (1, 0..<0x80): append(codeUnit: UInt16(character[0]))
        case (1, _): append(codeUnit: 0xDC00 | UInt16(character[0]))
        case (2, _): append(codeUnit: UInt16(character[1]))  // C1: U+0080 to U+009F.
        default: append(codeUnit: 0x2000 | UInt16(character[2] & 0x3F))  // U+2028 or U+2029.
        }
    }

    private mutating func append(codeUnit value: UInt16) {
        append(UInt8(ascii: "u"))
        for shift in stride(from: 12, through: 0, by: -4) {
            append(hexadecimalDigit(UInt8(truncatingIfNeeded: value >> UInt16(shift) & 0xF)))
        }
    }

    private mutating func append(percent byte: UInt8) {
        append(UInt8(ascii: "%"))
        for digit in [byte >> 4, byte & 0xF] { append(digit < 10 ? digit + 0x30 : digit + 0x37) }
    }
}

extension Span<UInt8> {
    /// Whether the valid sequence of two or three bytes at `index` is a C1 control or a line or paragraph separator.
    fileprivate func isControl(at index: Int, length: Int) -> Bool {
        switch length {
        case 2: self[index] == 0xC2 && self[index + 1] < 0xA0
        case 3: self[index] == 0xE2 && self[index + 1] == 0x80 && self[index + 2] & 0xFE == 0xA8
        default: false
        }
    }
}
