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
        buffer.append(literal: "{\"id\":\"")
        buffer.append(reader.id)
        buffer.append(literal: "\",\"time\":\"")
        stamp.append(canonical: reader.time, to: &buffer)
        buffer.append(literal: "\",\"observedTime\":\"")
        stamp.append(canonical: reader.observedTime, to: &buffer)
        buffer.append(UInt8(ascii: "\""))
        buffer.append(pair: ",\"source\":\"", reader.span(reader.source))
        buffer.append(pair: ",\"origin\":\"", reader.span(reader.origin))
        buffer.append(pair: ",\"host\":\"", reader.span(reader.host))
        buffer.append(pair: ",\"kind\":\"", reader.span(reader.kind))
        buffer.append(pair: ",\"type\":\"", reader.span(reader.type))
        appendWords(of: reader, to: &buffer)
        if let message = reader.message {
            buffer.append(literal: ",\"message\":")
            buffer.append(quoted: reader.span(message))
        }
        buffer.append(pair: ",\"user\":\"", reader.span(reader.user))
        appendTenant(of: reader, to: &buffer)
        appendObjects(of: reader, to: &buffer)
        appendList(",\"arguments\":[", reader.arguments, of: reader, to: &buffer)
        appendParameters(of: reader, to: &buffer)
        appendList(",\"tags\":[", reader.tags, of: reader, to: &buffer)
        buffer.append(UInt8(ascii: "}"))
    }

    private func appendWords(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        if reader.severity != .unknown {
            buffer.append(pair: ",\"severity\":\"", Vocabularies.severity[reader.severity].bytes.span)
        }
        if reader.classification != .unknown {
            buffer.append(pair: ",\"classification\":\"", Vocabularies.classification[reader.classification].bytes.span)
        }
        if reader.visibility != .unknown {
            buffer.append(pair: ",\"visibility\":\"", Vocabularies.visibility[reader.visibility].bytes.span)
        }
        if reader.isSystemEvent { buffer.append(literal: ",\"systemEvent\":true") }
        if let code = reader.code {
            buffer.append(literal: ",\"code\":")
            buffer.append(decimal: UInt64(code))
        }
    }

    private func appendTenant(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        guard !reader.tenantID.isEmpty || !reader.tenantName.isEmpty else { return }
        buffer.append(literal: ",\"tenant\":{")
        buffer.append(pair: "\"id\":\"", reader.span(reader.tenantID))
        if !reader.tenantID.isEmpty, !reader.tenantName.isEmpty { buffer.append(UInt8(ascii: ",")) }
        buffer.append(pair: "\"name\":\"", reader.span(reader.tenantName))
        buffer.append(UInt8(ascii: "}"))
    }

    private func appendObjects(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        guard !reader.objects.isEmpty else { return }
        buffer.append(literal: ",\"objects\":[")
        for index in reader.objects.indices {
            let object = reader.objects[index]
            buffer.append(literal: index > 0 ? ",{\"type\":" : "{\"type\":")
            buffer.append(quoted: reader.span(object.type))
            buffer.append(literal: ",\"id\":")
            buffer.append(quoted: reader.span(object.id))
            buffer.append(pair: ",\"name\":\"", reader.span(object.name))
            buffer.append(UInt8(ascii: "}"))
        }
        buffer.append(UInt8(ascii: "]"))
    }

    private func appendList(
        _ opening: StaticString, _ texts: [ByteRange], of reader: borrowing BatchReader, to buffer: inout [UInt8]
    ) {
        guard !texts.isEmpty else { return }
        buffer.append(literal: opening)
        for index in texts.indices {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(quoted: reader.span(texts[index]))
        }
        buffer.append(UInt8(ascii: "]"))
    }

    private func appendParameters(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        guard !reader.parameters.isEmpty else { return }
        buffer.append(literal: ",\"parameters\":{")
        for index in reader.parameters.indices {
            let parameter = reader.parameter(at: reader.parameters[index])
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.append(quoted: reader.span(parameter.name))
            buffer.append(UInt8(ascii: ":"))
            append(parameter.value, of: reader, to: &buffer)
        }
        buffer.append(UInt8(ascii: "}"))
    }

    private func append(_ value: BatchReader.Value, of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        switch value {
        case .text(let text): buffer.append(quoted: reader.span(text))
        case .integer(let number): number.append(to: &buffer)
        case .number(let number):
            // JSON has no number that is not finite, so it goes out as the text that it reads as.
            let text = Array(number.description.utf8)
            if number.isFinite { buffer.append(contentsOf: text) } else { buffer.append(quoted: text.span) }
        case .boolean(let isTrue): buffer.append(literal: isTrue ? "true" : "false")
        case .time(let time):
            buffer.append(literal: "{\"time\":\"")
            time.append(to: &buffer, fraction: .microseconds)
            buffer.append(literal: "Z\"}")
        }
    }
}

extension [UInt8] {
    /// Appends `text` escaped and in quotes.
    package mutating func append(quoted text: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }
}
