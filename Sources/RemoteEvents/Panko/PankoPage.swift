internal import EventModel
internal import EventText

/// One answer of `/v2/events`: an array of events, oldest first.
///
///     message_id   text, up to 50 characters; the identity
///     event_type   text, dotted
///     generated    date and time, UTC without a zone; a fraction of six digits unless it is zero
///     traits       array of {"name", "type", "value"}, the value always a text
///     raw          the notification that it was made of, any JSON; {} or null where that is not stored
struct PankoPage: Equatable, Sendable {
    /// What stands in the array for an event.
    enum Item: Equatable, Sendable {
        case record(PankoRecord)
        case unreadable(UnreadableRecord)
    }

    let items: [Item]

    /// - Returns: `nil` when the answer is no whole array.
    init?(_ body: [UInt8]) {
        guard let ranges = JSONPieces.items(of: body.span) else { return nil }
        items = ranges.map { range in
            let text = body.span.extracting(range)
            do throws(PankoRecordError) {
                return .record(try PankoRecord(parsing: text))
            } catch {
                return .unreadable(UnreadableRecord(parsing: text, reason: error))
            }
        }
    }
}

/// One event as Panko has it.
struct PankoRecord: Equatable, Sendable {
    struct Trait: Equatable, Sendable {
        let name: Text
        /// `string`, `integer`, `float`, `datetime` or `none`.
        let type: Text
        let value: Text
    }

    let messageID: Text
    let eventType: Text
    let generated: Timestamp
    var traits: [Trait] = []
    /// The notification as it stands in the answer; `nil` where it is absent or empty.
    var raw: Text?

    init(
        messageID: Text, eventType: Text, generated: Timestamp, traits: [PankoRecord.Trait] = [], raw: Text? = nil
    ) {
        self.messageID = messageID
        self.eventType = eventType
        self.generated = generated
        self.traits = traits
        self.raw = raw
    }
}

/// An event that cannot be read, as far as it can be.
struct UnreadableRecord: Equatable, Sendable {
    /// Its `message_id`, or else the beginning of the bytes that stand for it: enough to know it again.
    let identity: Text
    /// Whether ``identity`` is its `message_id`.
    let hasMessageID: Bool
    let generated: Timestamp?
    let reason: PankoRecordError
    /// What stands in the answer.
    let bytes: [UInt8]
}

/// Why a record cannot be read.
enum PankoRecordError: Error, Equatable, CustomStringConvertible {
    case notAnObject
    case syntax(field: String, JSONError)
    case missing(field: String)
    case wrongType(field: String, found: String)
    case notATime(String)

    var description: String {
        switch self {
        case .notAnObject: "it is no object"
        case .syntax(let field, let error): "'\(field)' is no JSON: \(error)"
        case .missing(let field): "it has no '\(field)'"
        case .wrongType(let field, let found): "'\(field)' is a \(found), which is none of what Panko sends"
        case .notATime(let text): "'generated' is '\(text.prefix(64))', which is no date and time"
        }
    }
}
