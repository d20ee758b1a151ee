// Patterns: what a rule looks for in a text. Literal text and placeholders, no regular expressions.
//
//   pattern      = 1*( literal / placeholder / choice )     at most 4096 bytes and 32 placeholders
//   literal      = any text; a run of spaces is one space, "\" before ( ) | { } or \ takes their meaning away,
//                  and {{ and }} are braces
//   placeholder  = "{" [ name ] [ ":" type ] "}"            without a name: matched and not kept
//                / "{" name "=" text *( "|" text ) "}"      one of these literals, kept
//   choice       = "(" text 1*( "|" text ) ")"              one of these literals, not kept; a text may be empty.
//                                                           Parentheses without "|", or around a placeholder or other
//                                                           parentheses, are literal
//   name         = [ "_" ] letter *( letter / digit / "_" ) ASCII
//
// A pattern matches a whole text, without the white space around it. A space of the pattern matches one or more. Each
// part takes what the table says, from left to right, and nothing is tried twice: time is linear in the text.
//
//   type     takes
//   -        one byte or more, up to the first place where the literal after it stands; when that literal ends the
//            pattern, up to its place at the end of the text; when nothing follows, the rest of the text
//   word     the same, without white space; up to white space where no literal follows
//   path     as word, and the first byte is "/"
//   user     like none, but may be empty, and reaches to the last place where the literal after it stands: names come
//            from attackers. Beside it a space of the pattern is exactly one, so that a name keeps its own
//   rest     everything to the end of the text, be it nothing; only as the last part. The space of a literal before it
//            may be missing where the text ends
//   ip       an IPv4 or IPv6 address; brackets around it and a zone ("%eth0") are matched and not kept
//   host     an ip, or letters, digits, ".", "_", "-" and bytes above 0x7F, a final dot only where the pattern does not
//            go on with one
//   int      decimal digits, a sign may precede
//   number   an int, or a decimal fraction
//   hex      hexadecimal digits, 0x may precede
//   quoted   text between two " or two '; kept without them. Between ", a backslash takes the meaning from the byte
//            after it, and both are kept
//
// An ip does not end inside a longer one: 10.0.0.1 is not found in 10.0.0.12.
// A choice takes its longest text that stands there. After a placeholder without a type, or of type user, a literal must
// follow, or the end.

/// A pattern of a rule, in its parts.
package struct Pattern: Equatable, Sendable {
    /// Longest pattern, in bytes.
    package static let maximumByteCount = 4096
    /// Most placeholders of a pattern.
    package static let maximumPlaceholderCount = 32
    /// Most texts of a choice.
    package static let maximumChoiceCount = 64

    /// What a placeholder takes.
    package enum PlaceholderType: String, CaseIterable, Sendable {
        /// Written without a type.
        case text = ""
        case word, path, user, rest, ip, host, int, number, hex, quoted

        /// Whether it has no end without the literal after it.
        package var isOpen: Bool {
            switch self {
            case .text, .user: true
            case .word, .path, .rest, .ip, .host, .int, .number, .hex, .quoted: false
            }
        }
    }

    /// A part.
    package enum Element: Equatable, Sendable {
        /// Bytes, runs of spaces as one.
        case literal([UInt8])
        case placeholder(name: String?, type: PlaceholderType)
        /// One of some literals, longest first.
        case choice(name: String?, texts: [[UInt8]])
    }

    /// The parts; no literal follows another.
    package let elements: [Element]
    /// The pattern as it was written.
    package let description: String

    init(elements: [Element], description: String) {
        self.elements = elements
        self.description = description
    }

    /// The names of what it keeps, in order.
    package var names: [String] {
        elements.compactMap { element in
            switch element {
            case .literal: nil
            case .placeholder(let name, _), .choice(let name, _): name
            }
        }
    }

    /// The type of a placeholder; `nil` for a name that it does not have.
    package func type(of name: String) -> PlaceholderType? {
        for element in elements {
            switch element {
            case .placeholder(name, let type): return type
            case .choice(name, _): return .text
            case .literal, .placeholder, .choice: break
            }
        }
        return nil
    }

    /// Literals of which every matching text begins with one, runs of spaces as one; one that is empty for a pattern
    /// that begins with a placeholder.
    var prefixes: [[UInt8]] {
        var prefixes: [[UInt8]] = [[]]
        for (place, element) in elements.enumerated() {
            switch element {
            case .literal: prefixes = prefixes.map { Self.joined($0, surelyHeld(at: place)) }
            case .choice(_, let texts) where prefixes.count * texts.count <= Self.maximumChoiceCount:
                prefixes = prefixes.flatMap { prefix in texts.map { Self.joined(prefix, $0) } }
            case .placeholder, .choice: return prefixes
            }
        }
        return prefixes
    }

    /// The literals that every matching text holds.
    var literals: [[UInt8]] {
        elements.indices.map(surelyHeld)
    }

    /// The bytes of a literal without a last space that may be missing; nothing for another part.
    private func surelyHeld(at place: Int) -> [UInt8] {
        guard case .literal(let bytes) = elements[place] else { return [] }
        guard bytes.last == 0x20, place + 1 < elements.count, case .placeholder(_, .rest) = elements[place + 1] else {
            return bytes
        }
        return Array(bytes.dropLast())
    }

    private static func joined(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        left.last == 0x20 && right.first == 0x20 ? left + right.dropFirst() : left + right
    }
}
