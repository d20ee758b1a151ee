internal import EventModel
internal import EventText

// What several APIs do with the values of their records.

extension JSONValue {
    /// The text that a value is; `nil` for anything else, and for one that is empty.
    var nonEmptyText: Text? {
        guard case .text(let text) = self, !text.isEmpty else { return nil }
        return text
    }

    /// The items of an array; none for anything else.
    var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// The members of an object; none for anything else.
    var objectMembers: [JSONMember] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// The value as a text: a text itself, anything else as JSON without white space; `nil` for null.
    var anyText: Text? {
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
    var parameterValue: ParameterValue? {
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
    func append(to buffer: inout [UInt8]) {
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

extension Timestamp {
    /// The moment with what is below the second cut off.
    var wholeSecond: Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
}

/// Gathers the parameters of an event: each name once, each text within its limit.
struct ParameterList {
    private(set) var parameters: [Parameter] = []
    private var names: Set<Text> = []

    /// Adds a parameter. A name that is taken gets `suffix` behind it, and a number when that is taken too.
    mutating func append(_ name: Text, _ value: ParameterValue, suffix: String, cutter: inout TextCutter) {
        var free = cutter.cut(name, "parameters.name")
        if !names.insert(free).inserted {
            let stem = "\(free.string).\(suffix)"
            var number = 1
            repeat {
                free = Text(number == 1 ? stem : "\(stem).\(number)")
                number += 1
            } while !names.insert(free).inserted
        }
        if case .text(let text) = value {
            parameters.append(Parameter(free, .text(cutter.cut(text, free.string))))
        } else {
            parameters.append(Parameter(free, value))
        }
    }

    /// The parameters, with those behind them that say what was cut.
    func finished(_ cutter: TextCutter) -> [Parameter] {
        let truncations = cutter.truncations
        guard !truncations.isEmpty else { return parameters }
        let taken = Set(truncations.map(\.name))
        var seen: Set<Text> = []
        return parameters.filter { !taken.contains($0.name) } + truncations.filter { seen.insert($0.name).inserted }
    }
}

extension Text {
    /// The text in quotes for a message: on one line, escaped, at most 64 bytes of it.
    var quoted: String {
        var shown: [UInt8] = [UInt8(ascii: "\"")]
        shown.append(escaping: Text(Array(bytes.prefix(64))).bytes.span)
        shown += (bytes.count > 64 ? "…\"" : "\"").utf8
        return String(decoding: shown, as: UTF8.self)
    }
}
