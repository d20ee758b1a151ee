/// Finds the objects of a body: one object, an array of objects, or objects one after the other, as on lines.
///
/// It looks only at brackets, strings and commas; whether an object is well-formed is for the parser. So the
/// memory that a body takes is that of one parsed event at a time. Bytes may come in pieces of any size.
struct JSONObjectSplitter {
    /// What stands before the next byte.
    private enum State {
        /// Nothing yet.
        case start
        /// Outside of an array, after an object.
        case between
        /// In the array, before its first object.
        case arrayStart
        /// In the array, after a comma.
        case arrayComma
        /// In the array, after an object.
        case arrayBetween
        /// After the array.
        case end
        /// In an object.
        case object
        /// In a string of an object.
        case string
        /// In a string, after a backslash.
        case escape
    }

    /// What a byte means.
    enum Step: Equatable {
        /// It belongs to no object.
        case outside
        /// It is an object's first byte.
        case begins
        /// It belongs to the current object.
        case inside
        /// It is the object's last byte.
        case ends
    }

    private var state = State.start
    private var depth = 0
    private var isArray = false

    /// Takes the next byte.
    ///
    /// - Throws: ``SplitError/unexpected(_:expected:)``.
    mutating func step(_ byte: UInt8) throws(SplitError) -> Step {
        switch state {
        case .string:
            if byte == UInt8(ascii: "\\") { state = .escape } else if byte == UInt8(ascii: "\"") { state = .object }
            return .inside
        case .escape:
            state = .string
            return .inside
        case .object: return stepInObject(byte)
        case .start, .between, .arrayStart, .arrayComma, .arrayBetween, .end: return try stepBetween(byte)
        }
    }

    /// Whether the bytes so far are whole.
    ///
    /// - Throws: ``SplitError/unfinished(expected:)``.
    func finish() throws(SplitError) {
        switch state {
        case .between, .end: return
        case .start: throw .unfinished(expected: "an event")
        case .arrayStart, .arrayComma: throw .unfinished(expected: "an event or ']'")
        case .arrayBetween: throw .unfinished(expected: "',' or ']'")
        case .object, .escape: throw .unfinished(expected: "'}'")
        case .string: throw .unfinished(expected: "'\"'")
        }
    }

    private mutating func stepInObject(_ byte: UInt8) -> Step {
        switch byte {
        case UInt8(ascii: "\""): state = .string
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            guard depth == 0 else { return .inside }
            state = isArray ? .arrayBetween : .between
            return .ends
        default: break
        }
        return .inside
    }

    private mutating func stepBetween(_ byte: UInt8) throws(SplitError) -> Step {
        switch (byte, state) {
        case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): return .outside
        case (UInt8(ascii: "{"), .start), (UInt8(ascii: "{"), .between), (UInt8(ascii: "{"), .arrayStart),
            (UInt8(ascii: "{"), .arrayComma):
            state = .object
            depth = 1
            return .begins
        case (UInt8(ascii: "["), .start):
            state = .arrayStart
            isArray = true
        case (UInt8(ascii: ","), .arrayBetween): state = .arrayComma
        case (UInt8(ascii: "]"), .arrayStart), (UInt8(ascii: "]"), .arrayBetween): state = .end
        default: throw .unexpected(byte, expected: expectation)
        }
        return .outside
    }

    private var expectation: String {
        switch state {
        case .start: "an object or an array of objects"
        case .between: "another object"
        case .arrayStart: "an object or ']'"
        case .arrayComma: "an object"
        case .arrayBetween: "',' or ']'"
        case .end: "nothing after the array"
        case .object, .string, .escape: "an object"
        }
    }
}

extension JSONObjectSplitter {
    /// Walks over the objects of a whole body.
    ///
    /// - Parameter body: is given the place of each object in the bytes.
    /// - Throws: ``SplitError`` where the body is none of objects; those before have been seen.
    static func forEachObject(in bytes: Span<UInt8>, _ body: (Range<Int>) -> Void) throws(SplitError) {
        var splitter = JSONObjectSplitter()
        var start = 0
        for index in bytes.indices {
            switch try splitter.step(bytes[index]) {
            case .outside, .inside: continue
            case .begins: start = index
            case .ends: body(start..<index + 1)
            }
        }
        try splitter.finish()
    }
}

/// Why a body has no events to take.
enum SplitError: Error, Equatable, CustomStringConvertible {
    /// A byte that cannot stand there.
    case unexpected(UInt8, expected: String)
    /// The body ends too early.
    case unfinished(expected: String)

    var description: String {
        switch self {
        case .unexpected(let byte, let expected):
            if (0x21...0x7E).contains(byte) {
                "'\(Character(UnicodeScalar(byte)))' where \(expected) was expected"
            } else {
                "a byte of value \(byte) where \(expected) was expected"
            }
        case .unfinished(let expected): "the body ends where \(expected) was expected"
        }
    }
}
