/// Text of a rule with values in it: `{unit}: {reason}`. `{{` and `}}` are braces.
package struct Template: Equatable, Sendable {
    package enum Piece: Equatable, Sendable {
        case text([UInt8])
        /// What a placeholder caught, or a field that the rule names in `from`.
        case value(String)
    }

    package let pieces: [Piece]

    /// Reads a template; `nil` where a brace has no partner or the braces hold no name.
    package init?(_ text: String) {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let isBrace = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}")
            if !isBrace || (index + 1 < bytes.count && bytes[index + 1] == byte) {
                literal.append(byte)
                index += isBrace ? 2 : 1
                continue
            }
            guard byte == UInt8(ascii: "{"), let end = bytes[index...].firstIndex(of: UInt8(ascii: "}")) else {
                return nil
            }
            let name = String(decoding: bytes[index + 1..<end], as: UTF8.self)
            guard Pattern.isName(name) else { return nil }
            if !literal.isEmpty { pieces.append(.text(literal)) }
            literal = []
            pieces.append(.value(name))
            index = end + 1
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
        self.pieces = pieces
    }

    /// The value of a name alone.
    package init(value name: String) {
        pieces = [.value(name)]
    }

    /// The names in it.
    package var names: [String] {
        pieces.compactMap { if case .value(let name) = $0 { name } else { nil } }
    }
}
