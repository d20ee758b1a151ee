/// A run of bytes of a batch.
package struct ByteRange: Equatable, Sendable {
    package let offset: UInt32
    package let count: UInt32

    package static let empty = ByteRange(offset: 0, count: 0)

    package init(offset: Int, count: Int) {
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.count = UInt32(truncatingIfNeeded: count)
    }

    package var isEmpty: Bool { count == 0 }
}

/// Walks over the events of a batch (``BatchFormat``) without building them: texts are answered as ranges
/// of the batch, in memory that is used again for the next event.
///
/// The bytes are trusted in nothing: every length, reference and tag is checked.
package struct BatchReader: Sendable {
    /// An associated object of the current event.
    package struct Object: Sendable {
        package let type: ByteRange
        package let id: ByteRange
        package let name: ByteRange
    }

    /// An entry of the batch's parameter table.
    package struct ParameterEntry: Sendable {
        package let name: ByteRange
        package let value: Value
    }

    /// A parameter's value, its text as a range of the batch.
    package enum Value: Sendable {
        case text(ByteRange)
        case integer(WholeNumber)
        case number(Double)
        case boolean(Bool)
        case time(Timestamp)
    }

    /// The batch.
    package private(set) var bytes: [UInt8]
    /// The batch's parameters so far; ``parameters`` has places in it.
    package private(set) var parameterTable: [ParameterEntry] = []

    package private(set) var id = EventID(high: 0, low: 0)
    package private(set) var time = Timestamp(microseconds: Int64(0))
    package private(set) var observedTime = Timestamp(microseconds: Int64(0))
    package private(set) var severity = Severity.unknown
    package private(set) var classification = Classification.unknown
    package private(set) var visibility = Visibility.unknown
    package private(set) var isSystemEvent = false
    package private(set) var source = ByteRange.empty
    package private(set) var host = ByteRange.empty
    package private(set) var origin = ByteRange.empty
    package private(set) var kind = ByteRange.empty
    package private(set) var type = ByteRange.empty
    package private(set) var message: ByteRange?
    package private(set) var user = ByteRange.empty
    package private(set) var tenantID = ByteRange.empty
    package private(set) var tenantName = ByteRange.empty
    package private(set) var code: UInt32?
    package private(set) var objects: [Object] = []
    package private(set) var arguments: [ByteRange] = []
    /// Places of the current event's parameters in ``parameterTable``, or past its end in `overflow`.
    package private(set) var parameters: [Int] = []
    package private(set) var tags: [ByteRange] = []

    private var texts: [ByteRange] = []
    /// Parameters of the current event that the full table did not take.
    private var overflow: [ParameterEntry] = []
    private var index = 0

    /// A reader of `bytes`, before the first event.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Starts over with other bytes and keeps its memory.
    ///
    /// - Parameter offset: where the batch begins in them.
    /// - Returns: the bytes it held, for the caller to use again.
    @discardableResult
    package mutating func reset(_ newBytes: consuming [UInt8], from offset: Int = 0) -> [UInt8] {
        let old = bytes
        bytes = newBytes
        texts.removeAll(keepingCapacity: true)
        parameterTable.removeAll(keepingCapacity: true)
        index = min(offset, bytes.count)
        return old
    }

    /// The bytes of a range of the current batch.
    @_lifetime(borrow self)
    package func span(_ range: ByteRange) -> Span<UInt8> {
        bytes.span.extracting(Int(range.offset)..<Int(range.offset) + Int(range.count))
    }

    /// A parameter of the current event, by an element of ``parameters``.
    package func parameter(at place: Int) -> ParameterEntry {
        place < parameterTable.count ? parameterTable[place] : overflow[place - parameterTable.count]
    }

    /// Moves to the next event.
    ///
    /// - Returns: `false` at the end of the batch.
    /// - Throws: ``BatchError``; the reader then stands on no event, and at the end: nothing after it can be read.
    package mutating func next() throws(BatchError) -> Bool {
        guard index < bytes.count else { return false }
        do throws(BatchError) {
            try readEvent()
            return true
        } catch {
            index = bytes.count
            throw error
        }
    }

    private mutating func readEvent() throws(BatchError) {
        try readHead()
        clearFields()
        while true {
            let start = index
            guard let tag = BatchFormat.Tag(rawValue: try byte()) else { throw .malformed(offset: start) }
            switch tag {
            case .end: return
            case .source: source = try text()
            case .host: host = try text()
            case .origin: origin = try text()
            case .kind: kind = try text()
            case .type: type = try text()
            case .message: message = try text()
            case .user: user = try text()
            case .tenantID: tenantID = try text()
            case .tenantName: tenantName = try text()
            case .tag: tags.append(try text())
            case .argument: arguments.append(try text())
            case .code:
                var value: UInt32 = 0
                for shift in stride(from: 0, to: 32, by: 8) { value |= UInt32(try byte()) << UInt32(shift) }
                code = value
            case .object: objects.append(Object(type: try text(), id: try text(), name: try text()))
            case .parameter: try readParameter()
            }
        }
    }

    private mutating func readHead() throws(BatchError) {
        guard bytes.count - index >= BatchFormat.headByteCount else { throw .truncated(offset: index) }
        id = EventID(high: try fixed().byteSwapped, low: try fixed().byteSwapped)
        time = Timestamp(microseconds: Int64(bitPattern: try fixed()))
        observedTime = Timestamp(microseconds: Int64(bitPattern: try fixed()))
        guard let severity = Severity(rawValue: bytes[index]),
            let classification = Classification(rawValue: bytes[index + 1] & 0x0F),
            let visibility = Visibility(rawValue: bytes[index + 1] >> 4 & 0x03), bytes[index + 1] < 0x80
        else { throw .malformed(offset: index) }
        self.severity = severity
        self.classification = classification
        self.visibility = visibility
        isSystemEvent = bytes[index + 1] & 0x40 != 0
        index += 2
    }

    private mutating func clearFields() {
        source = .empty
        host = .empty
        origin = .empty
        kind = .empty
        type = .empty
        message = nil
        user = .empty
        tenantID = .empty
        tenantName = .empty
        code = nil
        objects.removeAll(keepingCapacity: true)
        arguments.removeAll(keepingCapacity: true)
        parameters.removeAll(keepingCapacity: true)
        overflow.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
    }

    private mutating func readParameter() throws(BatchError) {
        let start = index
        let reference = try varint()
        if reference > 0 {
            guard reference <= UInt64(parameterTable.count) else { throw .malformed(offset: start) }
            parameters.append(Int(reference) - 1)
            return
        }
        let entry = ParameterEntry(name: try text(), value: try value())
        if parameterTable.count < BatchFormat.maximumTableCount {
            parameters.append(parameterTable.count)
            parameterTable.append(entry)
        } else {
            parameters.append(parameterTable.count + overflow.count)
            overflow.append(entry)
        }
    }

    private mutating func value() throws(BatchError) -> Value {
        let start = index
        guard let type = BatchFormat.ValueType(rawValue: try byte()) else { throw .malformed(offset: start) }
        switch type {
        case .text: return .text(try text())
        case .whole: return .integer(WholeNumber(magnitude: try varint()))
        case .negative: return .integer(WholeNumber(isNegative: true, magnitude: try varint()))
        case .number: return .number(Double(bitPattern: try fixed()))
        case .false: return .boolean(false)
        case .true: return .boolean(true)
        case .time: return .time(Timestamp(microseconds: Int64(bitPattern: try fixed())))
        }
    }

    private mutating func text() throws(BatchError) -> ByteRange {
        let start = index
        let token = try varint()
        if token & 1 == 1 {
            guard token >> 1 < UInt64(texts.count) else { throw .malformed(offset: start) }
            return texts[Int(token >> 1)]
        }
        guard token > 0 else { return .empty }
        guard token >> 1 <= UInt64(bytes.count - index) else { throw .truncated(offset: start) }
        let range = ByteRange(offset: index, count: Int(token >> 1))
        index += Int(token >> 1)
        if texts.count < BatchFormat.maximumTableCount { texts.append(range) }
        return range
    }

    private mutating func byte() throws(BatchError) -> UInt8 {
        guard index < bytes.count else { throw .truncated(offset: index) }
        index += 1
        return bytes[index - 1]
    }

    private mutating func varint() throws(BatchError) -> UInt64 {
        let start = index
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
            guard shift < 64 else { throw .malformed(offset: start) }
        }
    }

    private mutating func fixed() throws(BatchError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 8) { value |= UInt64(try byte()) << UInt64(shift) }
        return value
    }
}

extension BatchReader {
    /// The current event as a value of its own.
    package func event() -> Event {
        Event(
            id: id, time: time, observedTime: observedTime, source: text(source), origin: text(origin),
            host: text(host), kind: text(kind), type: text(type), severity: severity,
            classification: classification, visibility: visibility, isSystemEvent: isSystemEvent, code: code,
            message: message.map(text), user: text(user),
            tenant: Tenant(id: text(tenantID), name: text(tenantName)),
            objects: objects.map { AssociatedObject(type: text($0.type), id: text($0.id), name: text($0.name)) },
            arguments: arguments.map(text),
            parameters: parameters.map { place in
                let entry = parameter(at: place)
                return Parameter(text(entry.name), value(entry.value))
            },
            tags: tags.map(text))
    }

    private func text(_ range: ByteRange) -> Text {
        range.isEmpty ? .empty : Text(copying: span(range))
    }

    private func value(_ value: Value) -> ParameterValue {
        switch value {
        case .text(let range): .text(text(range))
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .boolean(let isTrue): .boolean(isTrue)
        case .time(let time): .time(time)
        }
    }
}
