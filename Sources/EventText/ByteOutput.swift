import EventModel

/// Where encoders put bytes: an array, or memory set aside for a line.
protocol ByteOutput {
    mutating func append(_ byte: UInt8)
    mutating func append(copying span: Span<UInt8>)
    /// Appends `text` as `EscapedText.swift` says.
    mutating func append(escaping text: Span<UInt8>)
}

extension [UInt8]: ByteOutput {}

extension ByteOutput {
    /// Appends the bytes of a literal of ours.
    @inline(__always)
    mutating func append(literal: StaticString) {
        // A StaticString's bytes live as long as the process; ours are never a single scalar.
        unsafe append(copying: Span(_unsafeStart: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends `text` escaped and in quotes.
    @inline(__always)
    mutating func append(quoted text: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }

    /// Appends `opening`, `text` escaped, and a quote; nothing when the text is empty.
    @inline(__always)
    mutating func append(pair opening: StaticString, _ text: Span<UInt8>) {
        guard text.count > 0 else { return }
        append(literal: opening)
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }

    /// Appends `value` as decimal digits.
    mutating func append(digitsOf value: UInt64) {
        if value < 10 { return append(UInt8(truncatingIfNeeded: value) &+ 0x30) }
        var digits: [20 of UInt8] = [20 of UInt8](repeating: 0)
        var start = 20
        var rest = value
        while rest > 0 {
            start -= 1
            digits[start] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        }
        append(copying: digits.span.extracting(start..<20))
    }

    /// Appends the decimal digits of a number below 1000, zeros in front.
    @inline(__always)
    mutating func append(threeDigits value: Int) {
        append(UInt8(truncatingIfNeeded: value / 100) &+ 0x30)
        append(UInt8(truncatingIfNeeded: value / 10 % 10) &+ 0x30)
        append(UInt8(truncatingIfNeeded: value % 10) &+ 0x30)
    }

    /// Appends the eight hexadecimal digits of `value`.
    @inline(__always)
    mutating func append(hexadecimal value: UInt32) {
        // The digits' values as eight bytes, the first one lowest.
        var digits = UInt64(value.byteSwapped)
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = (digits >> 4 | digits << 8) & 0x0F0F_0F0F_0F0F_0F0F
        // 10 to 15 become letters: adding 6 carries into bit 4 of those.
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let text: [1 of UInt64] = [(digits &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian]
        // Eight initialized bytes that outlive the call.
        unsafe text.span.withUnsafeBytes { bytes in
            unsafe append(copying: Span(_bytes: RawSpan(_unsafeBytes: bytes)))
        }
    }

    /// Appends the id's 32 digits.
    @inline(__always)
    mutating func append(_ id: EventID) {
        append(hexadecimal: UInt32(truncatingIfNeeded: id.high >> 32))
        append(hexadecimal: UInt32(truncatingIfNeeded: id.high))
        append(hexadecimal: UInt32(truncatingIfNeeded: id.low >> 32))
        append(hexadecimal: UInt32(truncatingIfNeeded: id.low))
    }
}
