import EventModel

// Structured data, RFC 5424, section 6.3: two elements, ids `event@PEN` and `parameters@PEN`. The first has the keys
// that an `events.log` line has (`EventLineEncoder.swift`), each left out when empty, without the message and the
// stamp; the second, when there are any, the event's parameters. A parameter's name is in the grammar of keys
// (`ParameterName.swift`) and at most 32 bytes; what is longer becomes its first 23 bytes, `-`, and eight hexadecimal
// digits that depend on the whole name. No other name has a `-`, so each stays distinct; the same name always becomes
// the same, unless another one of the event has taken that: then the digits count on.

/// Writes the structured data of RFC 5424.
struct SyslogData: Sendable {
    /// Longest name of a parameter, in bytes.
    private static let maximumNameByteCount = 32

    private let place: SyslogPlace
    private let eventOpening: [UInt8]
    private let parametersOpening: [UInt8]

    init(isSafe: Bool, enterpriseID: UInt32) {
        place = isSafe ? .safeData : .fullData
        eventOpening = Array("[event@\(enterpriseID)".utf8)
        parametersOpening = Array("[parameters@\(enterpriseID)".utf8)
    }

    func append(_ reader: borrowing BatchReader, to output: inout LineRoom) {
        output.append(copying: eventOpening.span)
        output.append(literal: " id=\"")
        output.append(reader.id)
        output.append(UInt8(ascii: "\""))
        append(" kind=\"", reader.span(reader.kind), to: &output)
        append(" type=\"", reader.span(reader.type), to: &output)
        append(" source=\"", reader.span(reader.source), to: &output)
        append(" origin=\"", reader.span(reader.origin), to: &output)
        append(" host=\"", reader.span(reader.host), to: &output)
        append(" severity=\"", Vocabularies.severity[reader.severity].bytes.span, to: &output)
        append(" classification=\"", Vocabularies.classification[reader.classification].bytes.span, to: &output)
        append(" visibility=\"", Vocabularies.visibility[reader.visibility].bytes.span, to: &output)
        if reader.isSystemEvent { output.append(literal: " systemEvent=\"true\"") }
        if let code = reader.code {
            output.append(literal: " code=\"0x")
            output.append(hexadecimal: code)
            output.append(UInt8(ascii: "\""))
        }
        append(" user=\"", reader.span(reader.user), to: &output)
        append(" tenant.id=\"", reader.span(reader.tenantID), to: &output)
        append(" tenant.name=\"", reader.span(reader.tenantName), to: &output)
        appendLists(of: reader, to: &output)
        output.append(UInt8(ascii: "]"))
        guard !reader.parameters.isEmpty else { return }
        output.append(copying: parametersOpening.span)
        var shortened = ShortenedNames()
        for index in reader.parameters.indices {
            append(reader.parameter(at: reader.parameters[index]), of: reader, &shortened, to: &output)
        }
        output.append(UInt8(ascii: "]"))
    }

    private func appendLists(of reader: borrowing BatchReader, to output: inout LineRoom) {
        for index in reader.objects.indices {
            let object = reader.objects[index]
            append("associatedObject", index, ".type", reader.span(object.type), to: &output)
            append("associatedObject", index, ".id", reader.span(object.id), to: &output)
            append("associatedObject", index, ".name", reader.span(object.name), to: &output)
        }
        for index in reader.arguments.indices {
            append("argument", index, "", reader.span(reader.arguments[index]), to: &output)
        }
        for index in reader.tags.indices {
            append("tag", index, "", reader.span(reader.tags[index]), to: &output)
        }
    }

    private func append(_ opening: StaticString, _ text: Span<UInt8>, to output: inout LineRoom) {
        guard text.count > 0 else { return }
        output.append(literal: opening)
        output.append(text, in: place)
        output.append(UInt8(ascii: "\""))
    }

    private func append(
        _ key: StaticString, _ index: Int, _ part: StaticString, _ text: Span<UInt8>, to output: inout LineRoom
    ) {
        guard text.count > 0 else { return }
        output.append(UInt8(ascii: " "))
        output.append(literal: key)
        output.append(UInt8(ascii: "."))
        output.append(digitsOf: UInt64(index))
        if part.utf8CodeUnitCount > 0 { output.append(literal: part) }
        output.append(literal: "=\"")
        output.append(text, in: place)
        output.append(UInt8(ascii: "\""))
    }

    private func append(
        _ parameter: BatchReader.ParameterEntry, of reader: borrowing BatchReader, _ shortened: inout ShortenedNames,
        to output: inout LineRoom
    ) {
        var name: [UInt8] = []
        ParameterName.write(reader.span(parameter.name), to: &name)
        output.append(UInt8(ascii: " "))
        if name.count > Self.maximumNameByteCount { shortened.shorten(&name) }
        output.append(copying: name.span)
        output.append(literal: "=\"")
        output.append(parameter.value, of: reader, in: place)
        output.append(UInt8(ascii: "\""))
    }
}

/// Makes long names of one event's parameters short, each different from the others.
private struct ShortenedNames {
    /// Bytes of a name that stay.
    private static let keptByteCount = 23

    private var taken: Set<[UInt8]> = []

    mutating func shorten(_ name: inout [UInt8]) {
        // FNV-1a: some 32 bits that every version of ours computes in the same way.
        var hash: UInt32 = 0x811C_9DC5
        for byte in name { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        name.removeLast(name.count - Self.keptByteCount)
        name.append(UInt8(ascii: "-"))
        repeat {
            name.removeLast(name.count - Self.keptByteCount - 1)
            name.append(hexadecimal: hash)
            hash &+= 1
        } while !taken.insert(name).inserted
    }
}

extension ByteOutput {
    /// Appends a parameter's value: texts by the rules of `place`, anything else as an `events.log` line has it.
    mutating func append(_ value: BatchReader.Value, of reader: borrowing BatchReader, in place: SyslogPlace) {
        switch value {
        case .text(let text): append(reader.span(text), in: place)
        case .integer(let number):
            if number.isNegative { append(UInt8(ascii: "-")) }
            append(digitsOf: number.magnitude)
        case .number(let number): append(copying: Array(number.description.utf8).span)
        case .boolean(let isTrue): append(literal: isTrue ? "true" : "false")
        case .time(let time):
            var stamp: [UInt8] = []
            time.append(to: &stamp, fraction: .microseconds)
            append(copying: stamp.span)
            append(UInt8(ascii: "Z"))
        }
    }
}
