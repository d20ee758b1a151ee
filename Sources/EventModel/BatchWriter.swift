/// Appends events to a batch in their binary form (``BatchFormat``).
///
/// Two ways in: ``append(_:)`` takes a whole ``Event``; the calls from ``begin(_:)`` to ``end()`` write
/// a field at a time without building one, for the journal, where that is most of the cost.
package struct BatchWriter: Sendable {
    /// The batch so far.
    package private(set) var bytes: [UInt8] = []
    /// Number of whole events in it.
    package private(set) var eventCount = 0

    /// Entries of the text table so far.
    private var textCount = 0
    /// Entries of the parameter table so far.
    private var parameterCount = 0
    /// Where short texts of ``append(_:)`` stand in the text table.
    private var knownTexts: [Text: Int] = [:]

    package init() {}

    /// Empties the batch and keeps its memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        knownTexts.removeAll(keepingCapacity: true)
        eventCount = 0
        textCount = 0
        parameterCount = 0
    }

    /// Makes room for `byteCount` bytes.
    package mutating func reserve(byteCount: Int) {
        bytes.reserveCapacity(byteCount)
    }

    /// The fixed part of an event.
    package struct Head: Sendable {
        package var id: EventID
        package var time: Timestamp
        package var observedTime: Timestamp
        package var severity: Severity
        package var classification: Classification
        package var visibility: Visibility
        package var isSystemEvent: Bool

        package init(
            id: EventID, time: Timestamp, observedTime: Timestamp, severity: Severity = .unknown,
            classification: Classification = .unknown, visibility: Visibility = .unknown, isSystemEvent: Bool = false
        ) {
            self.id = id
            self.time = time
            self.observedTime = observedTime
            self.severity = severity
            self.classification = classification
            self.visibility = visibility
            self.isSystemEvent = isSystemEvent
        }
    }

    /// Begins an event. Fields follow, then ``end()``.
    package mutating func begin(_ head: Head) {
        bytes.append(fixed: head.id.high.byteSwapped)
        bytes.append(fixed: head.id.low.byteSwapped)
        bytes.append(fixed: UInt64(bitPattern: head.time.microseconds))
        bytes.append(fixed: UInt64(bitPattern: head.observedTime.microseconds))
        bytes.append(head.severity.rawValue)
        bytes.append(head.classification.rawValue | head.visibility.rawValue << 4 | (head.isSystemEvent ? 0x40 : 0))
    }

    /// Ends an event.
    package mutating func end() {
        bytes.append(BatchFormat.Tag.end.rawValue)
        eventCount += 1
    }

    /// Writes a field that holds one text.
    ///
    /// - Returns: the text's place in the batch's table, for ``write(_:reference:)``; `nil` when it has none.
    @discardableResult
    package mutating func write(_ tag: BatchFormat.Tag, _ text: Span<UInt8>) -> Int? {
        bytes.append(tag.rawValue)
        return write(text)
    }

    /// Writes a field that holds a text written before.
    package mutating func write(_ tag: BatchFormat.Tag, reference: Int) {
        bytes.append(tag.rawValue)
        bytes.append(varint: UInt64(reference) << 1 | 1)
    }

    /// Writes Moab's event code.
    package mutating func write(code: UInt32) {
        bytes.append(BatchFormat.Tag.code.rawValue)
        bytes.append(fixed: code)
    }

    /// Writes the tag of an object; three texts follow: type, id, name.
    package mutating func beginObject() {
        bytes.append(BatchFormat.Tag.object.rawValue)
    }

    /// Writes a text without a tag, as a part of an object.
    @discardableResult
    package mutating func write(_ text: Span<UInt8>) -> Int? {
        guard text.count > 0 else {
            bytes.append(0)
            return nil
        }
        bytes.append(varint: UInt64(text.count) << 1)
        bytes.append(copying: text)
        guard textCount < BatchFormat.maximumTableCount else { return nil }
        textCount += 1
        return textCount - 1
    }

    /// Writes a text written before, without a tag, as a part of an object.
    package mutating func write(reference: Int) {
        bytes.append(varint: UInt64(reference) << 1 | 1)
    }

    /// Writes a text parameter.
    ///
    /// - Returns: its place in the batch's parameter table, for ``write(parameterReference:)``.
    @discardableResult
    package mutating func write(parameter name: Span<UInt8>, _ value: Span<UInt8>) -> Int? {
        beginParameter()
        write(name)
        bytes.append(BatchFormat.ValueType.text.rawValue)
        write(value)
        return endParameter()
    }

    /// Writes a text parameter whose name was written before, at `nameReference` of the text table.
    @discardableResult
    package mutating func write(parameterNamed nameReference: Int, _ value: Span<UInt8>) -> Int? {
        beginParameter()
        write(reference: nameReference)
        bytes.append(BatchFormat.ValueType.text.rawValue)
        write(value)
        return endParameter()
    }

    /// Writes a parameter of any type whose name was written before, at `nameReference` of the text table.
    package mutating func write(parameterNamed nameReference: Int, _ value: ParameterValue) {
        beginParameter()
        write(reference: nameReference)
        write(value)
        _ = endParameter()
    }

    /// Writes a parameter of any type.
    package mutating func write(parameter name: Span<UInt8>, _ value: ParameterValue) {
        beginParameter()
        write(name)
        write(value)
        _ = endParameter()
    }

    /// Writes a parameter written before.
    package mutating func write(parameterReference: Int) {
        bytes.append(BatchFormat.Tag.parameter.rawValue)
        bytes.append(varint: UInt64(parameterReference) + 1)
    }

    private mutating func beginParameter() {
        bytes.append(BatchFormat.Tag.parameter.rawValue)
        bytes.append(0)
    }

    private mutating func endParameter() -> Int? {
        guard parameterCount < BatchFormat.maximumTableCount else { return nil }
        parameterCount += 1
        return parameterCount - 1
    }
}

extension BatchWriter {
    /// Appends a whole event.
    package mutating func append(_ event: Event) {
        begin(
            Head(
                id: event.id, time: event.time, observedTime: event.observedTime, severity: event.severity,
                classification: event.classification, visibility: event.visibility,
                isSystemEvent: event.isSystemEvent))
        for (tag, text) in [
            (BatchFormat.Tag.source, event.source), (.host, event.host), (.origin, event.origin),
            (.kind, event.kind), (.type, event.type), (.user, event.user), (.tenantID, event.tenant.id),
            (.tenantName, event.tenant.name),
        ] where !text.isEmpty {
            bytes.append(tag.rawValue)
            write(text)
        }
        if let message = event.message { write(.message, message.bytes.span) }
        if let code = event.code { write(code: code) }
        for object in event.objects {
            beginObject()
            write(object.type)
            write(object.id)
            write(object.name)
        }
        for argument in event.arguments {
            bytes.append(BatchFormat.Tag.argument.rawValue)
            write(argument)
        }
        for parameter in event.parameters { write(parameter) }
        for text in event.tags {
            bytes.append(BatchFormat.Tag.tag.rawValue)
            write(text)
        }
        end()
    }

    /// Writes one parameter of any type.
    package mutating func write(_ parameter: Parameter) {
        beginParameter()
        write(parameter.name)
        write(parameter.value)
        _ = endParameter()
    }

    private mutating func write(_ value: ParameterValue) {
        switch value {
        case .text(let text):
            bytes.append(BatchFormat.ValueType.text.rawValue)
            write(text)
        case .integer(let number):
            bytes.append((number.isNegative ? BatchFormat.ValueType.negative : .whole).rawValue)
            bytes.append(varint: number.magnitude)
        case .number(let number):
            bytes.append(BatchFormat.ValueType.number.rawValue)
            bytes.append(fixed: number.bitPattern)
        case .boolean(let isTrue):
            bytes.append((isTrue ? BatchFormat.ValueType.true : .false).rawValue)
        case .time(let time):
            bytes.append(BatchFormat.ValueType.time.rawValue)
            bytes.append(fixed: UInt64(bitPattern: time.microseconds))
        }
    }

    /// Writes a text, or a reference to it when it is short and was written before.
    private mutating func write(_ text: Text) {
        guard !text.isEmpty, text.bytes.count <= 128 else {
            write(text.bytes.span)
            return
        }
        if let reference = knownTexts[text] {
            write(reference: reference)
        } else if let reference = write(text.bytes.span) {
            knownTexts[text] = reference
        }
    }
}
