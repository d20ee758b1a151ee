import EventModel

/// Reads JSON strictly as RFC 8259 has it, one value and white space around it.
///
/// Beyond the standard: a name may come only once in an object; raw bytes of a string need not be valid
/// UTF-8 and stay as they are; a lone `\udc80` to `\udcff` is the byte it stands for (surrogate-escape),
/// any other lone surrogate U+FFFD.
package struct JSONParser: Sendable {
    /// Longest text, in bytes. Default 8 MiB.
    package let maximumByteCount: Int
    /// Most arrays and objects within each other. Default 64; at most 512, as each takes some stack.
    package let maximumDepth: Int
    /// Most values in all, at any depth. Default 262,144.
    package let maximumValueCount: Int

    package init(maximumByteCount: Int = 8 << 20, maximumDepth: Int = 64, maximumValueCount: Int = 1 << 18) {
        self.maximumByteCount = maximumByteCount
        self.maximumDepth = min(maximumDepth, 512)
        self.maximumValueCount = maximumValueCount
    }

    /// Reads the value that `text` is.
    ///
    /// - Throws: ``JSONError``.
    package func parse(_ text: Span<UInt8>) throws(JSONError) -> JSONValue {
        guard text.count <= maximumByteCount else {
            throw JSONError(.tooLong(byteCount: text.count, limit: maximumByteCount), at: 0, of: text)
        }
        var cursor = JSONCursor(text, limits: self)
        let value = try cursor.value(depth: 0)
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd else { throw cursor.unexpected("end of the text after the value") }
        return value
    }
}

/// Walks over the values of a JSON text.
private struct JSONCursor: ~Escapable {
    private let text: Span<UInt8>
    private let limits: JSONParser
    private var index = 0
    private var valueCount = 0
    /// Names of the last object, when all of them are printable ASCII and need no escape. The records of a list mostly
    /// have the same names in the same order; those are neither copied nor looked through for repetitions again.
    private var lastNames: [Text] = []
    private static let maximumLastNameCount = 64

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, limits: JSONParser) {
        self.text = text
        self.limits = limits
    }

    var isAtEnd: Bool { index == text.count }

    func unexpected(_ expected: String) -> JSONError {
        JSONError(.expected(expected), at: index, of: text)
    }

    @_lifetime(self: copy self)
    mutating func skipWhiteSpace() {
        while index < text.count {
            switch text[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    @_lifetime(self: copy self)
    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        valueCount += 1
        guard valueCount <= limits.maximumValueCount else {
            throw JSONError(.tooManyValues(limit: limits.maximumValueCount), at: index, of: text)
        }
        guard index < text.count else { throw unexpected("value") }
        switch text[index] {
        case UInt8(ascii: "{"): return .object(try members(depth: try deeper(depth)))
        case UInt8(ascii: "["): return .array(try items(depth: try deeper(depth)))
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        case UInt8(ascii: "t"):
            try take("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try take("false")
            return .boolean(false)
        case UInt8(ascii: "n"):
            try take("null")
            return .null
        default: throw unexpected("value")
        }
    }

    private func deeper(_ depth: Int) throws(JSONError) -> Int {
        guard depth < limits.maximumDepth else {
            throw JSONError(.tooDeep(limit: limits.maximumDepth), at: index, of: text)
        }
        return depth + 1
    }

    @_lifetime(self: copy self)
    private mutating func take(_ word: StaticString) throws(JSONError) {
        guard text.extracting(index..<text.count).hasPrefix(word) else { throw unexpected("value") }
        index += word.utf8CodeUnitCount
    }

    /// Skips white space and `byte`; `false` when something else is there.
    @_lifetime(self: copy self)
    private mutating func skip(_ byte: UInt8) -> Bool {
        skipWhiteSpace()
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    @_lifetime(self: copy self)
    private mutating func items(depth: Int) throws(JSONError) -> [JSONValue] {
        index += 1
        var items: [JSONValue] = []
        guard !skip(UInt8(ascii: "]")) else { return items }
        repeat { items.append(try value(depth: depth)) } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw unexpected("comma or bracket after an array's value") }
        return items
    }

    @_lifetime(self: copy self)
    private mutating func members(depth: Int) throws(JSONError) -> [JSONMember] {
        index += 1
        // An object within this one has its own last names.
        let known = lastNames
        var members: [JSONMember] = []
        guard !skip(UInt8(ascii: "}")) else { return members }
        members.reserveCapacity(min(known.count, 8))
        var names: DistinctNames?
        repeat {
            skipWhiteSpace()
            let start = index
            guard start < text.count, text[start] == UInt8(ascii: "\"") else { throw unexpected("name in quotes") }
            let name: Text
            if names == nil, members.count < known.count, takeName(known[members.count]) {
                name = known[members.count]
            } else {
                name = try string()
                // So far all were the first of an object's names, which are different.
                if names == nil { names = DistinctNames(members.lazy.map(\.name)) }
                guard names?.insert(name) == true else {
                    throw JSONError(.repeatedName(Quoted(name).description), at: start, of: text)
                }
            }
            guard skip(UInt8(ascii: ":")) else { throw unexpected("colon after a name") }
            members.append(JSONMember(name, try value(depth: depth)))
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw unexpected("comma or brace after an object's value") }
        lastNames = names == nil ? known : Self.plainNames(of: members)
        return members
    }

    /// Moves behind a name that is written as it is; `false` when something else is there.
    @_lifetime(self: copy self)
    private mutating func takeName(_ name: Text) -> Bool {
        let end = index + 1 + name.bytes.count
        guard end < text.count, text[end] == UInt8(ascii: "\""),
            text.extracting(index + 1..<end).isEqual(to: name.bytes.span)
        else { return false }
        index = end + 1
        return true
    }

    private static func plainNames(of members: [JSONMember]) -> [Text] {
        guard members.count <= maximumLastNameCount,
            members.allSatisfy({ $0.name.bytes.span.firstSpecialIndex(from: 0) == $0.name.bytes.count })
        else { return [] }
        return members.map(\.name)
    }

    @_lifetime(self: copy self)
    private mutating func number() throws(JSONError) -> JSONValue {
        guard let number = NumberText(at: index, of: text) else { throw unexpected("number") }
        let source = text.extracting(index..<number.end)
        index = number.end
        // A minus zero is no whole number of ours: it would lose its sign.
        if number.isWhole, !source.isEqual(to: "-0"), let whole = WholeNumber(parsing: source) {
            return .integer(whole)
        }
        let copy = Text(copying: source)
        return .number(Double(copy.string) ?? .infinity, source: copy)
    }

    /// Reads a string from its first quote on.
    @_lifetime(self: copy self)
    private mutating func string() throws(JSONError) -> Text {
        index += 1
        let start = index
        try skipPlainRun()
        guard text[index] == UInt8(ascii: "\\") else {
            index += 1
            return Text(copying: text.extracting(start..<index - 1))
        }
        var result = UnescapedText()
        result.append(copying: text.extracting(start..<index))
        while text[index] == UInt8(ascii: "\\") {
            result.append(codeUnit: try escape())
            let runStart = index
            try skipPlainRun()
            result.append(copying: text.extracting(runStart..<index))
        }
        index += 1
        return result.finished()
    }

    /// Moves to the next quote or backslash.
    @_lifetime(self: copy self)
    private mutating func skipPlainRun() throws(JSONError) {
        while true {
            index = text.firstSpecialIndex(from: index)
            guard index < text.count else { throw unexpected("quote that ends a text") }
            switch text[index] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
            case 0..<0x20: throw unexpected("escape of a control character")
            default: index += 1
            }
        }
    }

    /// Reads an escape from its backslash on.
    @_lifetime(self: copy self)
    private mutating func escape() throws(JSONError) -> UInt16 {
        guard index + 1 < text.count else {
            index += 1
            throw unexpected("escape")
        }
        let byte = text[index + 1]
        let codeUnit: UInt16
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): codeUnit = UInt16(byte)
        case UInt8(ascii: "n"): codeUnit = 0x0A
        case UInt8(ascii: "r"): codeUnit = 0x0D
        case UInt8(ascii: "t"): codeUnit = 0x09
        case UInt8(ascii: "b"): codeUnit = 0x08
        case UInt8(ascii: "f"): codeUnit = 0x0C
        case UInt8(ascii: "u"):
            guard let value = text.codeUnit(at: index + 2) else { throw unexpected(#"four digits after \u"#) }
            codeUnit = value
            index += 4
        default: throw unexpected("escape that JSON has")
        }
        index += 2
        return codeUnit
    }
}
