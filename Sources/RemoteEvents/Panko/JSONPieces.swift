/// Takes an array or an object apart without reading what is in it, so that one record that cannot be read costs only
/// itself, and the raw notification, which may hold anything that Python writes, is never read at all.
///
/// Follows texts and brackets only; whoever reads a piece finds out whether it is JSON.
enum JSONPieces {
    /// Most pieces of one whole: values of an array, members of an object.
    static let maximumCount = 100_000

    /// A member of an object: where its name is, with the quotes, and its value.
    struct Member: Equatable {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// The values of the array that `text` is; `nil` when it is none, or not whole.
    static func items(of text: Span<UInt8>) -> [Range<Int>]? {
        var scanner = PieceScanner(text)
        guard scanner.skip(UInt8(ascii: "[")) else { return nil }
        var items: [Range<Int>] = []
        guard !scanner.skip(UInt8(ascii: "]")) else { return scanner.isAtEnd() ? items : nil }
        repeat {
            guard let item = scanner.value(), items.count < maximumCount else { return nil }
            items.append(item)
        } while scanner.skip(UInt8(ascii: ","))
        return scanner.skip(UInt8(ascii: "]")) && scanner.isAtEnd() ? items : nil
    }

    /// The members of the object that `text` is; `nil` when it is none, or not whole.
    static func members(of text: Span<UInt8>) -> [Member]? {
        var scanner = PieceScanner(text)
        guard scanner.skip(UInt8(ascii: "{")) else { return nil }
        var members: [Member] = []
        guard !scanner.skip(UInt8(ascii: "}")) else { return scanner.isAtEnd() ? members : nil }
        repeat {
            guard let name = scanner.value(), scanner.skip(UInt8(ascii: ":")), let value = scanner.value(),
                members.count < maximumCount
            else { return nil }
            members.append(Member(name: name, value: value))
        } while scanner.skip(UInt8(ascii: ","))
        return scanner.skip(UInt8(ascii: "}")) && scanner.isAtEnd() ? members : nil
    }
}

/// Walks over pieces.
private struct PieceScanner: ~Escapable {
    private let text: Span<UInt8>
    private var index = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) {
        self.text = text
    }

    @_lifetime(self: copy self)
    mutating func isAtEnd() -> Bool {
        skipWhiteSpace()
        return index == text.count
    }

    /// Skips white space and `byte`; `false` when something else is there.
    @_lifetime(self: copy self)
    mutating func skip(_ byte: UInt8) -> Bool {
        skipWhiteSpace()
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    /// The next value: a text, what is between brackets, or a run up to the next separator. `nil` at the end of the
    /// text or where none begins.
    @_lifetime(self: copy self)
    mutating func value() -> Range<Int>? {
        skipWhiteSpace()
        let start = index
        var depth = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                guard skipText() else { return nil }
                if depth == 0 { return start..<index }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index > start ? start..<index : nil }
                depth -= 1
                if depth == 0 {
                    index += 1
                    return start..<index
                }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09:
                if depth == 0 { return index > start ? start..<index : nil }
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Moves behind a text's last quote.
    @_lifetime(self: copy self)
    private mutating func skipText() -> Bool {
        index += 1
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index += 1
                return true
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return false
    }

    @_lifetime(self: copy self)
    private mutating func skipWhiteSpace() {
        while index < text.count {
            switch text[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }
}
