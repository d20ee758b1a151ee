internal import EventModel
internal import Normalization

/// What rules make of an entry. Nothing here makes memory of its own: values go from the frame into the batch.
extension EntryMapper {
    /// Bytes that the values of a rule may add to one event; a value that has no room is left out. A frame that holds
    /// the largest entry stays below the limit of a batch with it.
    static let maximumRuledByteCount = 256 << 10

    /// Whether a rule matches the current entry; what it makes of it is then in `scratch`.
    mutating func decide(_ bytes: Span<UInt8>) -> Bool {
        guard !rules.rules.isEmpty else { return false }
        subject.unit = range(entry.unit).isEmpty ? range(entry.userUnit) : range(entry.unit)
        subject.identifier = range(entry.identifier)
        if subject.identifier.isEmpty { subject.identifier = range(entry.command) }
        if subject.identifier.isEmpty { subject.identifier = Self.withoutSuffix(subject.unit, bytes) }
        subject.type = range(entry.transport)
        subject.message = range(entry.message)
        subject.messageID = range(entry.messageID)
        subject.severity = severity()
        ruledByteCount = 0
        return rules.decide(subject, of: .journal, in: bytes, using: &scratch)
    }

    /// The value of an entry of the table, as a range of the frame; empty for none.
    private func range(_ place: Int) -> Range<Int> {
        guard place >= 0 else { return 0..<0 }
        let start = Int(definitions[place].start)
        return start..<start + Int(definitions[place].count)
    }

    /// A unit's name without `.service` or what else it is.
    private static func withoutSuffix(_ unit: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        var end = unit.upperBound
        while end > unit.lowerBound {
            end -= 1
            if bytes[end] == UInt8(ascii: ".") { return end > unit.lowerBound ? unit.lowerBound..<end : unit }
        }
        return unit
    }

    /// Whether the rule names the unit that the entry is about, which is another than the one that wrote it.
    var namesUnit: Bool {
        for index in scratch.outcome.objects.indices where scratch.outcome.objects[index].type == unitText {
            return true
        }
        return false
    }

    /// Whether the rule sets a parameter of this field's name.
    func isReplaced(_ place: Int) -> Bool {
        let name = nameFacts[Int(definitions[place].name)].ruleName
        guard name >= 0 else { return false }
        for index in scratch.outcome.parameters.indices where scratch.outcome.parameters[index].name == name {
            return true
        }
        return false
    }

    mutating func write(_ tag: BatchFormat.Tag, constant number: Int) {
        if ruleReferences[number] >= 0 {
            output.write(tag, reference: Int(ruleReferences[number]))
        } else {
            let text = rules.texts[number]
            ruleReferences[number] = Int32(output.write(tag, text.bytes.span))
        }
    }

    mutating func write(_ tag: BatchFormat.Tag, _ value: RuleOutcome.Value, _ bytes: Span<UInt8>) {
        guard hasRoom(value) else { return }
        switch value {
        case .none, .integer, .number: break
        case .constant(let number): write(tag, constant: number)
        case .record(let range): _ = output.write(tag, bytes.extracting(range))
        case .composed(let range):
            let composed = scratch.outcome.composed
            _ = output.write(tag, composed.span.extracting(range))
        }
    }

    mutating func writeObjects(_ bytes: Span<UInt8>) {
        for index in scratch.outcome.objects.indices {
            let object = scratch.outcome.objects[index]
            guard hasRoom(object.id), hasRoom(object.name) else { continue }
            output.beginObject()
            write(constant: object.type)
            write(object.id, bytes)
            write(object.name, bytes)
        }
    }

    mutating func writeParametersAndTags(_ bytes: Span<UInt8>) {
        for index in scratch.outcome.parameters.indices {
            let parameter = scratch.outcome.parameters[index]
            if hasRoom(parameter.value) { write(parameter, bytes) }
        }
        for index in scratch.outcome.tags.indices { write(.tag, constant: scratch.outcome.tags[index]) }
    }

    private mutating func write(_ parameter: RuleOutcome.Parameter, _ bytes: Span<UInt8>) {
        if repeats(parameter, bytes) {
            output.write(parameterReference: Int(ruledParameters[parameter.name].reference))
            return
        }
        let name = rules.texts[parameter.name]
        var place = -1
        var reference = Int(ruleReferences[parameter.name])
        switch parameter.value {
        case .none: break
        case .constant(let number):
            let text = rules.texts[number]
            place = output.write(parameter: name.bytes.span, at: &reference, text.bytes.span)
        case .record(let range):
            place = output.write(parameter: name.bytes.span, at: &reference, bytes.extracting(range))
        case .composed(let range):
            let composed = scratch.outcome.composed
            _ = output.write(parameter: name.bytes.span, at: &reference, composed.span.extracting(range))
        case .integer(let number):
            output.write(parameter: name.bytes.span, at: &reference, number: .integer(number))
        case .number(let number):
            output.write(parameter: name.bytes.span, at: &reference, number: .number(number))
        }
        ruleReferences[parameter.name] = Int32(reference)
        ruledParameters[parameter.name] = RuledParameter(
            frame: frameNumber, value: parameter.value, reference: Int32(place))
    }

    /// Whether the batch has a parameter as its last one of this name: many are the same for entry after entry.
    private func repeats(_ parameter: RuleOutcome.Parameter, _ bytes: Span<UInt8>) -> Bool {
        let last = ruledParameters[parameter.name]
        guard last.frame == frameNumber, last.reference >= 0 else { return false }
        switch (parameter.value, last.value) {
        case (.constant(let number), .constant(let known)): return number == known
        case (.record(let range), .record(let known)):
            return range.count == known.count && bytes.extracting(range).isEqual(to: bytes.extracting(known))
        case (.none, _), (.constant, _), (.record, _), (.composed, _), (.integer, _), (.number, _): return false
        }
    }

    /// Writes a text of an object.
    private mutating func write(_ value: RuleOutcome.Value, _ bytes: Span<UInt8>) {
        switch value {
        case .none, .integer, .number: output.writeEmpty()
        case .constant(let number): write(constant: number)
        case .record(let range): _ = output.write(bytes.extracting(range))
        case .composed(let range):
            let composed = scratch.outcome.composed
            _ = output.write(composed.span.extracting(range))
        }
    }

    private mutating func write(constant number: Int) {
        if ruleReferences[number] >= 0 {
            output.write(reference: Int(ruleReferences[number]))
        } else {
            let text = rules.texts[number]
            ruleReferences[number] = Int32(output.write(text.bytes.span))
        }
    }

    /// Whether a value fits into what a rule may add; if so, it is counted.
    private mutating func hasRoom(_ value: RuleOutcome.Value) -> Bool {
        let byteCount =
            switch value {
            case .none: 0
            case .integer, .number: 16
            case .constant(let number): rules.texts[number].bytes.count
            case .record(let range), .composed(let range): range.count
            }
        guard ruledByteCount + byteCount <= Self.maximumRuledByteCount else { return false }
        ruledByteCount += byteCount
        return true
    }
}
