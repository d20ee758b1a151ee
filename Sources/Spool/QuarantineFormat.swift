// What was set aside: `quarantine/` in the spool's directory. Version 1.
//
// Files `NNNNNN.jsonl` (NNNNNN: six decimal digits or more, from 1 upwards), at most 8 of at most 8 MiB. Each line is a
// JSON object and ends with LF.
//
//   first    {"quarantine":1,"next":N,"dropped":M}: number of the file's first record, and how many records had gone
//            for room when the file was begun
//   record   {"number":N,"time":TIME,"part":"source" or "sink","name":TEXT,"cause":WORD,"reason":TEXT, then
//            "event":{…}    the event in canonical JSON, or
//            "text":TEXT    its bytes, where they are UTF-8, or
//            "base64":TEXT  its bytes, or nothing where nobody has them
//            "byteCount":N  bytes of the whole, where it was cut to 1 MiB}
//   removed  {"number":N,"removed":true}, and spaces up to the length that the record had
//
// Invariants (tests carry their names):
//
//   numbers grow     A record's number is one more than that of the record before it, and never comes again.
//   one writer       The daemon appends to the newest file. A command overwrites records in their place, or removes
//                    files before the newest; so both may run at a time.
//   torn tail        What stands behind the last LF was never durable, and is cut off before anything is appended.
//   counted first    The first line of a file counts the records of those that go for its room before they are gone.

internal import EventModel
internal import EventText
internal import Pipeline

/// Names and lines of the quarantine's files.
enum QuarantineFormat {
    /// The folder in the spool's directory.
    static let folder = "quarantine"
    static let maximumFileCount = 8

    /// The name of a file.
    static func name(of file: UInt64) -> String {
        let digits = String(file)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".jsonl"
    }

    /// The number of a file; `nil` for a name that we do not give.
    static func number(ofName name: String) -> UInt64? {
        guard name.hasSuffix(".jsonl"), let number = UInt64(name.dropLast(6)), Self.name(of: number) == name else {
            return nil
        }
        return number
    }

    static func head(next: UInt64, dropped: UInt64) -> [UInt8] {
        Array("{\"quarantine\":1,\"next\":\(next),\"dropped\":\(dropped)}\n".utf8)
    }

    /// Reads a first line.
    static func head(parsing line: Span<UInt8>) -> (next: UInt64, dropped: UInt64)? {
        guard let value = try? JSONParser(maximumValueCount: 16).parse(line), value["quarantine"] != nil,
            let next = value["next"]?.magnitude, let dropped = value["dropped"]?.magnitude
        else { return nil }
        return (next, dropped)
    }

    /// A record's line.
    static func line(_ record: QuarantinedRecord, number: UInt64, time: Timestamp) -> [UInt8] {
        var line = Array(
            "{\"number\":\(number),\"time\":\"\(time.canonicalText)\",\"part\":\"\(record.part.word)\"".utf8)
        line.append(member: "name", record.part.name.utf8)
        line.append(member: "cause", record.cause.rawValue.utf8)
        line.append(member: "reason", record.reason.utf8)
        switch record.content {
        case .nothing: break
        case .event(let json) where json.count <= QuarantinedRecord.maximumByteCount:
            line.append(contentsOf: ",\"event\":".utf8)
            line.append(contentsOf: json)
        case .event(let bytes), .bytes(let bytes): line.append(content: bytes)
        }
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    /// What takes the place of a record's line, which has `byteCount` bytes and its LF.
    static func removed(number: UInt64, byteCount: Int) -> [UInt8] {
        let line = Array("{\"number\":\(number),\"removed\":true}".utf8)
        return line + [UInt8](repeating: 0x20, count: max(0, byteCount - line.count - 1)) + [0x0A]
    }

    /// The number of a line that is a record, removed or not, without reading the rest; `nil` for any other line.
    static func number(of line: Span<UInt8>) -> (number: UInt64, isRemoved: Bool)? {
        let start = Array("{\"number\":".utf8)
        guard line.count > start.count, line.extracting(0..<start.count).isEqual(to: start.span) else { return nil }
        var index = start.count
        while index < line.count, (0x30...0x39).contains(line[index]) { index += 1 }
        let digits = [UInt8](copying: line.extracting(start.count..<index))
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)), number < 1 << 62 else { return nil }
        let rest = Array(",\"removed\"".utf8)
        let isRemoved =
            line.count - index > rest.count && line.extracting(index..<index + rest.count).isEqual(to: rest.span)
        return (number, isRemoved)
    }
}

extension [UInt8] {
    fileprivate mutating func append(member name: StaticString, _ text: some Sequence<UInt8>) {
        append(contentsOf: ",\"\(name)\":\"".utf8)
        append(escaping: Array(text).span)
        append(0x22)
    }

    /// Appends what is left of a record: as text where that gives the bytes back.
    fileprivate mutating func append(content bytes: [UInt8]) {
        var kept = bytes
        if bytes.count > QuarantinedRecord.maximumByteCount {
            kept.removeLast(bytes.count - QuarantinedRecord.maximumByteCount)
            // The cut may be in a character; the text before it is still text.
            if bytes.isUTF8 { while !kept.isUTF8, !kept.isEmpty { kept.removeLast() } }
        }
        if kept.isUTF8 {
            append(member: "text", kept)
        } else {
            append(contentsOf: ",\"base64\":\"".utf8)
            Base64.append(kept.span, to: &self)
            append(0x22)
        }
        if kept.count < bytes.count { append(contentsOf: ",\"byteCount\":\(bytes.count)".utf8) }
    }

    private var isUTF8: Bool { String(validating: self, as: UTF8.self) != nil }
}

extension JSONValue {
    /// A whole number that is not negative.
    var magnitude: UInt64? {
        if case .integer(let number) = self, !number.isNegative { number.magnitude } else { nil }
    }
}
