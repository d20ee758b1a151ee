extension Pattern {
    /// Reads a pattern as written in a rule file.
    package init(_ text: String) throws(PatternError) {
        guard text.utf8.count <= Self.maximumByteCount else {
            throw PatternError(reason: .tooLong(byteCount: text.utf8.count), offset: 0)
        }
        var parser = PatternParser(text)
        try parser.parse()
        self.init(elements: parser.elements, description: text)
    }
}

/// Reads a pattern part by part.
private struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private(set) var elements: [Pattern.Element] = []
    /// Where each element begins.
    private var offsets: [Int] = []
    /// The literal that is being read, runs of spaces as one.
    private var literal: [UInt8] = []
    private var literalOffset = 0
    private var names: [String] = []

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(PatternError) {
        while index < scalars.count {
            let scalar = scalars[index]
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar {
            case "\\" where next.map { "(){}|\\".unicodeScalars.contains($0) } ?? false: take(next, count: 2)
            case "{" where next == "{", "}" where next == "}": take(scalar, count: 2)
            case "{": try placeholder()
            case "}": throw failure(.unopenedBrace)
            case "(":
                if let end = endOfChoice() { try choice(end) } else { take(scalar, count: 1) }
            default: take(scalar, count: 1)
            }
        }
        endLiteral()
        trimEnds()
        guard !elements.isEmpty else { throw PatternError(reason: .empty, offset: 0) }
        try check()
    }

    private func failure(_ reason: PatternError.Reason) -> PatternError {
        PatternError(reason: reason, offset: index)
    }

    private mutating func take(_ scalar: Unicode.Scalar?, count: Int) {
        if literal.isEmpty { literalOffset = index }
        if let scalar { Self.append(scalar, to: &literal) }
        index += count
    }

    private mutating func endLiteral() {
        guard !literal.isEmpty else { return }
        elements.append(.literal(literal))
        offsets.append(literalOffset)
        literal = []
    }

    private mutating func append(_ element: Pattern.Element, at offset: Int) throws(PatternError) {
        endLiteral()
        elements.append(element)
        offsets.append(offset)
        guard elements.count <= 2 * Pattern.maximumPlaceholderCount + 1 else { throw failure(.tooManyPlaceholders) }
    }

    /// `{name}`, `{name:type}` or `{name=a|b}`.
    private mutating func placeholder() throws(PatternError) {
        let start = index
        guard let end = scalars[start...].firstIndex(of: "}") else { throw failure(.unclosedBrace) }
        let content = string(start + 1..<end)
        if let sign = content.utf8.firstIndex(of: UInt8(ascii: "=")) {
            let name = try checked(String(content[..<sign]))
            let texts = try texts(of: String(content[content.utf8.index(after: sign)...]))
            guard name != nil, !texts.contains([]) else {
                throw failure(name == nil ? .badName("") : .emptyChoice)
            }
            try append(.choice(name: name, texts: texts), at: start)
        } else {
            let colon = content.utf8.firstIndex(of: UInt8(ascii: ":"))
            let name = try checked(String(content[..<(colon ?? content.endIndex)]))
            let word = colon.map { String(content[content.utf8.index(after: $0)...]) } ?? ""
            guard let type = Pattern.PlaceholderType(rawValue: word), colon == nil || !word.isEmpty else {
                throw failure(.unknownType(word))
            }
            try append(.placeholder(name: name, type: type), at: start)
        }
        index = end + 1
    }

    /// The place of the `)` that ends a choice; `nil` where the parenthesis is a literal.
    private func endOfChoice() -> Int? {
        var hasBar = false
        var place = index + 1
        while place < scalars.count {
            switch scalars[place] {
            case "|": hasBar = true
            case "\\": place += 1
            case ")": return hasBar ? place : nil
            case "(", "{", "}": return nil
            default: break
            }
            place += 1
        }
        return nil
    }

    private mutating func choice(_ end: Int) throws(PatternError) {
        let start = index
        try append(.choice(name: nil, texts: try texts(of: string(start + 1..<end))), at: start)
        index = end + 1
    }

    /// The texts between bars, longest first.
    private func texts(of content: String) throws(PatternError) -> [[UInt8]] {
        var texts: [[UInt8]] = [[]]
        var isEscaped = false
        for scalar in content.unicodeScalars {
            if isEscaped || (scalar != "\\" && scalar != "|") {
                Self.append(scalar, to: &texts[texts.count - 1])
                isEscaped = false
            } else if scalar == "|" {
                texts.append([])
            } else {
                isEscaped = true
            }
        }
        guard texts.count <= Pattern.maximumChoiceCount else { throw failure(.tooManyChoices(count: texts.count)) }
        return texts.enumerated()
            .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element)
    }

    private mutating func checked(_ name: String) throws(PatternError) -> String? {
        guard !name.isEmpty else { return nil }
        guard Pattern.isName(name) else { throw failure(.badName(name)) }
        guard !names.contains(name) else { throw failure(.repeatedName(name)) }
        names.append(name)
        return name
    }

    /// Takes away the white space at both ends, which no text has there.
    private mutating func trimEnds() {
        trimEnd(at: elements.startIndex) { bytes in Array(bytes.drop { $0 <= 0x20 }) }
        trimEnd(at: elements.endIndex - 1) { bytes in
            Array(bytes.prefix(bytes.count - bytes.reversed().prefix { $0 <= 0x20 }.count))
        }
    }

    private mutating func trimEnd(at place: Int, _ trim: ([UInt8]) -> [UInt8]) {
        guard elements.indices.contains(place), case .literal(let bytes) = elements[place] else { return }
        let rest = trim(bytes)
        if rest.isEmpty {
            elements.remove(at: place)
            offsets.remove(at: place)
        } else {
            elements[place] = .literal(rest)
        }
    }

    /// Whether every placeholder knows its end.
    private func check() throws(PatternError) {
        var count = 0
        for (place, element) in elements.enumerated() {
            guard case .placeholder(_, let type) = element else { continue }
            count += 1
            guard place + 1 < elements.count else { continue }
            if type == .rest { throw PatternError(reason: .restNotLast, offset: offsets[place]) }
            if case .literal = elements[place + 1] { continue }
            guard type.isOpen else { continue }
            let part = string(offsets[place]..<offsets[place + 1])
            throw PatternError(reason: .needsLiteral(part), offset: offsets[place + 1])
        }
        guard count <= Pattern.maximumPlaceholderCount else { throw failure(.tooManyPlaceholders) }
    }

    private func string(_ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        for index in range { Self.append(scalars[index].utf8, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a character to a literal, unless it is one more space of a run.
    private static func append(_ scalar: Unicode.Scalar, to literal: inout [UInt8]) {
        if scalar != " " || literal.last != 0x20 { append(scalar.utf8, to: &literal) }
    }

    /// Most characters are one byte.
    private static func append(_ encoded: Unicode.Scalar.UTF8View, to bytes: inout [UInt8]) {
        if encoded.count == 1 { bytes.append(encoded[0]) } else { bytes.append(contentsOf: encoded) }
    }
}

extension Pattern {
    /// Whether a text can name what a placeholder keeps.
    package static func isName(_ text: String) -> Bool {
        let bytes = text.utf8.first == UInt8(ascii: "_") ? text.utf8.dropFirst() : text.utf8[...]
        let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte | 0x20) }
        guard let first = bytes.first, isLetter(first), text.utf8.count <= 64 else { return false }
        return bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
