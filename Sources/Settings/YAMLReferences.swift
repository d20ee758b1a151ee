/// Finds anchors and aliases before a file is parsed.
///
/// It has to come first: aliases of aliases make a document exponentially large, and the parser compares whole keys.
/// It looks only where a value or key may begin, outside of quotes and comments; what it overlooks (an anchor behind
/// a tag) is harmless and is refused after parsing.
enum YAMLReferences {
    struct Place: Equatable {
        let line: Int
        /// In bytes, which is in characters where it matters: YAML's own signs come before other text.
        let column: Int
        let sign: Character
    }

    private enum State {
        case plain, singleQuoted, doubleQuoted, comment
    }

    /// The first anchor or alias.
    static func first(in bytes: [UInt8]) -> Place? {
        var state = State.plain
        var line = 1
        var lineStart = 0
        // Whether a value or key may begin here.
        var mayBegin = true
        var isEscaped = false
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\n") {
                line += 1
                lineStart = index + 1
            }
            switch state {
            case .comment: if byte == UInt8(ascii: "\n") { (state, mayBegin) = (.plain, true) }
            case .singleQuoted:
                guard byte == UInt8(ascii: "'") else { continue }
                let isDoubled = index + 1 < bytes.count && bytes[index + 1] == byte
                if isEscaped || isDoubled { isEscaped.toggle() } else { state = .plain }
            case .doubleQuoted:
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    state = .plain
                }
            case .plain:
                if mayBegin, byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") {
                    return Place(line: line, column: index - lineStart + 1, sign: byte == UInt8(ascii: "&") ? "&" : "*")
                }
                state = next(byte, mayBegin: mayBegin, follows: index > 0 ? bytes[index - 1] : UInt8(ascii: " "))
                mayBegin = isOpening(byte, bytes, index) || (mayBegin && isSpace(byte))
            }
        }
        return nil
    }

    private static func next(_ byte: UInt8, mayBegin: Bool, follows previous: UInt8) -> State {
        switch byte {
        case UInt8(ascii: "'") where mayBegin: .singleQuoted
        case UInt8(ascii: "\"") where mayBegin: .doubleQuoted
        case UInt8(ascii: "#") where isSpace(previous): .comment
        default: .plain
        }
    }

    /// Whether a value or key may follow.
    private static func isOpening(_ byte: UInt8, _ bytes: [UInt8], _ index: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","): true
        case UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "?"):
            index + 1 == bytes.count || isSpace(bytes[index + 1]) || (index > 0 && isQuote(bytes[index - 1]))
        default: false
        }
    }

    private static func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
