import EventModel

// ArcSight's Common Event Format and QRadar's Log Event Extended Format 2.0:
//
//   CEF:0|Tributary|Tributary|1|KIND|NAME|SEVERITY|key=value key=value …
//   LEEF:2.0|Tributary|Tributary|1|KIND|^|key=value^key=value…
//
//   event                     | CEF                              | LEEF
//   kind, else type           | event class id; name with spaces | event id
//   severity unknown … critical | 3 0 3 6 8 10                   | 3 1 3 6 8 10 (sev)
//   time                      | rt, milliseconds since the epoch | devTime, devTimeFormat
//   id                        | externalId                       | id
//   host, origin              | dvchost, deviceProcessName       | identHostName, origin
//   user                      | suser                            | usrName
//   classification            | cat                              | cat
//   message                   | msg                              | msg
//   parameter `address`       | src, c6a2 (IPv6), shost (a name) | src, srcHostName (a name)
//   parameter `port`          | spt                              | srcPort
//   first object              | cs4 (type), cs5 (id)             | resourceType, resource
//   source, type, tenant id   | cs1, cs2, cs3                    | source, type, tenantId
//   code                      | cn1                              | code
//   every parameter           | parameter_NAME                   | parameter_NAME
//
// An address loses its zone, and one of IPv4 that is mapped to IPv6 is written as the former (`AddressText.swift`); the
// parameter has it as it came.
//
// NAME is in the grammar of keys (`ParameterName.swift`), with `_x2E` for its dots. LEEF's delimiter is `^`, as the
// default, a tab, is a control character that relays change. Escapes: `SyslogText.swift`.

/// Writes events for SIEMs that have a format of their own.
struct SecurityEvent: Sendable {
    private var stamp = StampCache(offset: { _ in 0 })

    /// Appends the event in ArcSight's format.
    func appendCEF(_ reader: borrowing BatchReader, to output: inout LineRoom) {
        let kind = reader.kind.isEmpty ? reader.type : reader.kind
        output.append(literal: "CEF:0|Tributary|Tributary|1|")
        output.append(reader.span(kind), in: .cefHeader)
        if kind.isEmpty { output.append(literal: "event") }
        output.append(UInt8(ascii: "|"))
        Self.append(name: reader.span(kind), to: &output)
        output.append(UInt8(ascii: "|"))
        switch reader.severity {
        case .unknown, .info: output.append(literal: "3")
        case .debug: output.append(literal: "0")
        case .warning: output.append(literal: "6")
        case .major: output.append(literal: "8")
        case .critical: output.append(literal: "10")
        }
        output.append(literal: "|rt=")
        let milliseconds = Self.milliseconds(reader.time)
        if milliseconds < 0 { output.append(UInt8(ascii: "-")) }
        output.append(digitsOf: milliseconds.magnitude)
        output.append(literal: " externalId=")
        output.append(reader.id)
        output.append(" dvchost=", reader.span(reader.host), in: .cefValue)
        output.append(" deviceProcessName=", reader.span(reader.origin), in: .cefValue)
        output.append(" suser=", reader.span(reader.user), in: .cefValue)
        if reader.classification != .unknown {
            output.append(" cat=", Vocabularies.classification[reader.classification].bytes.span, in: .cefValue)
        }
        output.append(" msg=", reader.span(reader.message ?? .empty), in: .cefValue)
        Self.appendAddressCEF(of: reader, to: &output)
        Self.appendCustomCEF(of: reader, to: &output)
        for index in reader.parameters.indices {
            Self.append(
                " parameter_", reader.parameter(at: reader.parameters[index]), of: reader, in: .cefValue, to: &output)
        }
    }

    /// Appends the event in QRadar's format.
    mutating func appendLEEF(_ reader: borrowing BatchReader, to output: inout LineRoom) {
        let kind = reader.kind.isEmpty ? reader.type : reader.kind
        output.append(literal: "LEEF:2.0|Tributary|Tributary|1|")
        output.append(reader.span(kind), in: .leefHeader)
        if kind.isEmpty { output.append(literal: "event") }
        output.append(literal: "|^|devTime=")
        // Java's letters, which QRadar reads the format by, have no digits below the millisecond.
        stamp.append(reader.time, fraction: .milliseconds, to: &output)
        output.append(literal: "^devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX^sev=")
        switch reader.severity {
        case .unknown, .info: output.append(literal: "3")
        case .debug: output.append(literal: "1")
        case .warning: output.append(literal: "6")
        case .major: output.append(literal: "8")
        case .critical: output.append(literal: "10")
        }
        output.append(literal: "^id=")
        output.append(reader.id)
        if reader.classification != .unknown {
            output.append("^cat=", Vocabularies.classification[reader.classification].bytes.span, in: .leefValue)
        }
        output.append("^identHostName=", reader.span(reader.host), in: .leefValue)
        output.append("^origin=", reader.span(reader.origin), in: .leefValue)
        output.append("^usrName=", reader.span(reader.user), in: .leefValue)
        output.append("^msg=", reader.span(reader.message ?? .empty), in: .leefValue)
        output.append("^source=", reader.span(reader.source), in: .leefValue)
        output.append("^type=", reader.span(reader.type), in: .leefValue)
        output.append("^tenantId=", reader.span(reader.tenantID), in: .leefValue)
        if let code = reader.code {
            output.append(literal: "^code=")
            output.append(digitsOf: UInt64(code))
        }
        if let object = reader.objects.first {
            output.append("^resourceType=", reader.span(object.type), in: .leefValue)
            output.append("^resource=", reader.span(object.id), in: .leefValue)
        }
        Self.appendAddressLEEF(of: reader, to: &output)
        for index in reader.parameters.indices {
            Self.append(
                "^parameter_", reader.parameter(at: reader.parameters[index]), of: reader, in: .leefValue, to: &output)
        }
    }

    private static func milliseconds(_ time: Timestamp) -> Int64 {
        time.seconds * 1000 + (time.microseconds - time.seconds * 1_000_000) / 1000
    }

    /// The kind with spaces for its dots.
    private static func append(name kind: Span<UInt8>, to output: inout LineRoom) {
        guard kind.count > 0 else { return output.append(literal: "event") }
        var name = Array(copying: kind)
        for index in name.indices where name[index] == UInt8(ascii: ".") { name[index] = 0x20 }
        output.append(name.span, in: .cefHeader)
    }

    private static func append(
        _ opening: StaticString, _ parameter: BatchReader.ParameterEntry, of reader: borrowing BatchReader,
        in place: SyslogPlace, to output: inout LineRoom
    ) {
        var name: [UInt8] = []
        ParameterName.write(reader.span(parameter.name), to: &name)
        output.append(literal: opening)
        for byte in name {
            if byte == UInt8(ascii: ".") { output.append(literal: "_x2E") } else { output.append(byte) }
        }
        output.append(UInt8(ascii: "="))
        output.append(parameter.value, of: reader, in: place)
    }

    private static func appendAddressCEF(of reader: borrowing BatchReader, to output: inout LineRoom) {
        if let range = text(of: "address", reader) {
            let text = reader.span(range)
            if let address = AddressText(text) {
                let plain = text.extracting(address.bytes)
                switch address.family {
                case .ip4: output.append(" src=", plain, in: .cefValue)
                case .ip6:
                    output.append(" c6a2=", plain, in: .cefValue)
                    output.append(literal: " c6a2Label=Source IPv6 Address")
                }
            } else {
                output.append(" shost=", text, in: .cefValue)
            }
        }
        if let port = port(reader) {
            output.append(literal: " spt=")
            output.append(digitsOf: port)
        }
    }

    private static func appendAddressLEEF(of reader: borrowing BatchReader, to output: inout LineRoom) {
        if let range = text(of: "address", reader) {
            let text = reader.span(range)
            if let address = AddressText(text) {
                output.append("^src=", text.extracting(address.bytes), in: .leefValue)
            } else {
                output.append("^srcHostName=", text, in: .leefValue)
            }
        }
        if let port = port(reader) {
            output.append(literal: "^srcPort=")
            output.append(digitsOf: port)
        }
    }

    private static func appendCustomCEF(of reader: borrowing BatchReader, to output: inout LineRoom) {
        append(" cs1=", reader.span(reader.source), " cs1Label=source", to: &output)
        append(" cs2=", reader.span(reader.type), " cs2Label=type", to: &output)
        append(" cs3=", reader.span(reader.tenantID), " cs3Label=tenant", to: &output)
        if let object = reader.objects.first {
            append(" cs4=", reader.span(object.type), " cs4Label=objectType", to: &output)
            append(" cs5=", reader.span(object.id), " cs5Label=objectId", to: &output)
        }
        if let code = reader.code {
            output.append(literal: " cn1=")
            output.append(digitsOf: UInt64(code))
            output.append(literal: " cn1Label=code")
        }
    }

    private static func append(
        _ opening: StaticString, _ text: Span<UInt8>, _ label: StaticString, to output: inout LineRoom
    ) {
        guard text.count > 0 else { return }
        output.append(opening, text, in: .cefValue)
        output.append(literal: label)
    }

    /// The text of a parameter; `nil` where it is absent or of another type.
    private static func text(of name: StaticString, _ reader: borrowing BatchReader) -> ByteRange? {
        for index in reader.parameters.indices {
            let parameter = reader.parameter(at: reader.parameters[index])
            if case .text(let text) = parameter.value, reader.span(parameter.name).isEqual(to: name) { return text }
        }
        return nil
    }

    /// The parameter `port`, as a number.
    private static func port(_ reader: borrowing BatchReader) -> UInt64? {
        for index in reader.parameters.indices {
            let parameter = reader.parameter(at: reader.parameters[index])
            guard reader.span(parameter.name).isEqual(to: "port") else { continue }
            let number: WholeNumber?
            switch parameter.value {
            case .integer(let value): number = value
            case .text(let text): number = WholeNumber(parsing: reader.span(text))
            case .number, .boolean, .time: number = nil
            }
            return number.flatMap { !$0.isNegative && $0.magnitude < 65_536 ? $0.magnitude : nil }
        }
        return nil
    }
}
