package import EventModel

/// Why a line is no line of `events.log`. Offsets are bytes from the line's beginning, from 0.
package enum EventLineError: Error, Equatable, CustomStringConvertible {
    /// The line has more bytes than the decoder takes.
    case tooLong(byteCount: Int, limit: Int)
    /// Something else than `expected` is at `offset`.
    case unexpected(offset: Int, expected: String)
    /// A key comes a second time.
    case repeated(offset: Int, key: Text)
    /// Of a numbered key, one number is there and a smaller one is not.
    case gap(key: String, index: Int)
    /// `parameterTypes` has another number of letters than the line has parameters.
    case typeCount(letters: Int, parameters: Int)

    package var description: String {
        switch self {
        case .tooLong(let byteCount, let limit):
            "line has \(byteCount) bytes, more than the \(limit) that are read"
        case .unexpected(let offset, let expected):
            "byte \(offset): \(expected) expected"
        case .repeated(let offset, let key):
            "byte \(offset): key \(Quoted(key)) comes a second time"
        case .gap(let key, let index):
            "\(key).\(index) is missing, though a later one is there"
        case .typeCount(let letters, let parameters):
            "parameterTypes has \(letters) letters for \(parameters) parameters"
        }
    }
}

/// A text from outside within a message to people: quoted, escaped, and cut after 64 bytes.
struct Quoted: CustomStringConvertible {
    private let text: Text

    init(_ text: Text) {
        self.text = text
    }

    var description: String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        bytes.append(escaping: text.bytes.span.extracting(first: 64))
        bytes.append(contentsOf: text.bytes.count > 64 ? "…\"".utf8 : "\"".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}
