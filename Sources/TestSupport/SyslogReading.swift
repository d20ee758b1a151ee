/// An RFC 5424 message as a strict receiver reads it. Written from the standard's grammar (section 6), not from the
/// encoder; anything that the grammar does not allow is refused.
package struct SyslogReading: Equatable, Sendable {
    /// A structured data element.
    package struct Element: Equatable, Sendable {
        package let id: String
        /// Names and values in their order, escapes undone.
        package let parameters: [Pair]
    }

    /// A name with its value.
    package struct Pair: Equatable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What the grammar does not allow, and where.
    package struct Refusal: Error, CustomStringConvertible {
        package let offset: Int
        package let expected: String

        package var description: String { "byte \(offset): \(expected) expected" }
    }

    package private(set) var priority = 0
    package private(set) var stamp = ""
    package private(set) var host = ""
    package private(set) var app = ""
    package private(set) var process = ""
    package private(set) var messageID = ""
    package private(set) var elements: [Element] = []
    package private(set) var hasByteOrderMark = false
    package private(set) var message = ""

    /// Reads a whole message.
    package init(_ bytes: [UInt8]) throws(Refusal) {
        var cursor = Cursor(bytes: bytes)
        try cursor.take("<")
        let digits = try cursor.until(">", limit: 3)
        guard let number = Int(digits), number <= 191, String(number) == digits else {
            throw cursor.refusal("PRI from 0 to 191 without leading zeros")
        }
        priority = number
        try cursor.take("1")
        try cursor.take(" ")
        stamp = try cursor.field(limit: 32)
        guard stamp == "-" || Self.isStamp(Array(stamp.utf8)) else { throw cursor.refusal("TIMESTAMP") }
        host = try cursor.field(limit: 255)
        app = try cursor.field(limit: 48)
        process = try cursor.field(limit: 128)
        messageID = try cursor.field(limit: 32)
        try readStructuredData(&cursor)
        guard !cursor.isAtEnd else { return }
        try cursor.take(" ")
        var rest = cursor.rest
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) {
            hasByteOrderMark = true
            rest.removeFirst(3)
        }
        guard let text = String(validating: rest, as: UTF8.self) else { throw cursor.refusal("UTF-8 in MSG") }
        guard !text.unicodeScalars.contains(where: Self.isControl) else { throw cursor.refusal("no control in MSG") }
        message = text
    }

    private mutating func readStructuredData(_ cursor: inout Cursor) throws(Refusal) {
        if cursor.next == UInt8(ascii: "-") { return try cursor.take("-") }
        repeat {
            try cursor.take("[")
            let id = try cursor.name()
            guard !elements.contains(where: { $0.id == id }) else { throw cursor.refusal("an SD-ID once") }
            let parts = id.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, UInt32(parts[1]) != nil else { throw cursor.refusal("name@number") }
            var parameters: [Pair] = []
            while cursor.next == 0x20 {
                try cursor.take(" ")
                let name = try cursor.name()
                try cursor.take("=")
                parameters.append(Pair(name, try cursor.value()))
            }
            try cursor.take("]")
            elements.append(Element(id: id, parameters: parameters))
        } while cursor.next == UInt8(ascii: "[")
    }

    /// `yyyy-mm-ddThh:mm:ss[.f{1,6}](Z|±hh:mm)`, each number in its range.
    private static func isStamp(_ bytes: [UInt8]) -> Bool {
        let pattern = Array("dddd-dd-ddTdd:dd:dd".utf8)
        guard bytes.count > pattern.count else { return false }
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        for (index, sign) in pattern.enumerated() {
            guard sign == UInt8(ascii: "d") ? isDigit(bytes[index]) : bytes[index] == sign else { return false }
        }
        let number = { (index: Int) in Int(bytes[index] - 0x30) * 10 + Int(bytes[index + 1] - 0x30) }
        guard (1...12).contains(number(5)), (1...31).contains(number(8)), number(11) < 24, number(14) < 60,
            number(17) < 60
        else { return false }
        var rest = bytes[pattern.count...]
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = rest.prefix(while: isDigit)
            guard (1...6).contains(fraction.count) else { return false }
            rest = rest.dropFirst(fraction.count)
        }
        let zone = Array(rest)
        if zone == [UInt8(ascii: "Z")] { return true }
        return zone.count == 6 && (zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-"))
            && zone[3] == UInt8(ascii: ":") && [1, 2, 4, 5].allSatisfy { isDigit(zone[$0]) }
    }

    fileprivate static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
    }
}

private struct Cursor {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }
    var next: UInt8? { index < bytes.count ? bytes[index] : nil }
    var rest: [UInt8] { Array(bytes[index...]) }

    func refusal(_ expected: String) -> SyslogReading.Refusal {
        SyslogReading.Refusal(offset: index, expected: expected)
    }

    mutating func take(_ character: Character) throws(SyslogReading.Refusal) {
        guard next == character.asciiValue else { throw refusal("'\(character)'") }
        index += 1
    }

    mutating func until(_ end: Character, limit: Int) throws(SyslogReading.Refusal) -> String {
        let start = index
        while next != end.asciiValue {
            guard !isAtEnd, index - start < limit else { throw refusal("'\(end)'") }
            index += 1
        }
        defer { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Printable ASCII up to a space.
    mutating func field(limit: Int) throws(SyslogReading.Refusal) -> String {
        let text = try until(" ", limit: limit)
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw refusal("PRINTUSASCII") }
        return text
    }

    /// SD-NAME.
    mutating func name() throws(SyslogReading.Refusal) -> String {
        let start = index
        while let byte = next, byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "="), byte != UInt8(ascii: "]"),
            byte != UInt8(ascii: "\"")
        {
            index += 1
        }
        guard (1...32).contains(index - start) else { throw refusal("SD-NAME of 1 to 32 bytes") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// A quoted PARAM-VALUE.
    mutating func value() throws(SyslogReading.Refusal) -> String {
        try take("\"")
        var value: [UInt8] = []
        while next != UInt8(ascii: "\"") {
            guard var byte = next, byte != UInt8(ascii: "]") else { throw refusal("a closing quote") }
            if byte == UInt8(ascii: "\\"), index + 1 < bytes.count, Array("\"\\]".utf8).contains(bytes[index + 1]) {
                index += 1
                byte = bytes[index]
            }
            value.append(byte)
            index += 1
        }
        try take("\"")
        guard let text = String(validating: value, as: UTF8.self) else { throw refusal("UTF-8 in PARAM-VALUE") }
        guard !text.unicodeScalars.contains(where: SyslogReading.isControl) else {
            throw refusal("no control in PARAM-VALUE")
        }
        return text
    }
}
