internal import EventModel
internal import EventText

/// One answer of MWS's list of events, taken apart.
struct MWSPage {
    /// A record of the list.
    enum Record {
        /// One with an id and a date.
        case event(MWSRecord)
        /// One without, and the sentence that says so. `identity` is the same for the same bytes.
        case broken(reason: String, identity: Text, bytes: [UInt8])

        /// When it happened; `nil` for a broken one.
        var date: Timestamp? {
            switch self {
            case .event(let record): record.date
            case .broken: nil
            }
        }

        /// What the record's event id is made of.
        var identity: Text {
            switch self {
            case .event(let record): Text("mws ".utf8 + record.id.bytes)
            case .broken(_, let identity, _): identity
            }
        }
    }

    /// Number of events that match, of which this page has some; `nil` when the server does not say.
    let totalCount: Int?
    let records: [Record]

    /// Decodes an answer.
    init(_ body: [UInt8]) throws(RecordArrayError) {
        let text = body.span
        let array = try RecordArray(text, member: "results")
        if case .integer(let number) = array.envelope["totalCount"], !number.isNegative {
            totalCount = Int(clamping: number.magnitude)
        } else {
            totalCount = nil
        }
        var records: [Record] = []
        records.reserveCapacity(array.ranges.count)
        for range in array.ranges { records.append(Self.record(text.extracting(range))) }
        self.records = records
    }

    /// The messages of an answer of status 400 or more, `{"messages": [text]}`; `nil` when it has none.
    static func messages(of body: [UInt8]) -> String? {
        guard let value = try? JSONParser(maximumValueCount: 1000).parse(body.span) else { return nil }
        let texts = value["messages"]?.items.compactMap(\.nonEmptyText) ?? []
        return texts.isEmpty ? nil : texts.map { $0.quoted }.joined(separator: ", ")
    }

    private static func record(_ text: Span<UInt8>) -> Record {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser(maximumByteCount: text.count).parse(text)
        } catch {
            return .broken(
                reason: "it is no JSON: \(error)", identity: brokenIdentity(text), bytes: [UInt8](copying: text))
        }
        guard case .object(let members) = value else {
            return .broken(
                reason: "it is no object but \(value.typeName)", identity: brokenIdentity(text),
                bytes: [UInt8](copying: text))
        }
        guard let id = value["id"]?.nonEmptyText else {
            return .broken(reason: "it has no 'id'", identity: brokenIdentity(text), bytes: [UInt8](copying: text))
        }
        guard let date = value["eventDate"]?.nonEmptyText.flatMap({ Timestamp(parsing: $0.bytes.span) }) else {
            let found = value["eventDate"]?.nonEmptyText.map { $0.quoted } ?? "none"
            return .broken(
                reason: "event \(id.quoted) has no 'eventDate' that is a date and time: \(found)",
                identity: Text("mws ".utf8 + id.bytes), bytes: [UInt8](copying: text))
        }
        return .event(MWSRecord(id: id, date: date, members: members))
    }

    private static func brokenIdentity(_ text: Span<UInt8>) -> Text {
        var bytes = Array("mws broken ".utf8)
        bytes.append(copying: text)
        return Text(bytes)
    }
}

/// One event as MWS reports it.
struct MWSRecord: Equatable {
    let id: Text
    /// `eventDate`.
    let date: Timestamp
    /// All members, these two included.
    let members: [JSONMember]

    /// The value of a member; `nil` for null too.
    subscript(name: Text) -> JSONValue? {
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }
}
