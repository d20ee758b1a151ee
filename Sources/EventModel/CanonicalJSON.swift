/// The little of JSON that a filter's canonical text needs: an object of texts and lists of texts.
enum CanonicalJSON {
    /// Longest text, in bytes.
    static let maximumByteCount = 1 << 20

    /// Appends a text in quotes, on one line.
    static func append(_ text: String, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.append(UInt8(ascii: "\\"))
                buffer.append(byte)
            case 0x00..<0x20, 0x7F:
                buffer.append(contentsOf: "\\u".utf8)
                buffer.append(hexadecimal: UInt64(byte), digitCount: 4)
            default: buffer.append(byte)
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    /// The keys of an object, each with its texts, in order.
    static func object(in text: String) throws(EventFilterError) -> [(key: String, values: [String])] {
        var reader = Reader(bytes: Array(text.utf8.prefix(maximumByteCount)))
        return try reader.object()
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func object() throws(EventFilterError) -> [(key: String, values: [String])] {
            var entries: [(key: String, values: [String])] = []
            try expect(UInt8(ascii: "{"))
            if !skip(UInt8(ascii: "}")) {
                repeat {
                    let key = try text()
                    try expect(UInt8(ascii: ":"))
                    entries.append((key, try values()))
                } while skip(UInt8(ascii: ","))
                try expect(UInt8(ascii: "}"))
            }
            skipSpaces()
            guard index == bytes.count else { throw .malformed(offset: index) }
            return entries
        }

        private mutating func values() throws(EventFilterError) -> [String] {
            guard skip(UInt8(ascii: "[")) else { return [try text()] }
            var values: [String] = []
            if skip(UInt8(ascii: "]")) { return values }
            repeat { values.append(try text()) } while skip(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
            return values
        }

        private mutating func text() throws(EventFilterError) -> String {
            try expect(UInt8(ascii: "\""))
            let start = index
            var result: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
                case UInt8(ascii: "\\"): try escape(into: &result)
                case 0x00..<0x20: throw .malformed(offset: index - 1)
                default: result.append(byte)
                }
            }
            throw .malformed(offset: start)
        }

        private mutating func escape(into result: inout [UInt8]) throws(EventFilterError) {
            guard index < bytes.count else { throw .malformed(offset: index) }
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "u"): try codeUnit(into: &result)
            default: throw .malformed(offset: index - 1)
            }
        }

        /// Four hexadecimal digits. A surrogate is refused: what we write needs none.
        private mutating func codeUnit(into result: inout [UInt8]) throws(EventFilterError) {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard index < bytes.count, let digit = hexadecimalValue(bytes[index]) else {
                    throw .malformed(offset: index)
                }
                value = value << 4 | UInt32(digit)
                index += 1
            }
            guard let scalar = Unicode.Scalar(value) else { throw .malformed(offset: index - 4) }
            result.append(contentsOf: String(Character(scalar)).utf8)
        }

        private mutating func expect(_ byte: UInt8) throws(EventFilterError) {
            guard skip(byte) else { throw .malformed(offset: index) }
        }

        private mutating func skip(_ byte: UInt8) -> Bool {
            skipSpaces()
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        private mutating func skipSpaces() {
            while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        }
    }
}
