internal import EventModel

/// Writes events, and knows the places of texts that its ``EventModel/BatchWriter`` does not answer: those of the
/// names of parameters.
struct EntryWriter: Sendable {
    private(set) var writer = BatchWriter()
    /// Entries of the batch's text table; `nil` when they are no longer counted.
    private var textCount: Int? = 0

    init() {}

    mutating func removeAll() {
        writer.removeAll()
        textCount = 0
    }

    mutating func begin(_ head: BatchWriter.Head) { writer.begin(head) }
    mutating func beginObject() { writer.beginObject() }
    mutating func end() { writer.end() }
    mutating func writeEmpty() { writer.write([UInt8]().span) }

    /// Writes a field that holds one text.
    ///
    /// - Returns: its place; -1 for none.
    mutating func write(_ tag: BatchFormat.Tag, _ text: Span<UInt8>) -> Int {
        count(text)
        return writer.write(tag, text) ?? -1
    }

    mutating func write(_ tag: BatchFormat.Tag, reference: Int) { writer.write(tag, reference: reference) }

    /// Writes a text of an object.
    mutating func write(_ text: Span<UInt8>) -> Int {
        count(text)
        return writer.write(text) ?? -1
    }

    mutating func write(reference: Int) { writer.write(reference: reference) }
    mutating func write(parameterReference: Int) { writer.write(parameterReference: parameterReference) }

    /// Writes a text parameter.
    ///
    /// - Parameter nameReference: place of the name; set when it was not yet known.
    /// - Returns: place of the parameter; -1 for none.
    mutating func write(parameter name: Span<UInt8>, at nameReference: inout Int, _ value: Span<UInt8>) -> Int {
        if nameReference >= 0 {
            count(value)
            return writer.write(parameterNamed: nameReference, value) ?? -1
        }
        if let textCount, textCount < BatchFormat.maximumTableCount { nameReference = textCount }
        count(name)
        count(value)
        return writer.write(parameter: name, value) ?? -1
    }

    /// Writes a parameter that is a number.
    ///
    /// - Parameter nameReference: place of the name; set when it was not yet known.
    mutating func write(parameter name: Span<UInt8>, at nameReference: inout Int, number: ParameterValue) {
        guard nameReference < 0 else {
            writer.write(parameterNamed: nameReference, number)
            return
        }
        if let textCount, textCount < BatchFormat.maximumTableCount { nameReference = textCount }
        count(name)
        writer.write(parameter: name, number)
    }

    /// Writes a whole number. Rare: afterwards, names are written out.
    mutating func write(parameter name: Text, _ value: UInt64) {
        writer.write(Parameter(name, .integer(WholeNumber(magnitude: value))))
        textCount = nil
    }

    /// Writes a whole event. Rare, as above.
    mutating func append(_ event: Event) {
        writer.append(event)
        textCount = nil
    }

    private mutating func count(_ text: Span<UInt8>) {
        // An empty text is no entry, and a full table takes none.
        guard text.count > 0, let count = textCount, count < BatchFormat.maximumTableCount else { return }
        textCount = count + 1
    }
}
