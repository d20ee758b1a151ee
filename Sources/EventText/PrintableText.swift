extension [UInt8] {
    /// Appends a text for a terminal or a log, where no text may move the cursor, change colors or begin a line: control
    /// characters (C0, DEL, C1, U+2028, U+2029) as `\xNN` and `\u{NNNN}`, all else as it is.
    ///
    /// - Parameter keepsLines: whether line feeds and tabs stay.
    package mutating func append(printable text: some StringProtocol, keepsLines: Bool = false) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A:
                if keepsLines { append(UInt8(scalar.value)) } else { append(escaped: scalar) }
            case 0x00...0x1F, 0x7F...0x9F, 0x2028, 0x2029: append(escaped: scalar)
            default: append(contentsOf: UTF8.encode(scalar)!)
            }
        }
    }

    private mutating func append(escaped scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        append(
            contentsOf: (scalar.value < 0x100 ? "\\x\(digits.count < 2 ? "0" : "")\(digits)" : "\\u{\(digits)}").utf8)
    }
}
