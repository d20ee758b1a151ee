package import EventModel

/// What is wrong with one field of an event in canonical JSON.
package enum EventJSONError: Error, Equatable, CustomStringConvertible {
    /// A value of another type or form than `expected`. `found` names what is there instead.
    case unexpected(path: String, expected: String, found: String)
    /// A word that is not in the key's vocabulary.
    case unknownWord(path: String, word: Text, allowed: [Text])
    /// A key that an event does not have, and the one that was probably meant.
    case unknownKey(path: String, nearest: String?)
    /// More items than an event may have.
    case tooMany(path: String, limit: Int)

    package var description: String {
        switch self {
        case .unexpected(let path, let expected, let found):
            "\(path): \(expected) expected, not \(found)"
        case .unknownWord(let path, let word, let allowed):
            "\(path): unknown word \(Quoted(word)), one of \(allowed.map(\.string).joined(separator: ", ")) expected"
        case .unknownKey(let path, let nearest?):
            "\(path): unknown key; did you mean '\(nearest)'?"
        case .unknownKey(let path, nil):
            "\(path): unknown key"
        case .tooMany(let path, let limit):
            "\(path): more than \(limit) items"
        }
    }
}

/// All that is wrong with one event.
package struct EventJSONErrors: Error, Equatable, CustomStringConvertible {
    /// Most errors of one event that are gathered.
    package static let maximumCount = 100

    /// At least one, in the order of the text, but an object's unknown keys before its other mistakes.
    package let errors: [EventJSONError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
