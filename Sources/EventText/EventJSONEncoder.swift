package import EventModel

// An event in canonical JSON: one object on one line, keys in this order, each left out when empty (a
// message only when there is none):
//
//   id               32 hexadecimal digits
//   time, observedTime   RFC 3339, UTC, six digits, Z
//   source, origin, host, kind, type        text
//   severity, classification, visibility    word; left out for unknown
//   systemEvent      true; left out for false
//   code             integer
//   message, user    text
//   tenant           {"id": text, "name": text}, each left out when empty
//   objects          [{"type": text, "id": text, "name": text}], the name left out when empty
//   arguments        [text]
//   parameters       {name: text, integer, number (always with a fraction or exponent), boolean, or
//                    {"time": RFC 3339} for a date and time}
//   tags             [text]
//
// Texts are escaped as `EscapedText.swift` says.

/// Writes events as canonical JSON.
package struct EventJSONEncoder: Sendable {
    private var stamp = StampCache(offset: { _ in 0 })

    package init() {}

    /// Appends the reader's current event, without a line feed after it.
    package mutating func append(_ reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        LineRoom.append(to: &buffer) { appendFields(of: reader, to: &$0) }
    }

    private mutating func appendFields(of reader: borrowing BatchReader, to output: inout LineRoom) {
        output.append(literal: "{\"id\":\"")
        output.append(reader.id)
        output.append(literal: "\",\"time\":\"")
        stamp.append(canonical: reader.time, to: &output)
        output.append(literal: "\",\"observedTime\":\"")
        stamp.append(canonical: reader.observedTime, to: &output)
        output.append(UInt8(ascii: "\""))
        output.append(pair: ",\"source\":\"", reader.span(reader.source))
        output.append(pair: ",\"origin\":\"", reader.span(reader.origin))
        output.append(pair: ",\"host\":\"", reader.span(reader.host))
        output.append(pair: ",\"kind\":\"", reader.span(reader.kind))
        output.append(pair: ",\"type\":\"", reader.span(reader.type))
        Self.appendWords(of: reader, to: &output)
        if let message = reader.message {
            output.append(literal: ",\"message\":")
            output.append(quoted: reader.span(message))
        }
        output.append(pair: ",\"user\":\"", reader.span(reader.user))
        Self.appendTenant(of: reader, to: &output)
        Self.appendObjects(of: reader, to: &output)
        Self.appendList(",\"arguments\":[", reader.arguments, of: reader, to: &output)
        Self.appendParameters(of: reader, to: &output)
        Self.appendList(",\"tags\":[", reader.tags, of: reader, to: &output)
        output.append(UInt8(ascii: "}"))
    }

    private static func appendWords(of reader: borrowing BatchReader, to output: inout LineRoom) {
        if reader.severity != .unknown {
            output.append(pair: ",\"severity\":\"", Vocabularies.severity[reader.severity].bytes.span)
        }
        if reader.classification != .unknown {
            output.append(pair: ",\"classification\":\"", Vocabularies.classification[reader.classification].bytes.span)
        }
        if reader.visibility != .unknown {
            output.append(pair: ",\"visibility\":\"", Vocabularies.visibility[reader.visibility].bytes.span)
        }
        if reader.isSystemEvent { output.append(literal: ",\"systemEvent\":true") }
        if let code = reader.code {
            output.append(literal: ",\"code\":")
            output.append(digitsOf: UInt64(code))
        }
    }

    private static func appendTenant(of reader: borrowing BatchReader, to output: inout LineRoom) {
        guard !reader.tenantID.isEmpty || !reader.tenantName.isEmpty else { return }
        output.append(literal: ",\"tenant\":{")
        output.append(pair: "\"id\":\"", reader.span(reader.tenantID))
        if !reader.tenantID.isEmpty, !reader.tenantName.isEmpty { output.append(UInt8(ascii: ",")) }
        output.append(pair: "\"name\":\"", reader.span(reader.tenantName))
        output.append(UInt8(ascii: "}"))
    }

    private static func appendObjects(of reader: borrowing BatchReader, to output: inout LineRoom) {
        guard !reader.objects.isEmpty else { return }
        output.append(literal: ",\"objects\":[")
        for index in reader.objects.indices {
            let object = reader.objects[index]
            output.append(literal: index > 0 ? ",{\"type\":" : "{\"type\":")
            output.append(quoted: reader.span(object.type))
            output.append(literal: ",\"id\":")
            output.append(quoted: reader.span(object.id))
            output.append(pair: ",\"name\":\"", reader.span(object.name))
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func appendList(
        _ opening: StaticString, _ texts: [ByteRange], of reader: borrowing BatchReader, to output: inout LineRoom
    ) {
        guard !texts.isEmpty else { return }
        output.append(literal: opening)
        for index in texts.indices {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(quoted: reader.span(texts[index]))
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func appendParameters(of reader: borrowing BatchReader, to output: inout LineRoom) {
        guard !reader.parameters.isEmpty else { return }
        output.append(literal: ",\"parameters\":{")
        for index in reader.parameters.indices {
            let parameter = reader.parameter(at: reader.parameters[index])
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(quoted: reader.span(parameter.name))
            output.append(UInt8(ascii: ":"))
            append(parameter.value, of: reader, to: &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func append(_ value: BatchReader.Value, of reader: borrowing BatchReader, to output: inout LineRoom)
    {
        switch value {
        case .text(let text): output.append(quoted: reader.span(text))
        case .integer(let number):
            if number.isNegative { output.append(UInt8(ascii: "-")) }
            output.append(digitsOf: number.magnitude)
        case .number(let number):
            // JSON has no number that is not finite, so it goes out as the text that it reads as.
            let text = Array(number.description.utf8)
            if number.isFinite { output.append(copying: text.span) } else { output.append(quoted: text.span) }
        case .boolean(let isTrue): output.append(literal: isTrue ? "true" : "false")
        case .time(let time):
            output.append(literal: "{\"time\":\"")
            var stamp: [UInt8] = []
            time.append(to: &stamp, fraction: .microseconds)
            output.append(copying: stamp.span)
            output.append(literal: "Z\"}")
        }
    }
}
