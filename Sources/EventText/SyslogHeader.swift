import EventModel

// RFC 5424, section 6:
//
//   "<" PRI ">1 " TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]
//
// Fields are printable ASCII of at most 255, 48, 128 and 32 bytes; any other byte is `_`, and an empty one is `-`.
// The message id is the event's kind. RFC 3164, section 4.1:
//
//   "<" PRI ">" TIMESTAMP SP HOSTNAME SP TAG ["[" PID "]"] ": " MSG
//
// Its host name and its tag of at most 32 bytes have letters, digits, `.`, `_` and `-` only (the tag `/` too), as
// receivers take anything else for the end of the field.

/// What a header needs of the parameters of an event.
struct SyslogNative {
    /// `SYSLOG_FACILITY` of a journal entry.
    var facility: UInt8?
    /// `PRIORITY` of a journal entry, where it is not the usual one of its severity.
    var priority: UInt8?
    /// Process that reported the event.
    var process = BatchReader.Value.text(.empty)

    /// Of an event that was sent by hand only the kernel's word counts, `sender.pid`: anybody may write the others.
    init(_ reader: borrowing BatchReader) {
        var isOwnProcess = false
        for index in reader.parameters.indices {
            let parameter = reader.parameter(at: reader.parameters[index])
            switch parameter.name.count {
            case 10 where reader.span(parameter.name).isEqual(to: "sender.pid"):
                facility = nil
                priority = nil
                process = parameter.value
                return
            case 3 where !isOwnProcess && reader.span(parameter.name).isEqual(to: "pid"): process = parameter.value
            case 4 where reader.span(parameter.name).isEqual(to: "_PID"):
                process = parameter.value
                isOwnProcess = true
            case 8 where reader.span(parameter.name).isEqual(to: "PRIORITY"):
                priority = Self.number(parameter.value, of: reader, below: 8)
            case 15 where reader.span(parameter.name).isEqual(to: "SYSLOG_FACILITY"):
                facility = Self.number(parameter.value, of: reader, below: 24)
            default: break
            }
        }
    }

    private static func number(
        _ value: BatchReader.Value, of reader: borrowing BatchReader, below limit: UInt64
    ) -> UInt8? {
        let number: WholeNumber?
        switch value {
        case .text(let text): number = WholeNumber(parsing: reader.span(text))
        case .integer(let value): number = value
        case .number, .boolean, .time: number = nil
        }
        guard let number, !number.isNegative, number.magnitude < limit else { return nil }
        return UInt8(number.magnitude)
    }
}

extension Severity {
    /// The syslog severity that stands for this one, RFC 5424, 6.2.1.
    var syslog: UInt8 {
        switch self {
        case .critical: 2
        case .major: 3
        case .warning: 4
        case .info, .unknown: 6
        case .debug: 7
        }
    }
}

extension SyslogEncoder {
    /// PRI: facility × 8 + severity. A native priority counts while it says the same as the severity, which a rule
    /// may have raised.
    func priority(_ native: SyslogNative, _ severity: Severity) -> UInt8 {
        let facility = form.facility?.rawValue ?? native.facility ?? Facility.user.rawValue
        if let priority = native.priority, Severity(syslog: Int(priority)) == severity {
            return facility * 8 + priority
        }
        return facility * 8 + severity.syslog
    }

    /// Appends everything before the structured data, with the space.
    mutating func appendHeader(of reader: borrowing BatchReader, to output: inout LineRoom) {
        let native = SyslogNative(reader)
        output.append(UInt8(ascii: "<"))
        output.append(digitsOf: UInt64(priority(native, reader.severity)))
        output.append(literal: ">1 ")
        stamp.append(canonical: reader.time, to: &output)
        output.append(UInt8(ascii: " "))
        output.append(fixed: fixedHost, or: reader.span(reader.host), fallback: machine, as: .hostName)
        output.append(UInt8(ascii: " "))
        output.append(fixed: fixedApp, or: reader.span(reader.origin), fallback: SyslogField.absent, as: .appName)
        output.append(UInt8(ascii: " "))
        switch native.process {
        case .text(let text):
            output.append(fixed: [], or: reader.span(text), fallback: SyslogField.absent, as: .process)
        case .integer(let number):
            if number.isNegative { output.append(UInt8(ascii: "-")) }
            output.append(digitsOf: number.magnitude)
        case .number, .boolean, .time: output.append(UInt8(ascii: "-"))
        }
        output.append(UInt8(ascii: " "))
        output.append(fixed: [], or: reader.span(reader.kind), fallback: SyslogField.absent, as: .messageID)
        output.append(UInt8(ascii: " "))
    }

    /// Appends everything before the message of RFC 3164.
    mutating func appendShortHeader(of reader: borrowing BatchReader, to output: inout LineRoom) {
        let native = SyslogNative(reader)
        output.append(UInt8(ascii: "<"))
        output.append(digitsOf: UInt64(priority(native, reader.severity)))
        output.append(UInt8(ascii: ">"))
        switch form.stamp {
        case .bsd: shortStamp.append(reader.time, to: &output)
        case .rfc3339: stamp.append(canonical: reader.time, to: &output)
        }
        output.append(UInt8(ascii: " "))
        output.append(fixed: fixedHost, or: reader.span(reader.host), fallback: machine, as: .shortHostName)
        output.append(UInt8(ascii: " "))
        output.append(fixed: fixedApp, or: reader.span(reader.origin), fallback: Self.ownTag, as: .tag)
        let digits = Self.digits(of: native.process, reader)
        if digits.count > 0 {
            output.append(UInt8(ascii: "["))
            output.append(copying: digits.span)
            output.append(UInt8(ascii: "]"))
        }
        output.append(literal: ": ")
    }

    private static let ownTag = Array("tributary".utf8)

    /// A process number in decimal; empty for anything else.
    private static func digits(of value: BatchReader.Value, _ reader: borrowing BatchReader) -> [UInt8] {
        var digits: [UInt8] = []
        switch value {
        case .text(let text) where text.count <= 20: digits.append(copying: reader.span(text))
        case .integer(let number): number.append(to: &digits)
        case .text, .number, .boolean, .time: break
        }
        return digits.allSatisfy { (0x30...0x39).contains($0) } ? digits : []
    }
}

/// A field of a header: how long it may be, and of which bytes.
package enum SyslogField {
    case hostName, appName, process, messageID, shortHostName, tag

    /// What stands for an empty field.
    static let absent = [UInt8(ascii: "-")]

    private var maximumByteCount: Int {
        switch self {
        case .hostName, .shortHostName: 255
        case .appName: 48
        case .process: 128
        case .messageID, .tag: 32
        }
    }

    @inline(__always)
    private func allows(_ byte: UInt8) -> Bool {
        switch self {
        case .hostName, .appName, .process, .messageID: byte > 0x20 && byte < 0x7F
        case .shortHostName: isKeyByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        case .tag:
            isKeyByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/")
        }
    }

    /// Bytes of `text` that count: receivers know an RFC 3164 host name by its last letter or digit.
    private func byteCount(of text: Span<UInt8>) -> Int {
        var count = min(text.count, maximumByteCount)
        guard self == .shortHostName else { return count }
        while count > 0, !isKeyByte(text[count - 1]) || text[count - 1] == UInt8(ascii: "_") { count -= 1 }
        return count
    }

    /// Appends the field.
    ///
    /// - Returns: `false` when nothing of `text` counts.
    func append(_ text: Span<UInt8>, to output: inout some ByteOutput) -> Bool {
        let count = byteCount(of: text)
        guard count > 0 else { return false }
        var index = 0
        while index < count, allows(text[index]) { index += 1 }
        output.append(copying: text.extracting(0..<index))
        while index < count {
            output.append(allows(text[index]) ? text[index] : UInt8(ascii: "_"))
            index += 1
        }
        return true
    }

    /// Whether `text` is the field as it goes out.
    package func takes(_ text: String) -> Bool {
        !text.isEmpty && bytes(text) == Array(text.utf8)
    }

    /// What the field may be, in words for the operator.
    package var allowed: String {
        let count = "1 to \(maximumByteCount)"
        return switch self {
        case .hostName, .appName, .process, .messageID: "\(count) printable characters of ASCII without spaces"
        case .shortHostName: "\(count) letters and digits of ASCII, '.', '-' and '_', the last a letter or digit"
        case .tag: "\(count) letters and digits of ASCII, '.', '-', '_' and '/'"
        }
    }

    /// The field as it goes out; empty when nothing of `text` counts.
    func bytes(_ text: String?) -> [UInt8] {
        var bytes: [UInt8] = []
        let source = Array((text ?? "").utf8)
        _ = append(source.span, to: &bytes)
        return bytes
    }
}

extension LineRoom {
    /// Appends `fixed`, or without it what `text` is as a field, or without that `fallback`.
    @inline(__always)
    fileprivate mutating func append(
        fixed: [UInt8], or text: Span<UInt8>, fallback: [UInt8], as field: SyslogField
    ) {
        if !fixed.isEmpty {
            append(copying: fixed.span)
        } else if !field.append(text, to: &self) {
            append(copying: fallback.span)
        }
    }
}
