internal import EventModel
internal import Normalization
internal import Pipeline

/// Kinds of journal entries that no rule knows (`kinds.md`, "Fallback").
enum FallbackKind: Int, CaseIterable, Sendable {
    case kernel, audit, security, system, software

    var word: StaticString {
        switch self {
        case .kernel: "System.Kernel.Message.Logged"
        case .audit: "Security.Audit.Record.Logged"
        case .security: "Security.Service.Message.Logged"
        case .system: "System.Service.Message.Logged"
        case .software: "Software.Service.Message.Logged"
        }
    }

    var classification: Classification {
        switch self {
        case .kernel, .system: .system
        case .audit: .audit
        case .security: .sec
        case .software: .sw
        }
    }

    /// - Parameters:
    ///   - facility: -1 for none.
    init(transport: Span<UInt8>, identifier: Span<UInt8>, facility: Int64) {
        if transport.isEqual(to: "kernel") {
            self = .kernel
        } else if transport.isEqual(to: "audit") {
            self = .audit
        } else if facility == Int64(Facility.auth.rawValue) || facility == Int64(Facility.authpriv.rawValue) {
            self = .security
        } else if identifier.isEqual(to: "init") || identifier.isEqual(to: "systemd")
            || (identifier.count > 8 && identifier.extracting(0..<8).isEqual(to: "systemd-"))
        {
            self = .system
        } else {
            self = .software
        }
    }
}

extension EntryMapper {
    /// Takes a field of the current entry.
    mutating func take(_ place: Int) {
        let definition = definitions[place]
        let name = Int(definition.name)
        let limit = definition.role == .message ? Self.maximumMessageByteCount : Self.maximumTextByteCount
        if definition.wholeCount > UInt64(limit) || definition.wholeCount > UInt64(definition.count) {
            entry.cuts.append(place)
        }
        guard nameFacts[name].entry != entryNumber else {
            nameFacts[name].occurrences += 1
            if nameFacts[name].isParameter || definition.role == .message {
                entry.repeats.append((place, nameFacts[name].occurrences))
            }
            return
        }
        nameFacts[name].entry = entryNumber
        nameFacts[name].occurrences = 1
        if !isConsumed(definition), nameFacts[name].isParameter { entry.parameters.append(place) }
        if nameFacts[name].ruleField >= 0, definition.count > 0 {
            let start = Int(definition.start)
            subject.set(field: nameFacts[name].ruleField, start..<start + Int(definition.count))
        }
        switch definition.role {
        case .message: entry.message = place
        case .hostName: entry.hostName = place
        case .transport: entry.transport = place
        case .sourceTime: entry.sourceTime = place
        case .identifier: entry.identifier = place
        case .priority: entry.priority = place
        case .unit: entry.unit = place
        case .command: entry.command = place
        case .userUnit: entry.userUnit = place
        case .namedUnit: entry.namedUnit = place
        case .facility: entry.facility = place
        case .messageID: entry.messageID = place
        case .other: break
        }
    }

    /// Whether a key of the event says all that the field says.
    private func isConsumed(_ definition: Definition) -> Bool {
        switch definition.role {
        case .message, .hostName, .transport, .identifier, .unit: true
        case .sourceTime: definition.number >= 0
        // Severities 0, 1 and 2 are one, and 5 and 6: only where it is the usual one of them, nothing is lost.
        case .priority: [2, 3, 4, 6, 7].contains(definition.number)
        case .command, .userUnit, .namedUnit, .facility, .messageID, .other: false
        }
    }

    /// Writes the current entry as an event.
    mutating func write(_ bytes: Span<UInt8>, realtime: UInt64, identity range: Range<Int>, observed: Timestamp) {
        let unit = entry.unit >= 0 ? entry.unit : entry.userUnit >= 0 ? entry.userUnit : entry.namedUnit
        let origin = entry.identifier >= 0 ? entry.identifier : entry.command >= 0 ? entry.command : unit
        let sourceTime = entry.sourceTime >= 0 ? definitions[entry.sourceTime].number : -1
        let kind = FallbackKind(
            transport: value(entry.transport, bytes), identifier: value(entry.identifier, bytes),
            facility: entry.facility >= 0 ? definitions[entry.facility].number : -1)
        isDecided = decide(bytes)
        output.begin(
            BatchWriter.Head(
                id: identity.id(of: bytes.extracting(range)),
                time: sourceTime >= 0 ? Timestamp(microseconds: sourceTime) : Timestamp(microseconds: realtime),
                observedTime: observed, severity: isDecided ? scratch.outcome.severity : severity(),
                classification: isDecided ? scratch.outcome.classification : kind.classification,
                visibility: isDecided ? scratch.outcome.visibility : .internal))
        if sourceReference >= 0 {
            output.write(.source, reference: sourceReference)
        } else {
            let source = source
            sourceReference = output.write(.source, source.span)
        }
        write(.host, entry.hostName, bytes)
        write(.origin, origin, bytes)
        if isDecided { write(.kind, constant: scratch.outcome.kind) } else { write(kind) }
        write(.type, entry.transport, bytes)
        if entry.message >= 0 {
            let place = entry.message
            if definitions[place].count == 0 {
                _ = output.write(.message, [UInt8]().span)
            } else {
                write(.message, place, bytes)
            }
        }
        if isDecided { write(.user, scratch.outcome.user, bytes) }
        if unit >= 0, !isDecided || !namesUnit { writeUnit(unit, bytes) }
        if isDecided { writeObjects(bytes) }
        for place in entry.parameters where !isDecided || !isReplaced(place) { writeParameter(place, bytes) }
        if isDecided { writeParametersAndTags(bytes) }
        for (place, occurrence) in entry.repeats { writeRepeat(place, occurrence, bytes) }
        if !entry.cuts.isEmpty || entry.omittedCount > 0 { writeCuts() }
        output.end()
    }

    func severity() -> Severity {
        guard entry.priority >= 0 else { return .info }
        return Severity(syslog: Int(definitions[entry.priority].number))
    }

    /// The value of an entry of the table; empty for none.
    @_lifetime(copy bytes)
    private func value(_ place: Int, _ bytes: Span<UInt8>) -> Span<UInt8> {
        guard place >= 0 else { return bytes.extracting(0..<0) }
        let start = Int(definitions[place].start)
        return bytes.extracting(start..<start + Int(definitions[place].count))
    }

    /// The part of a value that is kept.
    @_lifetime(copy bytes)
    private func text(_ place: Int, _ bytes: Span<UInt8>) -> Span<UInt8> {
        let whole = value(place, bytes)
        let limit = definitions[place].role == .message ? Self.maximumMessageByteCount : Self.maximumTextByteCount
        let isCut = definitions[place].wholeCount > UInt64(whole.count)
        guard whole.count > limit || isCut else { return whole }
        return whole.extracting(0..<characterBoundary(in: whole, at: min(limit, whole.count)))
    }

    private mutating func write(_ tag: BatchFormat.Tag, _ place: Int, _ bytes: Span<UInt8>) {
        guard place >= 0, definitions[place].count > 0 else { return }
        if definitions[place].textReference >= 0 {
            output.write(tag, reference: Int(definitions[place].textReference))
        } else {
            definitions[place].textReference = Int32(output.write(tag, text(place, bytes)))
        }
    }

    private mutating func write(_ kind: FallbackKind) {
        if kindReferences[kind.rawValue] >= 0 {
            output.write(.kind, reference: kindReferences[kind.rawValue])
        } else {
            kindReferences[kind.rawValue] = output.write(.kind, Array(kind.word.description.utf8).span)
        }
    }

    private mutating func writeUnit(_ place: Int, _ bytes: Span<UInt8>) {
        guard definitions[place].count > 0 else { return }
        output.beginObject()
        if unitTypeReference >= 0 {
            output.write(reference: unitTypeReference)
        } else {
            unitTypeReference = output.write(Array("unit".utf8).span)
        }
        if definitions[place].textReference >= 0 {
            output.write(reference: Int(definitions[place].textReference))
        } else {
            definitions[place].textReference = Int32(output.write(text(place, bytes)))
        }
        output.writeEmpty()
    }

    private mutating func writeParameter(_ place: Int, _ bytes: Span<UInt8>) {
        let definition = definitions[place]
        guard definition.parameterReference < 0 else {
            output.write(parameterReference: Int(definition.parameterReference))
            return
        }
        let name = Int(definition.name)
        if nameFacts[name].frame != frameNumber {
            nameFacts[name].frame = frameNumber
            nameFacts[name].textReference = -1
        }
        let names = names
        var nameReference = nameFacts[name].textReference
        definitions[place].parameterReference = Int32(
            output.write(parameter: names.name(name), at: &nameReference, text(place, bytes)))
        nameFacts[name].textReference = nameReference
    }

    private mutating func writeRepeat(_ place: Int, _ occurrence: Int, _ bytes: Span<UInt8>) {
        var name = [UInt8](copying: names.name(Int(definitions[place].name)))
        name += Array(".\(occurrence)".utf8)
        var reference = -1
        _ = output.write(parameter: name.span, at: &reference, text(place, bytes))
    }

    private mutating func writeCuts() {
        var known: Set<Int32> = []
        for place in entry.cuts where known.insert(definitions[place].name).inserted {
            let name = Text("truncated.").bytes + [UInt8](copying: names.name(Int(definitions[place].name)))
            output.write(parameter: Text(name), definitions[place].wholeCount)
        }
        if entry.omittedCount > 0 { output.write(parameter: "truncated.fields", entry.omittedCount) }
    }
}

/// The last place at or before `limit` that is not inside a UTF-8 character.
private func characterBoundary(in text: Span<UInt8>, at limit: Int) -> Int {
    var place = limit
    // A character has at most three continuation bytes.
    while place > 0, limit - place < 4 {
        let byte = text[place - 1]
        if byte < 0x80 { return place }
        if byte >= 0xC0 {
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            return limit - (place - 1) >= length ? limit : place - 1
        }
        place -= 1
    }
    return limit
}

extension ReaderNote {
    /// The event that a note becomes (G8).
    func event(source: String, observed: Timestamp) -> Event {
        let content = Array("note\0".utf8) + encoded()
        var parameters: [Parameter] = []
        if from > 0 { parameters.append(Parameter("from", .time(Timestamp(microseconds: from)))) }
        if to > 0 { parameters.append(Parameter("to", .time(Timestamp(microseconds: to)))) }
        if let missing { parameters.append(Parameter("count", .integer(WholeNumber(magnitude: missing)))) }
        parameters.append(Parameter("reason", .text(Text(reason))))
        if !file.isEmpty { parameters.append(Parameter("file", .text(Text(file)))) }
        return Event(
            id: EventIdentity(source: source).id(of: content.span),
            time: to > 0 ? Timestamp(microseconds: to) : observed, observedTime: observed, source: Text(source),
            origin: "tributary", kind: "Software.Log.Gap", severity: .major, classification: .audit,
            visibility: .external, message: Text(sentence), parameters: parameters)
    }

    private var sentence: String {
        let entries = missing.map { "\($0) journal entries" } ?? "journal entries"
        return switch kind {
        case .gap: "\(entries) were not read: \(reason)"
        case .damagedFile: "\(entries) may be missing, as journal file '\(file)' is damaged: \(reason)"
        }
    }
}
