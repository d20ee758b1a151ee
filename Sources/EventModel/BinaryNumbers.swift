// Numbers as our own formats hold them: batches, the spool's frames and positions, the file sink's chain.
//
//   fixed    the bytes of an integer, little-endian
//   varint   LEB128: seven bits a byte, the lowest first, bit 7 set on all but the last; at most 10 bytes

extension [UInt8] {
    /// Appends the bytes of an integer, little-endian.
    @inlinable package mutating func append<Value: FixedWidthInteger>(fixed value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }

    /// Appends a number as LEB128, in 1 to 10 bytes.
    @inlinable package mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }
}

extension Span<UInt8> {
    /// The little-endian number in the 4 bytes at `index`, which are there.
    package func fixed32(at index: Int) -> UInt32 {
        UInt32(self[index]) | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2]) << 16 | UInt32(self[index + 3])
            << 24
    }

    /// The little-endian number in the 8 bytes at `index`, which are there.
    package func fixed64(at index: Int) -> UInt64 {
        UInt64(fixed32(at: index)) | UInt64(fixed32(at: index + 4)) << 32
    }

    /// Reads a varint and moves behind it; `nil` at the end of the bytes, and for one of more than 10 bytes.
    package func varint(at index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < count, shift < 64 {
            let byte = self[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// Reads a byte count, a varint, and so many bytes, and moves behind them.
    ///
    /// - Returns: `nil` when they are more than `limit` or more than there are.
    package func text(at index: inout Int, limit: Int) -> [UInt8]? {
        guard let length = varint(at: &index), length <= UInt64(Swift.min(limit, count - index)) else { return nil }
        defer { index += Int(length) }
        return [UInt8](copying: extracting(index..<index + Int(length)))
    }
}
