internal import EventModel
internal import EventText

/// Makes the events of a replay as they were: nothing is filled in but the observed time. Gathers what is wrong.
struct ReplayDecoder {
    private let maximumEventCount: Int
    private let now: Timestamp
    private var writer = BatchWriter()
    private var problems: [EventProblem] = []

    private(set) var eventCount = 0
    /// Why the request is refused; `nil` while nothing is wrong.
    private(set) var refusal: Answer?

    /// - Parameter now: the observed time of events that have none.
    init(maximumEventCount: Int, now: Timestamp) {
        self.maximumEventCount = maximumEventCount
        self.now = now
    }

    /// The events in their binary form.
    var payload: [UInt8] { writer.bytes }

    /// Decodes a body: events one after the other, or an array of them.
    mutating func decode(_ bytes: [UInt8]) {
        do throws(SplitError) {
            try decodeObjects(of: bytes)
        } catch {
            problems.append(EventProblem(event: eventCount, field: "", problem: "\(error)"))
        }
        refusal = .refusal(ofEvents: eventCount, atMost: maximumEventCount, problems)
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
        do {
            let value = try JSONParser(maximumByteCount: text.count, maximumValueCount: 1 << 16).parse(text)
            let draft = try EventJSONDecoder().decode(value)
            guard let id = draft.id, let time = draft.time, let source = draft.source else {
                let missing = draft.id == nil ? "id" : draft.time == nil ? "time" : "source"
                problems.append(EventProblem(event: eventCount, field: missing, problem: "is missing"))
                return
            }
            writer.append(draft.event(id: id, time: time, observedTime: now, source: source))
        } catch {
            problems.append(EventProblem(event: eventCount, field: "", problem: "\(error)"))
        }
    }
}
