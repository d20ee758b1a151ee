internal import EventModel
internal import EventText

/// One answer of a collection of events, taken apart.
struct IguazioPage {
    /// A record of the answer.
    enum Record {
        case event(IguazioRecord)
        /// One without an id, and the sentence that says so.
        case broken(reason: String)

        /// When it happened; `nil` when it does not say.
        var time: Timestamp? {
            switch self {
            case .event(let record): record.time
            case .broken: nil
            }
        }
    }

    /// The answer that the ranges are of.
    let body: [UInt8]
    /// Where each record is in the answer.
    let ranges: [Range<Int>]
    /// Number of records that match; `nil` when the server does not say.
    let totalCount: Int?

    /// Decodes what is around the records.
    init(_ body: [UInt8]) throws(RecordArrayError) {
        let array = try RecordArray(body.span, member: "data")
        self.body = body
        ranges = array.ranges
        if case .integer(let number) = array.envelope["meta"]?["total_records"], !number.isNegative {
            totalCount = Int(clamping: number.magnitude)
        } else {
            totalCount = nil
        }
    }

    /// The bytes of a record.
    func bytes(_ range: Range<Int>) -> [UInt8] { Array(body[range]) }

    /// Reads a record.
    static func record(_ text: Span<UInt8>) -> Record {
        do throws(JSONError) {
            let value = try JSONParser(maximumByteCount: text.count).parse(text)
            guard case .object = value else { return .broken(reason: "it is no object but \(value.typeName)") }
            guard let record = IguazioRecord(value) else {
                return .broken(reason: "it has no 'id' that is a text or a number")
            }
            return .event(record)
        } catch {
            return .broken(reason: "it is no JSON: \(error)")
        }
    }

    /// What the event id of a record is made of.
    static func identity(of record: Record, bytes: [UInt8], in collection: IguazioCollection) -> Text {
        switch record {
        case .event(let record): Text("\(collection.rawValue) ".utf8 + record.id.bytes)
        case .broken: Text("\(collection.rawValue) broken ".utf8 + bytes)
        }
    }

    /// What the platform says about an error: `errors`, whatever it holds, and the trace id of the request.
    static func said(_ response: RemoteResponse) -> String {
        guard let value = try? JSONParser(maximumValueCount: 1000).parse(response.body.span),
            let errors = value["errors"]?.anyText
        else { return response.body.isEmpty ? "" : "It says: \(response.excerpt)" }
        let shown = RemoteResponse(status: 0, body: errors.bytes).excerpt
        return "It says: \(shown)" + (value["meta"]?["ctx"]?.anyText.map { " (ctx \($0.quoted))" } ?? "")
    }

    /// Why an answer is none, whatever was asked for.
    static func failure(of response: RemoteResponse, asking what: String) -> RemoteFailure {
        switch response.status {
        case 403:
            RemoteFailure(
                .permission,
                "the account may not read \(what) (403); give it an administrator's role, a read-only one will do. "
                    + said(response))
        case 404:
            RemoteFailure(
                .address,
                "there is no \(what) (404); 'url' must be the dashboard's, such as https://dashboard.igz.example.com, "
                    + "and the platform at least 3.4. \(said(response))")
        case 429, 503: RemoteFailure(.throttled, "Iguazio asks for patience (\(response.status)). \(said(response))")
        case 300..<400:
            RemoteFailure(
                .address,
                "Iguazio is elsewhere (\(response.status)); set 'url' to '\(response.header("Location") ?? "")'")
        case 400..<500:
            RemoteFailure(
                .unreadable,
                "Iguazio does not understand the request for \(what) (\(response.status)); correct 'filter', if it is "
                    + "set. \(said(response))")
        default: RemoteFailure(.server, "Iguazio is in trouble (\(response.status)). \(said(response))")
        }
    }
}

/// One event as Iguazio reports it.
struct IguazioRecord: Equatable {
    /// A number as its digits.
    let id: Text
    let isNumber: Bool
    /// The JSON:API type, such as `audit_event`; empty when there is none.
    let type: Text
    /// `attributes`, without the null ones.
    let attributes: [JSONMember]
    /// `relationships.audit_tenant.data.id`; empty when there is none.
    let tenant: Text
    /// The first of `timestamp_iso8601`, `timestamp_uint64_str` and `timestamp_uint64` that can be read.
    let time: Timestamp?

    /// - Returns: `nil` for a record without an id.
    init?(_ value: JSONValue) {
        switch value["id"] {
        case .text(let text) where !text.isEmpty:
            id = text
            isNumber = false
        case .integer(let number):
            id = JSONValue.integer(number).anyText ?? .empty
            isNumber = true
        case .none, .null, .boolean, .number, .text, .array, .object: return nil
        }
        type = value["type"]?.nonEmptyText ?? .empty
        attributes = (value["attributes"]?.objectMembers ?? []).filter { $0.value != .null }
        tenant = value["relationships"]?["audit_tenant"]?["data"]?["id"]?.anyText ?? .empty
        let members = JSONValue.object(attributes)
        time =
            members["timestamp_iso8601"]?.nonEmptyText.flatMap { Timestamp(parsing: $0.bytes.span) }
            ?? members["timestamp_uint64_str"]?.nonEmptyText.flatMap { WholeNumber(parsing: $0.bytes.span) }
            .flatMap(Self.time) ?? members["timestamp_uint64"].flatMap(Self.time)
    }

    /// The value of an attribute that is not null.
    subscript(name: Text) -> JSONValue? {
        attributes.first { $0.name == name }?.value
    }

    private static func time(_ value: JSONValue) -> Timestamp? {
        guard case .integer(let number) = value else { return nil }
        return time(number)
    }

    /// The unit is not documented: nanoseconds, microseconds, milliseconds or seconds, by how large the number is.
    /// Each of them gives years from 1973 to 5138.
    private static func time(_ number: WholeNumber) -> Timestamp? {
        guard !number.isNegative, number.magnitude > 0 else { return nil }
        switch number.magnitude {
        case 100_000_000_000_000_000...: return Timestamp(microseconds: number.magnitude / 1000)
        case 100_000_000_000_000...: return Timestamp(microseconds: number.magnitude)
        case 100_000_000_000...: return Timestamp(microseconds: number.magnitude * 1000)
        default: return Timestamp(microseconds: number.magnitude * 1_000_000)
        }
    }
}
