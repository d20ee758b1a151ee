package import EventModel

// A parameter's name as the last part of a key, `parameter.NAME`. A key has parts of ASCII letters, digits
// and underscores with single dots between them; a name may have any bytes. The mapping is reversible:
//
//   another byte 0xHH                              _xHH, upper-case digits
//   a dot that is first, last or after a dot       _x2E
//   an underscore before `x` and two such digits   _x5F
//   the empty name                                 _x
//   the name `_x`                                  _x5Fx

/// Parameter names in the grammar of keys.
package enum ParameterName {
    /// Appends `name` in the grammar of keys.
    package static func append(_ name: Span<UInt8>, to buffer: inout [UInt8]) {
        write(name, to: &buffer)
    }

    static func write(_ name: Span<UInt8>, to output: inout some ByteOutput) {
        guard name.count > 0 else {
            output.append(literal: "_x")
            return
        }
        if name.isEqual(to: "_x") {
            output.append(literal: "_x5Fx")
            return
        }
        guard !isKeyPart(name) else { return output.append(copying: name) }
        var start = 0  // Of what is not copied yet.
        for index in 0..<name.count where needsEscape(at: index, of: name) {
            output.append(copying: name.extracting(start..<index))
            output.append(literal: "_x")
            output.append(upperCaseDigit(name[index] >> 4))
            output.append(upperCaseDigit(name[index] & 0xF))
            start = index + 1
        }
        output.append(copying: name.extracting(start..<name.count))
    }

    /// The name that ``append(_:to:)`` wrote as `key`; of any other key, the name it reads as.
    package static func decoded(_ key: Span<UInt8>) -> Text {
        guard !isPlainKey(key) else { return Text(copying: key) }
        guard !key.isEqual(to: "_x") else { return .empty }
        var name: [UInt8] = []
        name.reserveCapacity(key.count)
        var index = 0
        while index < key.count {
            if let byte = escapedByte(at: index, of: key) {
                name.append(byte)
                index += 4
            } else {
                name.append(key[index])
                index += 1
            }
        }
        return Text(name)
    }

    /// Whether nothing in `key` can be an escape.
    private static func isPlainKey(_ key: Span<UInt8>) -> Bool {
        var index = 1
        while index < key.count {
            if key[index] == UInt8(ascii: "x"), key[index - 1] == UInt8(ascii: "_") { return false }
            index += 1
        }
        return true
    }

    /// Whether `name` has but letters, digits and underscores, and no `_x`: it is its own key then.
    private static func isKeyPart(_ name: Span<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for index in name.indices {
            let byte = name[index]
            guard isKeyByte(byte), byte != UInt8(ascii: "x") || previous != UInt8(ascii: "_") else { return false }
            previous = byte
        }
        return true
    }

    private static func needsEscape(at index: Int, of name: Span<UInt8>) -> Bool {
        switch name[index] {
        case UInt8(ascii: "."):
            index == 0 || index == name.count - 1 || name[index - 1] == UInt8(ascii: ".")
        case UInt8(ascii: "_"):
            escapedByte(at: index, of: name) != nil
        default:
            !isKeyByte(name[index])
        }
    }

    /// The byte that `_xHH` at `index` stands for; `nil` when something else is there.
    private static func escapedByte(at index: Int, of text: Span<UInt8>) -> UInt8? {
        guard text[index] == UInt8(ascii: "_"), text.count - index >= 4, text[index + 1] == UInt8(ascii: "x"),
            let high = upperCaseValue(text[index + 2]), let low = upperCaseValue(text[index + 3])
        else { return nil }
        return high << 4 | low
    }

    private static func upperCaseDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? value + 0x30 : value + 0x37
    }

    private static func upperCaseValue(_ digit: UInt8) -> UInt8? {
        digit >= UInt8(ascii: "a") ? nil : hexadecimalValue(digit)
    }
}

/// Whether a key's part may hold `byte`: an ASCII letter, digit or underscore.
@inline(__always)
func isKeyByte(_ byte: UInt8) -> Bool {
    // A bit for each of the bytes from 0x40 on, and one for each below: one test instead of seven.
    let letters: UInt64 = 0x07FF_FFFE_87FF_FFFE
    let digits: UInt64 = 0x03FF_0000_0000_0000
    return byte < 0x80 && (byte >= 0x40 ? letters : digits) >> UInt64(byte & 0x3F) & 1 == 1
}
