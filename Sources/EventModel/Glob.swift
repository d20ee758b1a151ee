/// A pattern over text: `*` stands for any run of characters, `?` for one, `\` takes the meaning from `*`, `?` and `\`.
///
/// Matching goes back at most to the last `*`, so no pattern takes exponential time; it needs no memory. Case counts.
package struct Glob: Equatable, Sendable {
    /// Longest pattern, in bytes of UTF-8.
    package static let maximumByteCount = 4096

    private enum Element: Equatable, Sendable {
        case byte(UInt8)
        case anyCharacter
        case anyRun
    }

    private let elements: [Element]

    /// A pattern as written in settings. One longer than ``maximumByteCount`` is the caller's to refuse.
    package init(_ pattern: String) {
        var elements: [Element] = []
        var isEscaped = false
        for byte in pattern.utf8 {
            switch byte {
            case UInt8(ascii: "*") where !isEscaped:
                if elements.last != .anyRun { elements.append(.anyRun) }
            case UInt8(ascii: "?") where !isEscaped: elements.append(.anyCharacter)
            case UInt8(ascii: "\\") where !isEscaped:
                isEscaped = true
                continue
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "\\"): elements.append(.byte(byte))
            default:
                // A backslash before anything else is itself.
                if isEscaped { elements.append(.byte(UInt8(ascii: "\\"))) }
                elements.append(.byte(byte))
            }
            isEscaped = false
        }
        if isEscaped { elements.append(.byte(UInt8(ascii: "\\"))) }
        self.elements = elements
    }

    /// The bytes that alone match, where the pattern has no `*` and no `?`; else `nil`.
    package var literal: [UInt8]? {
        var bytes: [UInt8] = []
        for element in elements {
            guard case .byte(let byte) = element else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The pattern, as ``init(_:)`` reads it back.
    package var pattern: String {
        var bytes: [UInt8] = []
        for element in elements {
            switch element {
            case .anyRun: bytes.append(UInt8(ascii: "*"))
            case .anyCharacter: bytes.append(UInt8(ascii: "?"))
            case .byte(let byte): Self.append(literal: byte, to: &bytes)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The pattern that matches exactly `text`.
    package static func escaped(_ text: [UInt8]) -> String {
        var bytes: [UInt8] = []
        for byte in text { append(literal: byte, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(literal byte: UInt8, to bytes: inout [UInt8]) {
        if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "\\") {
            bytes.append(UInt8(ascii: "\\"))
        }
        bytes.append(byte)
    }

    /// Whether the whole of `text` matches.
    package func matches(_ text: Span<UInt8>) -> Bool {
        var position = 0
        var index = 0
        // Where to go on when the last `*` has to take one byte more.
        var retry: (position: Int, index: Int)?
        while position < text.count {
            if index < elements.count {
                switch elements[index] {
                case .anyRun:
                    index += 1
                    retry = (position, index)
                    continue
                case .anyCharacter:
                    position = Self.end(ofCharacterAt: position, in: text)
                    index += 1
                    continue
                case .byte(let byte) where byte == text[position]:
                    position += 1
                    index += 1
                    continue
                case .byte: break
                }
            }
            guard let last = retry else { return false }
            position = last.position + 1
            index = last.index
            retry = (position, index)
        }
        while index < elements.count, elements[index] == .anyRun { index += 1 }
        return index == elements.count
    }

    /// The place after a character: one byte and the continuation bytes of UTF-8 after it.
    private static func end(ofCharacterAt position: Int, in text: Span<UInt8>) -> Int {
        var end = position + 1
        while end < text.count, end < position + 4, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
