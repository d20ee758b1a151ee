internal import EventModel
internal import EventText

/// Makes the events of a request's body, and gathers all that is wrong with them.
struct EventsDecoder {
    private let mapping: ManualMapping
    private let sender: Sender
    private let maximumEventCount: Int
    private let now: Timestamp
    private let newID: @Sendable () -> EventID
    private var writer = BatchWriter()
    private var problems: [EventProblem] = []
    private var eventCount = 0

    /// Ids of the events, in order.
    private(set) var ids: [EventID] = []
    /// Why the request is refused; `nil` while nothing is wrong.
    private(set) var refusal: Answer?

    init(
        mapping: ManualMapping, sender: Sender, maximumEventCount: Int, now: Timestamp,
        newID: @escaping @Sendable () -> EventID
    ) {
        self.mapping = mapping
        self.sender = sender
        self.maximumEventCount = maximumEventCount
        self.now = now
        self.newID = newID
    }

    /// Decodes a body: one object, an array of objects, or objects one after the other.
    mutating func decode(_ bytes: [UInt8]) {
        do throws(SplitError) {
            try decodeObjects(of: bytes)
        } catch {
            let problem = EventProblem(event: eventCount, field: "", problem: "\(error)")
            refusal = .refused(400, "the body is no JSON of events", problems: problems + [problem])
            return
        }
        refusal = .refusal(ofEvents: eventCount, atMost: maximumEventCount, problems)
    }

    /// The events in their binary form; they are gone from here then.
    mutating func takePayload() -> [UInt8] {
        defer { writer = BatchWriter() }
        return writer.bytes
    }

    private mutating func decodeObjects(of bytes: [UInt8]) throws(SplitError) {
        try JSONObjectSplitter.forEachObject(in: bytes.span) { place in
            if eventCount < maximumEventCount, problems.count < Answer.maximumProblemCount {
                decodeEvent(bytes.span.extracting(place))
            }
            eventCount += 1
        }
    }

    private mutating func decodeEvent(_ text: Span<UInt8>) {
        let parser = JSONParser(maximumByteCount: text.count, maximumValueCount: BodyDecoder.maximumValueCount)
        let draft: EventDraft
        do throws(JSONError) {
            let value = try parser.parse(text)
            do throws(EventJSONErrors) {
                draft = try EventJSONDecoder().decode(value)
            } catch {
                for error in error.errors { report(error.path, error.problem) }
                return
            }
        } catch {
            report("", "\(error) (line and column of the event)")
            return
        }
        if let problem = draft.problem { return report(problem.field, problem.problem) }
        let event = mapping.event(from: draft, sender: sender, id: draft.id ?? newID(), now: now)
        // What is already wrong is answered without the events, so they need no memory.
        guard problems.isEmpty else { return }
        ids.append(event.id)
        writer.append(event)
    }

    private mutating func report(_ field: String, _ problem: String) {
        problems.append(EventProblem(event: eventCount, field: field, problem: problem))
    }
}

extension EventJSONError {
    /// Path of the field.
    fileprivate var path: String {
        switch self {
        case .unexpected(let path, _, _), .unknownWord(let path, _, _), .unknownKey(let path, _), .tooMany(let path, _):
            path
        }
    }

    /// The description without the path.
    fileprivate var problem: String {
        String(description.dropFirst(path.count + 2))
    }
}
