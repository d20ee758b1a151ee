package import EventModel

// What records of other systems are read with.

extension JSONValue {
    /// The text that a value is; `nil` for anything else, and for one that is empty.
    package var nonEmptyText: Text? {
        guard case .text(let text) = self, !text.isEmpty else { return nil }
        return text
    }

    /// The items of an array; none for anything else.
    package var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// The members of an object; none for anything else.
    package var objectMembers: [JSONMember] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// The value as a text: a text itself, anything else as JSON without white space; `nil` for null.
    package var anyText: Text? {
        switch self {
        case .null: return nil
        case .text(let text): return text
        case .boolean, .integer, .number, .array, .object:
            var bytes: [UInt8] = []
            append(to: &bytes)
            return Text(bytes)
        }
    }

    /// The value as a parameter has it; an array or an object as JSON text, `nil` for null.
    package var parameterValue: ParameterValue? {
        switch self {
        case .null: nil
        case .boolean(let isTrue): .boolean(isTrue)
        case .integer(let number): .integer(number)
        case .number(let number, let source): number.isFinite ? .number(number) : .text(source)
        case .text(let text): .text(text)
        case .array, .object: anyText.map { .text($0) }
        }
    }

    /// Appends the value as JSON without white space.
    package func append(to buffer: inout [UInt8]) {
        switch self {
        case .null: buffer += "null".utf8
        case .boolean(let isTrue): buffer += (isTrue ? "true" : "false").utf8
        case .integer(let number): number.append(to: &buffer)
        case .number(_, let source): buffer += source.bytes
        case .text(let text): buffer.append(quoting: text)
        case .array(let items):
            buffer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                item.append(to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                buffer.append(quoting: member.name)
                buffer.append(UInt8(ascii: ":"))
                member.value.append(to: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }
}

extension [UInt8] {
    /// Appends a JSON string.
    fileprivate mutating func append(quoting text: Text) {
        append(UInt8(ascii: "\""))
        append(escaping: text.bytes.span)
        append(UInt8(ascii: "\""))
    }
}
