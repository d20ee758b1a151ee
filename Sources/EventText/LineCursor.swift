import EventModel

/// Walks over the stamp, keys and values of a line.
struct LineCursor: ~Escapable {
    let line: Span<UInt8>
    private(set) var index = 0

    @_lifetime(copy line)
    init(_ line: Span<UInt8>) {
        self.line = line
    }

    var isAtEnd: Bool { index == line.count }

    /// Reads the stamp: all before the first key, as some forms have spaces in them.
    @_lifetime(self: copy self)
    mutating func stamp() throws(EventLineError) -> Timestamp {
        var end = 0
        while end < line.count, line[end] != UInt8(ascii: "=") { end += 1 }
        if end < line.count {
            while end > 0, line[end] != UInt8(ascii: " ") { end -= 1 }
        }
        guard let time = Timestamp(parsing: line.extracting(0..<end)) else {
            throw .unexpected(offset: 0, expected: "date and time with an offset from UTC")
        }
        index = end
        return time
    }

    /// Reads the space before a pair, its key and the equals sign.
    ///
    /// - Returns: where the key is.
    @_lifetime(self: copy self)
    mutating func key() throws(EventLineError) -> Range<Int> {
        try take(UInt8(ascii: " "), "space before a key")
        let start = index
        while true {
            let partStart = index
            while index < line.count, isKeyByte(line[index]) { index += 1 }
            guard index > partStart else {
                throw .unexpected(offset: index, expected: "ASCII letter, digit or underscore of a key")
            }
            guard index < line.count, line[index] == UInt8(ascii: ".") else { break }
            index += 1
        }
        let end = index
        try take(UInt8(ascii: "="), "equals sign after a key")
        return start..<end
    }

    /// Whether a list comes next.
    var isAtList: Bool { index < line.count && line[index] == UInt8(ascii: "[") }

    /// Reads a quoted string.
    @_lifetime(self: copy self)
    mutating func string() throws(EventLineError) -> Text {
        try take(UInt8(ascii: "\""), "quote that begins a value")
        let start = index
        index = try end(ofPlainRunAt: index)
        guard line[index] == UInt8(ascii: "\\") else {
            defer { index += 1 }
            return start == index ? .empty : Text(copying: line.extracting(start..<index))
        }
        var text = UnescapedText()
        text.append(copying: line.extracting(start..<index))
        while line[index] == UInt8(ascii: "\\") {
            readEscape(into: &text)
            let runStart = index
            index = try end(ofPlainRunAt: index)
            text.append(copying: line.extracting(runStart..<index))
        }
        index += 1
        return text.finished()
    }

    /// Reads a list of quoted strings.
    @_lifetime(self: copy self)
    mutating func list() throws(EventLineError) -> [Text] {
        try take(UInt8(ascii: "["), "bracket that begins a list")
        var items: [Text] = []
        if index < line.count, line[index] == UInt8(ascii: "]") {
            index += 1
            return items
        }
        while true {
            items.append(try string())
            guard index < line.count, line[index] == UInt8(ascii: ",") else { break }
            index += 1
            if index < line.count, line[index] == UInt8(ascii: " ") { index += 1 }
        }
        try take(UInt8(ascii: "]"), "comma or bracket after a list's item")
        return items
    }

    @_lifetime(self: copy self)
    private mutating func take(_ byte: UInt8, _ expected: String) throws(EventLineError) {
        guard index < line.count, line[index] == byte else { throw .unexpected(offset: index, expected: expected) }
        index += 1
    }

    /// Index of the next quote or backslash.
    ///
    /// - Throws: ``EventLineError`` at a raw C0 control character, or when the line ends before.
    private func end(ofPlainRunAt start: Int) throws(EventLineError) -> Int {
        var place = line.firstSpecialIndex(from: start)
        while place < line.count {
            switch line[place] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return place
            case 0..<0x20: throw .unexpected(offset: place, expected: "escape of a control character")
            default: place = line.firstSpecialIndex(from: place + 1)
            }
        }
        throw .unexpected(offset: place, expected: "quote that ends a value")
    }

    /// Reads the escape at `index`, a backslash. One that Java does not have stands for itself.
    @_lifetime(self: copy self)
    private mutating func readEscape(into text: inout UnescapedText) {
        let start = index
        index += 1
        guard index < line.count else { return text.append(copying: line.extracting(start..<index)) }
        let byte = line[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "'"): text.append(codeUnit: UInt16(byte))
        case UInt8(ascii: "n"): text.append(codeUnit: 0x0A)
        case UInt8(ascii: "r"): text.append(codeUnit: 0x0D)
        case UInt8(ascii: "t"): text.append(codeUnit: 0x09)
        case UInt8(ascii: "b"): text.append(codeUnit: 0x08)
        case UInt8(ascii: "f"): text.append(codeUnit: 0x0C)
        case UInt8(ascii: "u"): readUnicodeEscape(from: start, into: &text)
        case UInt8(ascii: "0")...UInt8(ascii: "7"): readOctalEscape(first: byte, into: &text)
        default:
            index -= 1
            text.append(copying: line.extracting(start..<index))
        }
    }

    /// Reads what follows `\u`: more of the letter u, then four digits.
    @_lifetime(self: copy self)
    private mutating func readUnicodeEscape(from start: Int, into text: inout UnescapedText) {
        while index < line.count, line[index] == UInt8(ascii: "u") { index += 1 }
        if let codeUnit = line.codeUnit(at: index) {
            text.append(codeUnit: codeUnit)
            index += 4
        } else {
            text.append(copying: line.extracting(start..<index))
        }
    }

    /// Reads up to two more octal digits, as far as the value stays below 256.
    @_lifetime(self: copy self)
    private mutating func readOctalEscape(first: UInt8, into text: inout UnescapedText) {
        var value = UInt16(first & 7)
        var digits = 1
        while digits < 3, value < 32, index < line.count, line[index] & 0xF8 == 0x30 {
            value = value << 3 | UInt16(line[index] & 7)
            digits += 1
            index += 1
        }
        text.append(codeUnit: value)
    }
}
