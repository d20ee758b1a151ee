package import EventModel

/// A JSON value as it was read: texts as bytes, numbers exact, an object's members in their order.
package enum JSONValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// A number without fraction and exponent, of at most 64 bits and a sign.
    case integer(WholeNumber)
    /// Any other number, rounded to the nearest, and as it was written. May be infinite, when it is too large.
    case number(Double, source: Text)
    case text(Text)
    case array([JSONValue])
    /// Each name comes once.
    case object([JSONMember])

    /// The value of an object's member; `nil` when there is none or this is no object.
    package subscript(name: Text) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What it is, for messages: "text", "number", ….
    package var typeName: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .text: "text"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// A member of a JSON object.
package struct JSONMember: Hashable, Sendable {
    package let name: Text
    package let value: JSONValue

    package init(_ name: Text, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}
