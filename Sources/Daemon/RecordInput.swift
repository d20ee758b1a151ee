internal import EventModel
internal import EventText
internal import Journal
internal import Normalization
internal import RemoteEvents

/// Records as somebody has them at hand, told apart by their form.
///
///     entries    a journal export stream (`journalctl -o export`), or JSON objects with journal fields
///                (`journalctl -o json`, `json-pretty`, `json-seq`)
///     response   an answer of a remote API, or one record of it, or a list of such
///     events     lines of events.log
enum RecordInput {
    case entries([EntryConverter.Entry], notes: [String])
    case response(ResponseReader.API, body: [UInt8])
    case events([Event], notes: [String])
    case empty
    case unknown

    /// - Parameter wanted: the source type that the input is of; `nil` to find out.
    init(_ input: [UInt8], wanted: SourceType?) {
        let start = input.firstIndex { $0 > 0x20 && $0 != 0x1E }
        guard let start else {
            self = .empty
            return
        }
        switch input[start] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = Self.json(input, wanted)
        case 0x30...0x39: self = Self.lines(input)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            var stream = ExportStream(Array(input[start...]))
            let entries = stream.entries()
            self = entries.isEmpty ? .unknown : .entries(entries, notes: stream.notes)
        default: self = .unknown
        }
    }

    /// Lines of events.log.
    private static func lines(_ input: [UInt8]) -> RecordInput {
        var events: [Event] = []
        var notes: [String] = []
        for (number, line) in input.split(separator: 0x0A).enumerated() {
            do throws(EventLineError) {
                events.append(try EventLineDecoder().decode(Array(line).span))
            } catch {
                notes.append("line \(number + 1) is no line of events.log: \(error)")
            }
        }
        return events.isEmpty ? .unknown : .events(events, notes: notes)
    }

    private static func json(_ input: [UInt8], _ wanted: SourceType?) -> RecordInput {
        let whole = try? JSONParser(maximumByteCount: input.count, maximumValueCount: 1 << 20).parse(input.span)
        guard let whole else { return objects(input) }
        if let api = wanted.flatMap({ ResponseReader.API(rawValue: $0.rawValue) }) ?? api(of: whole) {
            return .response(api, body: enveloped(input, whole, api))
        }
        if isEntry(whole), let entry = EntryConverter.Entry(json: whole) { return .entries([entry], notes: []) }
        return objects(input)
    }

    /// JSON objects one behind the other, a line each.
    private static func objects(_ input: [UInt8]) -> RecordInput {
        var entries: [EntryConverter.Entry] = []
        var notes: [String] = []
        for (number, line) in input.split(separator: 0x0A).enumerated() {
            let text = Array(line.drop { $0 <= 0x20 || $0 == 0x1E })
            guard !text.isEmpty else { continue }
            guard let value = try? JSONParser(maximumByteCount: text.count).parse(text.span) else {
                notes.append("line \(number + 1) is no JSON object")
                continue
            }
            if isEntry(value), let entry = EntryConverter.Entry(json: value) {
                entries.append(entry)
            } else {
                notes.append("line \(number + 1) is no journal entry")
            }
        }
        return entries.isEmpty ? .unknown : .entries(entries, notes: notes)
    }

    /// Whether an object has fields of the journal.
    private static func isEntry(_ value: JSONValue) -> Bool {
        value["MESSAGE"] != nil || value["__REALTIME_TIMESTAMP"] != nil || value["_TRANSPORT"] != nil
    }

    /// The API that a response, or a record of one, is of.
    private static func api(of value: JSONValue) -> ResponseReader.API? {
        if case .array(let items) = value { return items.first.flatMap { api(of: $0) } }
        if value["events"] != nil { return .maas }
        if value["results"] != nil { return .mws }
        if value["data"] != nil { return .iguazio }
        if value["event_type"] != nil, value["traits"] != nil { return .panko }
        if value["eventType"] != nil { return .mws }
        if value["attributes"] != nil { return .iguazio }
        if value["level"] != nil, value["created"] != nil, value["type"] != nil { return .maas }
        return nil
    }

    /// The response that a record alone, or a list of records, is a part of.
    private static func enveloped(_ input: [UInt8], _ value: JSONValue, _ api: ResponseReader.API) -> [UInt8] {
        let member =
            switch api {
            case .maas: "events"
            case .panko: ""
            case .mws: "results"
            case .iguazio: "data"
            }
        var list = input
        if case .array = value {
            if member.isEmpty { return input }
        } else {
            if !member.isEmpty, case .array? = value[Text(member)] { return input }
            list = [UInt8(ascii: "[")] + input + [UInt8(ascii: "]")]
        }
        return member.isEmpty ? list : Array("{\"\(member)\":".utf8) + list + [UInt8(ascii: "}")]
    }
}

extension EntryConverter.Entry {
    /// An object of `journalctl -o json`: texts, arrays of bytes, and arrays of those for a field that comes again.
    /// A field that was too large is null.
    init?(json: JSONValue) {
        guard case .object(let members) = json else { return nil }
        self.init(realtime: 0, fields: [])
        for member in members { append(member.name, member.value) }
    }

    private mutating func append(_ name: Text, _ value: JSONValue) {
        switch value {
        case .text(let text): append(name, text)
        case .integer(let number):
            var digits: [UInt8] = []
            number.append(to: &digits)
            append(name, Text(digits))
        case .array(let items):
            if let bytes = Self.bytes(items) {
                append(name, Text(bytes))
            } else {
                for item in items { append(name, item) }
            }
        case .null, .boolean, .number, .object: break
        }
    }

    /// An array of numbers below 256; `nil` for another.
    private static func bytes(_ items: [JSONValue]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for item in items {
            guard case .integer(let number) = item, !number.isNegative, number.magnitude < 256 else { return nil }
            bytes.append(UInt8(number.magnitude))
        }
        return bytes
    }

    /// Takes a field. Those with two underlines in front are of the journal and not of the entry.
    mutating func append(_ name: Text, _ value: Text) {
        if name == "__REALTIME_TIMESTAMP", let number = WholeNumber(parsing: value.bytes.span), !number.isNegative {
            realtime = number.magnitude
        }
        guard !name.bytes.starts(with: "__".utf8) else { return }
        fields.append((name, value))
    }
}
