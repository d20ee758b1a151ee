internal import EventModel
internal import EventText

/// Why an answer has no records that could be looked at one by one.
enum RecordArrayError: Error, Equatable, CustomStringConvertible {
    /// What is around the records is no JSON.
    case malformed(JSONError)
    /// The answer ends inside a record.
    case truncated
    /// The answer has no array of this name.
    case missing(String)
    /// More records than are looked at.
    case tooMany(limit: Int)

    var description: String {
        switch self {
        case .malformed(let error): "it is no JSON: \(error)"
        case .truncated: "it ends too early"
        case .missing(let member): "it has no list '\(member)'"
        case .tooMany(let limit): "it has more than \(limit) records"
        }
    }
}

/// The records of a JSON answer, an array that is a member of its object, told apart without reading them: one that
/// is no JSON spoils itself and no other.
struct RecordArray {
    /// Most records of an answer.
    static let maximumCount = 50_000

    /// The answer, its array of records empty.
    let envelope: JSONValue
    /// Where each record is in the answer.
    let ranges: [Range<Int>]

    /// - Parameter member: name of the array.
    init(_ text: Span<UInt8>, member: StaticString) throws(RecordArrayError) {
        var scanner = RecordScanner(text)
        guard let opening = scanner.findArray(member) else {
            _ = try Self.parsed(text)
            throw .missing("\(member)")
        }
        ranges = try scanner.records()
        var envelope = [UInt8](copying: text.extracting(0..<opening + 1))
        envelope.append(copying: text.extracting(scanner.index..<text.count))
        self.envelope = try Self.parsed(envelope.span)
    }

    private static func parsed(_ text: Span<UInt8>) throws(RecordArrayError) -> JSONValue {
        do throws(JSONError) {
            return try JSONParser(maximumByteCount: text.count, maximumValueCount: 1 << 16).parse(text)
        } catch {
            throw .malformed(error)
        }
    }
}

/// Walks over JSON by its quotes and brackets only.
private struct RecordScanner: ~Escapable {
    private let text: Span<UInt8>
    private(set) var index = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) {
        self.text = text
    }

    /// Moves behind the bracket that opens the array of this name in the outermost object.
    ///
    /// - Returns: where the bracket is; `nil` when there is none.
    @_lifetime(self: copy self)
    mutating func findArray(_ member: StaticString) -> Int? {
        var depth = 0
        var name = 0..<0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                let start = index + 1
                guard skipText() else { return nil }
                // In the outermost object a bracket comes after a name and nothing else.
                if depth == 1 { name = start..<index - 1 }
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if depth == 1, text[index] == UInt8(ascii: "["), text.extracting(name).isEqual(to: member) {
                    index += 1
                    return index - 1
                }
                depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Finds the records from the array's opening bracket on, and moves to its closing one.
    @_lifetime(self: copy self)
    mutating func records() throws(RecordArrayError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var depth = 0
        var start: Int?
        var end = index
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "]") where depth == 0, UInt8(ascii: ",") where depth == 0:
                if let first = start {
                    guard ranges.count < RecordArray.maximumCount else {
                        throw .tooMany(limit: RecordArray.maximumCount)
                    }
                    ranges.append(first..<end)
                }
                if text[index] == UInt8(ascii: "]") { return ranges }
                start = nil
            case 0x20, 0x0A, 0x0D, 0x09: break
            default:
                start = start ?? index
                try skipToken(&depth)
                end = index
                continue
            }
            index += 1
        }
        throw .truncated
    }

    /// Moves behind a text, a bracket or any other byte.
    @_lifetime(self: copy self)
    private mutating func skipToken(_ depth: inout Int) throws(RecordArrayError) {
        switch text[index] {
        case UInt8(ascii: "\""):
            guard skipText() else { throw .truncated }
            return
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
        index += 1
    }

    /// Moves behind a text from its first quote on; `false` when it does not end.
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
        index = text.count
        return false
    }
}
