import EventModel

/// Gathers the text that a quoted string stands for: raw bytes and UTF-16 code units, in any order.
///
/// A surrogate pair becomes its character, a lone `\udc80` to `\udcff` the byte it stands for
/// (surrogate-escape), any other lone surrogate U+FFFD.
struct UnescapedText {
    private var bytes: [UInt8] = []
    /// The first half of a pair whose second half has not come.
    private var highSurrogate: UInt16?

    init() {}

    mutating func append(copying span: Span<UInt8>) {
        guard span.count > 0 else { return }
        dropHighSurrogate()
        bytes.append(copying: span)
    }

    mutating func append(codeUnit: UInt16) {
        switch codeUnit {
        case 0xDC00...0xDFFF:
            if let high = highSurrogate {
                highSurrogate = nil
                append(scalar: 0x10000 + (UInt32(high & 0x3FF) << 10 | UInt32(codeUnit & 0x3FF)))
            } else if case 0xDC80...0xDCFF = codeUnit {
                bytes.append(UInt8(truncatingIfNeeded: codeUnit))
            } else {
                append(scalar: 0xFFFD)
            }
        case 0xD800...0xDBFF:
            dropHighSurrogate()
            highSurrogate = codeUnit
        default:
            dropHighSurrogate()
            append(scalar: UInt32(codeUnit))
        }
    }

    /// The text, at its end.
    consuming func finished() -> Text {
        dropHighSurrogate()
        return Text(bytes)
    }

    private mutating func dropHighSurrogate() {
        guard highSurrogate != nil else { return }
        highSurrogate = nil
        append(scalar: 0xFFFD)
    }

    /// Appends a scalar value that is no surrogate as UTF-8.
    private mutating func append(scalar: UInt32) {
        switch scalar {
        case 0..<0x80:
            bytes.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            bytes.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            appendContinuation(scalar)
        case 0x800..<0x10000:
            bytes.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            appendContinuation(scalar >> 6)
            appendContinuation(scalar)
        default:
            bytes.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            appendContinuation(scalar >> 12)
            appendContinuation(scalar >> 6)
            appendContinuation(scalar)
        }
    }

    private mutating func appendContinuation(_ bits: UInt32) {
        bytes.append(0x80 | UInt8(truncatingIfNeeded: bits & 0x3F))
    }
}

extension Span<UInt8> {
    /// The number that four hexadecimal digits from `index` on make; `nil` if they are not there.
    func codeUnit(at index: Int) -> UInt16? {
        guard count - index >= 4 else { return nil }
        var value: UInt16 = 0
        for place in index..<index + 4 {
            guard let digit = hexadecimalValue(self[place]) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
