import EventModel

extension LineFields {
    /// The event that the pairs make.
    ///
    /// - Throws: ``EventLineError`` for a value that is not of its key's form, or a name that comes twice.
    func event() throws(EventLineError) -> Event {
        var unknown: [RawParameter] = []
        let severity = word(.severity, else: &unknown) { Severity(moab: $0.bytes.span) }
        let classification = word(.classification, else: &unknown) { Vocabularies.classification[$0] }
        let visibility = word(.visibility, else: &unknown) { Vocabularies.visibility[$0] }
        let parameters = try typedParameters(adding: unknown)
        return Event(
            id: try read(.id, "32 hexadecimal digits of an id") { EventID(parsing: $0.bytes.span) }
                ?? EventID(high: 0, low: 0),
            time: time,
            observedTime: try read(.observedTime, "date and time with an offset from UTC") {
                Timestamp(parsing: $0.bytes.span)
            } ?? time,
            source: text(.source), origin: text(.origin), host: text(.host), kind: text(.kind), type: text(.type),
            severity: severity ?? .unknown, classification: classification ?? .unknown,
            visibility: visibility ?? .unknown,
            isSystemEvent: try read(.systemEvent, "true or false") { Bool(word: $0) } ?? false,
            code: try read(.code, "0x and up to eight hexadecimal digits of a code") {
                UInt32(moabCode: $0.bytes.span)
            },
            message: self[.message]?.text, user: text(.user),
            tenant: Tenant(id: text(.tenantID), name: text(.tenantName)),
            objects: try objects.rows().map { AssociatedObject(type: $0[0], id: $0[1], name: $0[2]) },
            arguments: arguments ?? [], parameters: parameters, tags: try tags.rows().map { $0[0] })
    }

    private func text(_ key: Key) -> Text { self[key]?.text ?? .empty }

    /// The value of `key`, `nil` when the line does not have it.
    private func read<Result>(
        _ key: Key, _ expected: String, _ parse: (Text) -> Result?
    ) throws(EventLineError) -> Result? {
        guard let value = self[key] else { return nil }
        guard let result = parse(value.text) else { throw .unexpected(offset: value.offset, expected: expected) }
        return result
    }

    /// The value of a key with a vocabulary. A word that is not in it is kept as a parameter.
    private func word<Result>(
        _ key: Key, else unknown: inout [RawParameter], _ parse: (Text) -> Result?
    ) -> Result? {
        guard let value = self[key], !value.text.isEmpty else { return nil }
        if let result = parse(value.text) { return result }
        unknown.append(RawParameter(name: Text("\(key.name)"), value: value, isTyped: false))
        return nil
    }

    private func typedParameters(adding unknown: [RawParameter]) throws(EventLineError) -> [Parameter] {
        let all = parameters + unknown
        var types: [UInt8]?
        if let letters = self[.parameterTypes]?.text.bytes {
            let count = parameters.count(where: \.isTyped)
            guard letters.count == count else { throw .typeCount(letters: letters.count, parameters: count) }
            types = letters
        }
        var result: [Parameter] = []
        result.reserveCapacity(all.count)
        var names = DistinctNames()
        var typed = 0
        for raw in all {
            guard names.insert(raw.name) else { throw .repeated(offset: raw.value.offset, key: raw.name) }
            guard let types, raw.isTyped else {
                result.append(Parameter(raw.name, .text(raw.value.text)))
                continue
            }
            result.append(Parameter(raw.name, try parameterValue(raw.value, type: types[typed])))
            typed += 1
        }
        return result
    }

    private func parameterValue(_ raw: Value, type: UInt8) throws(EventLineError) -> ParameterValue {
        let expected: String
        let value: ParameterValue?
        switch type {
        case UInt8(ascii: "t"):
            return .text(raw.text)
        case UInt8(ascii: "i"):
            (value, expected) = (WholeNumber(parsing: raw.text.bytes.span).map { .integer($0) }, "whole number")
        case UInt8(ascii: "n"):
            (value, expected) = (Double(finiteNumber: raw.text.bytes.span).map { .number($0) }, "finite number")
        case UInt8(ascii: "b"):
            (value, expected) = (Bool(word: raw.text).map { .boolean($0) }, "true or false")
        case UInt8(ascii: "d"):
            (value, expected) = (Timestamp(parsing: raw.text.bytes.span).map { .time($0) }, "date and time")
        default:
            throw .unexpected(offset: self[.parameterTypes]?.offset ?? 0, expected: "letter t, i, n, b or d for a type")
        }
        guard let value else { throw .unexpected(offset: raw.offset, expected: "\(expected) as the parameter's value") }
        return value
    }
}

extension Bool {
    /// `true` or `false`; `nil` for another word.
    fileprivate init?(word: Text) {
        if word.bytes.span.isEqual(to: "true") {
            self = true
        } else if word.bytes.span.isEqual(to: "false") {
            self = false
        } else {
            return nil
        }
    }
}

extension UInt32 {
    /// Reads `0x` and one to eight hexadecimal digits; `nil` for anything else.
    fileprivate init?(moabCode text: Span<UInt8>) {
        guard text.hasPrefix("0x"), (3...10).contains(text.count) else { return nil }
        var value: UInt32 = 0
        for index in 2..<text.count {
            guard let digit = hexadecimalValue(text[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        self = value
    }
}
