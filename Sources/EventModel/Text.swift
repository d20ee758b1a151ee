/// Text as it came from outside: bytes that are usually, but not surely, UTF-8.
///
/// Nothing is lost by keeping it: an invalid byte travels to the sinks, where each encoder escapes
/// it by its own rules.
package struct Text: Hashable, Sendable {
    /// The bytes, without a terminator.
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ string: String) {
        self.bytes = Array(string.utf8)
    }

    package init(copying span: Span<UInt8>) {
        self.bytes = Array(copying: span)
    }

    package static let empty = Text([UInt8]())

    package var isEmpty: Bool { bytes.isEmpty }

    /// For messages to people: invalid bytes become U+FFFD.
    package var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension Text: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        self.init(value)
    }
}

extension Text {
    /// Lets a `switch` over texts compare bytes; with literals made into texts, each comparison would allocate one.
    package static func ~= (pattern: StaticString, value: Text) -> Bool { value.bytes.span.isEqual(to: pattern) }
}

extension Text: CustomStringConvertible {
    package var description: String { string }
}

extension [UInt8] {
    /// A copy of the bytes of `span`.
    package init(copying span: Span<UInt8>) {
        self = []
        append(copying: span)
    }

    /// Appends the bytes of `span` in one copy.
    ///
    /// A `Span` is no `Sequence`, and byte by byte costs ten times as much (`make bench`, events.log row).
    @inlinable package mutating func append(copying span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { bytes in
            // The closure's memory is valid for its duration, and nothing keeps it.
            unsafe append(contentsOf: bytes)
        }
    }

    /// Appends `value` as unsigned decimal digits.
    package mutating func append(decimal value: UInt64) {
        if value < 10 {
            append(UInt8(truncatingIfNeeded: value) &+ 0x30)
            return
        }
        let start = count
        var rest = value
        while rest > 0 {
            append(UInt8(truncatingIfNeeded: rest % 10) &+ 0x30)
            rest /= 10
        }
        self[start...].reverse()
    }

    /// Appends the last `width` decimal digits of `value`, zeros in front.
    package mutating func append(decimal value: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: value / divisor % 10) &+ 0x30)
            divisor /= 10
        }
    }

    /// Appends the last `digitCount` hexadecimal digits of `value`, lower case.
    package mutating func append(hexadecimal value: UInt64, digitCount: Int) {
        for index in (0..<digitCount).reversed() {
            append(hexadecimalDigit(UInt8(truncatingIfNeeded: value >> (UInt64(index) * 4)) & 0xF))
        }
    }
}

/// The lower-case hexadecimal digit of `value`, which is below 16.
@inlinable package func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value &+ 0x30 : value &+ 0x57
}

/// The value of a hexadecimal digit in either case; `nil` for any other byte.
@inlinable package func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit &- 0x30
    case 0x41...0x46: digit &- 0x37
    case 0x61...0x66: digit &- 0x57
    default: nil
    }
}

extension Span<UInt8> {
    /// Whether the bytes are exactly those of `literal`.
    package func isEqual(to literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        let start = unsafe literal.utf8Start
        for index in 0..<count where unsafe self[index] != start[index] { return false }
        return true
    }

    /// Whether both hold the same bytes.
    package func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }
}
