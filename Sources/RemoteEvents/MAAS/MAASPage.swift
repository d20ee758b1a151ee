internal import EventModel
internal import EventText

/// What one answer of a region holds: `{"count": n, "events": […], "next_uri": …, "prev_uri": …}`.
struct MAASPage: Sendable {
    /// By id, smallest first: a region gives the newest first, whatever it was asked.
    let records: [MAASRecord]
    /// What is in the list and is no event, with its id where it has one.
    let damaged: [Damaged]

    /// An element of the list that cannot be decoded.
    struct Damaged: Sendable {
        let id: Int64?
        let reason: String
        /// Tells it from others without an id.
        let fingerprint: Int
        /// What stands in the answer.
        let bytes: [UInt8]
    }

    /// Number of elements in the list.
    var count: Int { records.count + damaged.count }

    /// The greatest id; `nil` for an empty page, and when no element has one.
    var maximum: Int64? {
        max(records.last?.id ?? .min, damaged.compactMap(\.id).max() ?? .min).nonMinimum
    }

    /// Reads an answer; `nil` when it is no JSON, or no page.
    ///
    /// - Parameter zone: the zone that the region writes times in.
    init?(_ body: [UInt8], zone: TimeZoneRule) {
        let parser = JSONParser(maximumByteCount: HTTPTransport.maximumByteCount)
        guard let value = try? parser.parse(body.span), case .array(let elements)? = value["events"] else { return nil }
        var records: [MAASRecord] = []
        var damaged: [Damaged] = []
        records.reserveCapacity(elements.count)
        var dates = MAASDates(zone: zone)
        var ranges: [Range<Int>]?
        for (index, element) in elements.enumerated().reversed() {
            switch MAASRecord.decoded(element, &dates) {
            case .success(let record): records.append(record)
            case .failure(let mistake):
                let id = MAASRecord.id(of: element)
                let found = ranges ?? (try? RecordArray(body.span, member: "events"))?.ranges ?? []
                ranges = found
                damaged.append(
                    Damaged(
                        id: id,
                        reason: "Event \(id.map { "\($0)" } ?? "without an id") cannot be decoded: \(mistake.what).",
                        fingerprint: element.hashValue,
                        bytes: found.count == elements.count ? Array(body[found[index]]) : []))
            }
        }
        let isAscending = zip(records, records.dropFirst()).allSatisfy { $0.id < $1.id }
        self.records = isAscending ? records : records.sorted { $0.id < $1.id }
        self.damaged = damaged
    }
}

extension Int64 {
    fileprivate var nonMinimum: Int64? { self == .min ? nil : self }
}

/// One event as a region gives it.
struct MAASRecord: Sendable {
    /// Why an element is no event.
    struct Mistake: Error {
        let what: String
    }

    var id: Int64 = 0
    var level = Text.empty
    var created = Timestamp(microseconds: Int64(0))
    var type = Text.empty
    var description = Text.empty
    /// Name of the node; empty for none.
    var hostname = Text.empty
    /// System id of the node; empty for none.
    var node = Text.empty
    /// Empty for none, and from regions before 2.4.
    var username = Text.empty
    /// What this version of ours does not know.
    var others: [JSONMember] = []

    /// The word for an absent host or user.
    private static let absent: Text = "unknown"

    static func decoded(_ element: JSONValue, _ dates: inout MAASDates) -> Result<MAASRecord, Mistake> {
        guard case .object(let members) = element else { return .failure(Mistake(what: "it is \(element.typeName)")) }
        var record = MAASRecord()
        var missing = Self.required
        for member in members {
            guard let field = Field(member.name) else {
                record.others.append(member)
                continue
            }
            guard record.take(field, member.value, &dates) else {
                return .failure(Mistake(what: "'\(field)' is \(shown(member.value))"))
            }
            missing &= ~field.bit
        }
        if let field = Field(rawValue: missing.trailingZeroBitCount) {
            return .failure(Mistake(what: "'\(field)' is missing"))
        }
        return .success(record)
    }

    /// The id of an element, whatever else is wrong with it.
    static func id(of element: JSONValue) -> Int64? { element["id"].flatMap(wholeID) }

    private static func wholeID(_ value: JSONValue) -> Int64? {
        guard case .integer(let number) = value, !number.isNegative,
            number.magnitude > 0, number.magnitude < UInt64(Int64.max)
        else { return nil }
        return Int64(number.magnitude)
    }

    /// The fields that every event has, a bit for each.
    private static let required = [Field.id, .level, .created, .type, .description].reduce(0) { $0 | $1.bit }

    private enum Field: Int {
        case id, level, created, type, description, hostname, node, username

        var bit: Int { 1 << rawValue }

        init?(_ name: Text) {
            switch name {
            case "id": self = .id
            case "level": self = .level
            case "created": self = .created
            case "type": self = .type
            case "description": self = .description
            case "hostname": self = .hostname
            case "node": self = .node
            case "username": self = .username
            default: return nil
            }
        }
    }

    private mutating func take(_ field: Field, _ value: JSONValue, _ dates: inout MAASDates) -> Bool {
        switch (field, value) {
        case (.id, _):
            guard let id = Self.wholeID(value) else { return false }
            self.id = id
        case (.level, .text(let text)): level = text
        case (.created, .text(let text)):
            guard let time = dates.time(text) else { return false }
            created = time
        case (.type, .text(let text)): type = text
        case (.description, .text(let text)): description = text
        case (.hostname, .text(let text)): hostname = text == Self.absent ? .empty : text
        case (.node, .text(let text)): node = text
        case (.username, .text(let text)): username = text == Self.absent ? .empty : text
        case (.hostname, .null), (.node, .null), (.username, .null): break
        case (.description, .null): break
        default: return false
        }
        return true
    }

    private static func shown(_ value: JSONValue) -> String {
        guard case .text(let text) = value else { return value.typeName }
        let characters = text.string.unicodeScalars.prefix(64).map { 0x20..<0x7F ~= $0.value ? Character($0) : "?" }
        return "'\(String(characters))'"
    }
}
