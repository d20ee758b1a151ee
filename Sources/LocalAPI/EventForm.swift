internal import EventModel
internal import EventText

/// In whose words a request hands over events, and is answered.
enum EventForm: Equatable, Sendable {
    /// Tributary's own.
    case canonical
    /// Moab Web Services'.
    case moab
    /// Iguazio's.
    case iguazio

    /// - Parameter target: a request's target, whether there is such a path or not.
    init(target: String) {
        if target.hasPrefix("/mws/") {
            self = .moab
        } else if target.hasPrefix("/api/") {
            self = .iguazio
        } else {
            self = .canonical
        }
    }

    /// A refusal in the form that such clients read.
    func refused(
        _ status: Int, _ error: String, problems: [EventProblem] = [], fields: [(name: String, value: String)] = []
    ) -> Answer {
        switch self {
        case .canonical: .refused(status, error, problems: problems, fields: fields)
        case .moab: .moabRefused(status, [error] + problems.map(\.sentence), fields: fields)
        case .iguazio: .iguazioRefused(status, [error] + problems.map(\.sentence), fields: fields)
        }
    }
}

/// Events of a request, ready for the spool.
struct DecodedEvents {
    /// Ids of the events, in order.
    let ids: [EventID]
    /// The events in their binary form.
    let payload: [UInt8]
    /// What is answered once they are durable; `nil` for the list of their ids.
    var created: Answer?
}

/// What became of a body.
enum Decoding {
    case events(DecodedEvents)
    case refused(Answer)
}

/// Makes events of bodies of every form.
struct BodyDecoder: Sendable {
    /// Most values in one event, at any depth: what bounds the memory that a parsed event takes.
    static let maximumValueCount = 1 << 16

    let mapping: ManualMapping
    let maximumEventCount: Int
    let newID: @Sendable () -> EventID
    let now: @Sendable () -> Timestamp

    func decode(_ bytes: [UInt8], as form: EventForm, from sender: Sender) -> Decoding {
        switch form {
        case .canonical: decodeEvents(bytes, sender)
        case .moab: decodeMoabEvent(bytes, sender)
        case .iguazio: decodeIguazioEvent(bytes, sender)
        }
    }

    private func decodeEvents(_ bytes: [UInt8], _ sender: Sender) -> Decoding {
        var decoder = EventsDecoder(
            mapping: mapping, sender: sender, maximumEventCount: maximumEventCount, now: now(), newID: newID)
        decoder.decode(bytes)
        if let refusal = decoder.refusal { return .refused(refusal) }
        return .events(DecodedEvents(ids: decoder.ids, payload: decoder.takePayload()))
    }

    private func decodeMoabEvent(_ bytes: [UInt8], _ sender: Sender) -> Decoding {
        let parsed = Self.parse(bytes)
        guard let value = parsed.value else { return .refused(.moabRefused(400, [parsed.problem])) }
        var moab = MoabEvent(value)
        if let problem = moab.draft.problem { moab.add(problem.sentence) }
        guard moab.messages.isEmpty else { return .refused(.moabRefused(400, moab.messages)) }
        let now = now()
        let event = mapping.event(from: moab.draft, sender: sender, id: MoabEvent.id(newID(), at: now), now: now)
        return .events(decoded(event, created: moab.created(event.id)))
    }

    private func decodeIguazioEvent(_ bytes: [UInt8], _ sender: Sender) -> Decoding {
        let parsed = Self.parse(bytes)
        guard let value = parsed.value else { return .refused(.iguazioRefused(400, [parsed.problem])) }
        var manual = IguazioManualEvent(value)
        if let problem = manual.draft.problem { manual.add(problem.sentence) }
        guard manual.problems.isEmpty else { return .refused(.iguazioRefused(400, manual.problems)) }
        let event = mapping.event(from: manual.draft, sender: sender, id: newID(), now: now())
        return .events(decoded(event, created: .iguazioCreated(event.id)))
    }

    private func decoded(_ event: Event, created: Answer) -> DecodedEvents {
        var writer = BatchWriter()
        writer.append(event)
        return DecodedEvents(ids: [event.id], payload: writer.bytes, created: created)
    }

    private static func parse(_ bytes: [UInt8]) -> (value: JSONValue?, problem: String) {
        let parser = JSONParser(maximumByteCount: bytes.count, maximumValueCount: maximumValueCount)
        do throws(JSONError) {
            return (try parser.parse(bytes.span), "")
        } catch {
            return (nil, "the body is no JSON: \(error)")
        }
    }
}

extension EventProblem {
    /// The problem with the field before it.
    var sentence: String { field.isEmpty ? problem : "\(field): \(problem)" }
}

extension EventDraft {
    /// Longest name of a parameter, in bytes.
    private static let maximumNameByteCount = 1024

    /// What makes the draft no event, whoever wrote it; the field and the problem.
    var problem: EventProblem? {
        guard parameters.allSatisfy({ $0.name.bytes.count <= Self.maximumNameByteCount }) else {
            return EventProblem(
                event: 0, field: "parameters", problem: "a name has at most \(Self.maximumNameByteCount) bytes")
        }
        guard parameters.allSatisfy({ !$0.name.isEmpty }) else {
            return EventProblem(event: 0, field: "parameters", problem: "a parameter needs a name")
        }
        guard kind.isEmpty || kind.isKind else {
            return EventProblem(
                event: 0, field: "kind",
                problem: "is no kind: words of letters, digits, '-' and '_' with dots between, at most 128 bytes, such "
                    + "as Software.Service.Started")
        }
        return nil
    }
}

extension Text {
    /// Whether it has the form of a kind. Iguazio's kinds are open, so words may be any.
    fileprivate var isKind: Bool {
        bytes.count <= 128
            && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { word in
                !word.isEmpty
                    && word.allSatisfy { byte in
                        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    }
            }
    }
}
