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
        guard name.count > 0 else {
            buffer.append(literal: "_x")
            return
        }
        if name.isEqual(to: "_x") {
            buffer.append(literal: "_x5Fx")
            return
        }
        var start = 0  // Of what is not copied yet.
        for index in 0..<name.count where needsEscape(at: index, of: name) {
            buffer.append(copying: name.extracting(start..<index))
            buffer.append(literal: "_x")
            buffer.append(upperCaseDigit(name[index] >> 4))
            buffer.append(upperCaseDigit(name[index] & 0xF))
            start = index + 1
        }
        buffer.append(copying: name.extracting(start..<name.count))
    }

    /// The name that ``append(_:to:)`` wrote as `key`; of any other key, the name it reads as.
    package static func decoded(_ key: Span<UInt8>) -> Text {
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
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
    default: false
    }
}
