internal import EventModel

extension RuleSet {
    /// Writes what a rule makes of a record to the scratch's outcome.
    ///
    /// - Parameters:
    ///   - text: the message without white space around it.
    ///   - count: the number of times that the message stands for.
    func conclude(
        _ number: Int, _ subject: borrowing Subject, _ source: SourceType, _ text: Range<Int>, _ count: Range<Int>?,
        _ bytes: Span<UInt8>, _ scratch: inout RuleScratch
    ) {
        for index in compiled[number].fieldValues.indices {
            takeField(compiled[number].fieldValues[index], subject, &scratch)
        }
        scratch.outcome.clear()
        scratch.outcome.rule = number
        scratch.outcome.kind = compiled[number].kind
        let isAudit = source == .maas && bytes.extracting(subject.field(levelField).range).isEqual(to: "AUDIT")
        scratch.outcome.classification = isAudit ? .audit : compiled[number].classification
        scratch.outcome.visibility = compiled[number].visibility
        scratch.outcome.severity = severity(number, subject, source, isAudit ? text : 0..<0, bytes, scratch)
        scratch.outcome.user = value(compiled[number].user, .text, bytes, &scratch)
        for index in compiled[number].objects.indices {
            let object = compiled[number].objects[index]
            let id = value(object.id, .text, bytes, &scratch)
            guard id != .none else { continue }
            let name = value(object.name, .text, bytes, &scratch)
            scratch.outcome.objects.append(RuleOutcome.Object(type: object.type, id: id, name: name))
        }
        var hasCount = false
        for index in compiled[number].parameters.indices {
            let parameter = compiled[number].parameters[index]
            let value = value(parameter.value, parameter.form, bytes, &scratch)
            guard value != .none else { continue }
            if parameter.name == countName { hasCount = true }
            scratch.outcome.parameters.append(RuleOutcome.Parameter(name: parameter.name, value: value))
        }
        if let count, !hasCount, let number = WholeNumber(parsing: bytes.extracting(count)) {
            scratch.outcome.parameters.append(RuleOutcome.Parameter(name: countName, value: .integer(number)))
        }
        for index in compiled[number].tags.indices { scratch.outcome.tags.append(compiled[number].tags[index]) }
    }

    private func takeField(
        _ value: CompiledRule.FieldValue, _ subject: borrowing Subject, _ scratch: inout RuleScratch
    ) {
        for field in value.fields {
            let range = subject.field(field)
            guard range.isEmpty else {
                scratch.bestCaptures[value.slot] = range
                return
            }
        }
    }

    private func severity(
        _ number: Int, _ subject: borrowing Subject, _ source: SourceType, _ text: Range<Int>, _ bytes: Span<UInt8>,
        _ scratch: borrowing RuleScratch
    ) -> Severity {
        let severity = ruled(number, subject, source, text, bytes, scratch)
        return source == .panko && tellsPankoFailure(subject, bytes) ? max(severity, .warning) : severity
    }

    /// Whether a notification of OpenStack, which has no severity, tells of a failure.
    private func tellsPankoFailure(_ subject: borrowing Subject, _ bytes: Span<UInt8>) -> Bool {
        let type = bytes.extracting(subject.type)
        return (type.count > 6 && type.extracting(type.count - 6..<type.count).isEqual(to: ".error"))
            || bytes.extracting(subject.field(outcomeField).range).isEqual(to: "failure")
            || bytes.extracting(subject.field(stateField).range).isEqual(to: "error")
    }

    /// - Parameter text: the words of an audit record of MAAS.
    private func ruled(
        _ number: Int, _ subject: borrowing Subject, _ source: SourceType, _ text: Range<Int>, _ bytes: Span<UInt8>,
        _ scratch: borrowing RuleScratch
    ) -> Severity {
        switch compiled[number].severity {
        case .fixed(let bound):
            // MAAS sets a level for every event, and it stands unless the event's own words speak of a failure.
            let stands =
                source == .maas && compiled[number].hasDefaultSeverity && subject.severity != .unknown
                && !tellsFailure(bytes.extracting(subject.type)) && !tellsFailure(bytes.extracting(text))
            return stands ? subject.severity : bound.applied(to: subject.severity)
        case .byValue(let slot, let field, let values, let otherwise):
            let range = slot >= 0 ? scratch.bestCaptures[slot].range : subject.field(field).range
            for (glob, bound) in values where glob.matches(bytes.extracting(range)) {
                return bound.applied(to: subject.severity)
            }
            return otherwise.applied(to: subject.severity)
        }
    }

    /// Whether a text has "fail" or "error" in it, whatever the case.
    private func tellsFailure(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            switch lowercased(text[index]) {
            case UInt8(ascii: "f"): if holds("fail", text, at: index) { return true }
            case UInt8(ascii: "e"): if holds("error", text, at: index) { return true }
            default: break
            }
        }
        return false
    }

    private func holds(_ word: StaticString, _ text: Span<UInt8>, at start: Int) -> Bool {
        guard text.count - start >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount {
            // A static string's bytes live as long as the process, and the index is below their count.
            let letter = unsafe word.utf8Start[index]
            if lowercased(text[start + index]) != letter { return false }
        }
        return true
    }

    private func value(
        _ value: CompiledRule.Value, _ form: CompiledRule.Form, _ bytes: Span<UInt8>, _ scratch: inout RuleScratch
    ) -> RuleOutcome.Value {
        switch value {
        case .none: return .none
        case .constant(let number):
            guard form != .text else { return .constant(number) }
            let bytes = texts[number].bytes
            return self.value(bytes.span, form) ?? .constant(number)
        case .slot(let slot):
            let range = cut(scratch.bestCaptures[slot].range, bytes)
            guard !range.isEmpty else { return .none }
            return self.value(bytes.extracting(range), form) ?? .record(range)
        case .composed(let parts):
            let range = compose(parts, bytes, &scratch)
            guard !range.isEmpty else { return .none }
            guard form != .text else { return .composed(range) }
            return self.value(Array(scratch.outcome.composed[range]).span, form) ?? .composed(range)
        }
    }

    /// A text as a number; `nil` where it is to stay a text, or is no number.
    private func value(_ text: Span<UInt8>, _ form: CompiledRule.Form) -> RuleOutcome.Value? {
        switch form {
        case .text: return nil
        case .integer: return WholeNumber(parsing: text).map { .integer($0) }
        case .number:
            if let number = WholeNumber(parsing: text) { return .integer(number) }
            guard text.count <= 64, let number = Double(String(decoding: [UInt8](copying: text), as: UTF8.self)),
                number.isFinite
            else { return nil }
            return .number(number)
        }
    }

    /// Appends a text of several parts; nothing where none of its values is there.
    private func compose(
        _ parts: Range<Int>, _ bytes: Span<UInt8>, _ scratch: inout RuleScratch
    ) -> Range<Int> {
        let start = scratch.outcome.composed.count
        var hasValue = false
        for part in parts {
            switch pieces[part] {
            case .text(let text): scratch.outcome.composed += text
            case .slot(let slot):
                let range = cut(scratch.bestCaptures[slot].range, bytes)
                if !range.isEmpty { hasValue = true }
                scratch.outcome.composed.append(copying: bytes.extracting(range))
            }
        }
        if !hasValue { scratch.outcome.composed.removeLast(scratch.outcome.composed.count - start) }
        return start..<scratch.outcome.composed.count
    }

    /// The range, cut on a character's boundary when it is too long for a text of an event.
    private func cut(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        guard range.count > TextCutter.maximumTextByteCount else { return range }
        var end = range.lowerBound + TextCutter.maximumTextByteCount
        let least = end - 3
        // A character has at most three bytes after its first one.
        while end > least, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return range.lowerBound..<end
    }
}
