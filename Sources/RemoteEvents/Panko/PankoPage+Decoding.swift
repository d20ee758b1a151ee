internal import EventModel
internal import EventText

extension PankoRecord {
    /// Reads the object that `text` is. Members that are not known are left out, whatever they hold.
    init(parsing text: Span<UInt8>) throws(PankoRecordError) {
        guard let members = JSONPieces.members(of: text) else { throw .notAnObject }
        var fields = RecordFields()
        for member in members { try fields.take(member, of: text) }
        guard let messageID = fields.messageID, !messageID.isEmpty else { throw .missing(field: "message_id") }
        guard let generated = fields.generated else { throw .missing(field: "generated") }
        guard let time = Timestamp(panko: generated) else { throw .notATime(generated.string) }
        self.init(
            messageID: messageID, eventType: fields.eventType ?? .empty, generated: time, traits: fields.traits,
            raw: fields.raw)
    }
}

extension UnreadableRecord {
    /// Bytes of a record without an id that it is known by.
    private static let maximumIdentityByteCount = 4096

    init(parsing text: Span<UInt8>, reason: PankoRecordError) {
        var fields = RecordFields()
        for member in JSONPieces.members(of: text) ?? [] { try? fields.take(member, of: text) }
        let start = text.extracting(0..<min(text.count, Self.maximumIdentityByteCount))
        let messageID = fields.messageID.flatMap { $0.isEmpty ? nil : $0 }
        identity = messageID ?? Text(copying: start)
        hasMessageID = messageID != nil
        generated = fields.generated.flatMap { Timestamp(panko: $0) }
        self.reason = reason
        bytes = [UInt8](copying: text)
    }
}

extension Timestamp {
    /// Reads a date and time of Panko's, which is UTC where it has no zone; `nil` for anything else.
    init?(panko text: Text) {
        if let time = Timestamp(parsing: text.bytes.span) {
            self = time
        } else {
            self.init(parsing: (text.bytes + [UInt8(ascii: "Z")]).span)
        }
    }
}

/// The members of a record that were read so far.
private struct RecordFields {
    var messageID: Text?
    var eventType: Text?
    var generated: Text?
    var traits: [PankoRecord.Trait] = []
    var raw: Text?

    mutating func take(_ member: JSONPieces.Member, of text: Span<UInt8>) throws(PankoRecordError) {
        let name = text.extracting(member.name)
        let value = text.extracting(member.value)
        if name.isEqual(to: "\"message_id\"") {
            messageID = try Self.text(value, "message_id")
        } else if name.isEqual(to: "\"event_type\"") {
            eventType = try Self.text(value, "event_type")
        } else if name.isEqual(to: "\"generated\"") {
            generated = try Self.text(value, "generated")
        } else if name.isEqual(to: "\"traits\"") {
            traits = try Self.traits(value)
        } else if name.isEqual(to: "\"raw\""), !value.isEqual(to: "null"), !value.isEqual(to: "{}") {
            raw = Text(copying: value)
        }
    }

    private static func parse(_ text: Span<UInt8>, _ field: String) throws(PankoRecordError) -> JSONValue {
        do throws(JSONError) {
            return try JSONParser().parse(text)
        } catch {
            throw .syntax(field: field, error)
        }
    }

    /// - Returns: `nil` for null.
    private static func text(_ value: Span<UInt8>, _ field: String) throws(PankoRecordError) -> Text? {
        switch try parse(value, field) {
        case .text(let text): return text
        case .null: return nil
        case let other: throw .wrongType(field: field, found: other.typeName)
        }
    }

    private static func traits(_ value: Span<UInt8>) throws(PankoRecordError) -> [PankoRecord.Trait] {
        let list: [JSONValue]
        switch try parse(value, "traits") {
        case .array(let values): list = values
        case .null: return []
        case let other: throw .wrongType(field: "traits", found: other.typeName)
        }
        var traits: [PankoRecord.Trait] = []
        traits.reserveCapacity(list.count)
        for item in list {
            if let trait = try Self.trait(item) { traits.append(trait) }
        }
        return traits
    }

    /// - Returns: `nil` for one whose value is null.
    private static func trait(_ item: JSONValue) throws(PankoRecordError) -> PankoRecord.Trait? {
        guard case .object = item else { throw .wrongType(field: "traits", found: "list with a \(item.typeName)") }
        guard case .text(let name)? = item["name"], !name.isEmpty else { throw .missing(field: "traits.name") }
        let type: Text
        switch item["type"] {
        case .text(let word)?: type = word
        case .null?, nil: type = "string"
        case let other?: throw .wrongType(field: "traits.type", found: other.typeName)
        }
        switch item["value"] {
        case .text(let value)?: return PankoRecord.Trait(name: name, type: type, value: value)
        case .null?, nil: return nil
        // The reference says that a value is always a text; another version's number means the same.
        case .integer(let number)?:
            var bytes: [UInt8] = []
            number.append(to: &bytes)
            return PankoRecord.Trait(name: name, type: type, value: Text(bytes))
        case .number(_, let source)?: return PankoRecord.Trait(name: name, type: type, value: source)
        case .boolean(let isTrue)?:
            return PankoRecord.Trait(name: name, type: type, value: isTrue ? "True" : "False")
        case let other?: throw .wrongType(field: "traits.value", found: other.typeName)
        }
    }
}
