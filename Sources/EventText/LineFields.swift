import EventModel

/// What the pairs of a line said, until all of them are read and make an event.
struct LineFields {
    /// Keys that come once and have a quoted value.
    enum Key: Int, CaseIterable {
        case severity, code, type, origin, message, kind, classification, visibility, systemEvent
        case id, source, host, user, tenantID, tenantName, observedTime, parameterTypes

        /// The keys by their first letter's last five bits, so that one is compared with few.
        private static let byLetter: [[Key]] = (0..<32).map { letter in
            allCases.filter { unsafe Int($0.name.utf8Start.pointee & 0x1F) == letter }
        }

        /// - Parameter name: not empty.
        init?(_ name: Span<UInt8>) {
            for key in Self.byLetter[Int(name[0] & 0x1F)] where name.isEqual(to: key.name) {
                self = key
                return
            }
            return nil
        }

        var name: StaticString {
            switch self {
            case .severity: "severity"
            case .code: "code"
            case .type: "type"
            case .origin: "origin"
            case .message: "message"
            case .kind: "kind"
            case .classification: "classification"
            case .visibility: "visibility"
            case .systemEvent: "systemEvent"
            case .id: "id"
            case .source: "source"
            case .host: "host"
            case .user: "user"
            case .tenantID: "tenant.id"
            case .tenantName: "tenant.name"
            case .observedTime: "observedTime"
            case .parameterTypes: "parameterTypes"
            }
        }
    }

    /// A value and the offset of its key.
    struct Value {
        let text: Text
        let offset: Int
    }

    /// A parameter whose type is not known yet.
    struct RawParameter {
        let name: Text
        let value: Value
        /// Whether `parameterTypes` counts it: not so for unknown keys.
        let isTyped: Bool
    }

    let time: Timestamp
    private(set) var arguments: [Text]?
    private(set) var objects = NumberedTexts(key: "associatedObject", partCount: 3)
    private(set) var tags = NumberedTexts(key: "tag", partCount: 1)
    private(set) var parameters: [RawParameter] = []
    private var values = [Value?](repeating: nil, count: Key.allCases.count)

    init(time: Timestamp) {
        self.time = time
    }

    subscript(key: Key) -> Value? { values[key.rawValue] }

    /// Reads one pair.
    mutating func read(from cursor: inout LineCursor) throws(EventLineError) {
        let range = try cursor.key()
        let key = cursor.line.extracting(range)
        let offset = range.lowerBound
        if key.hasPrefix("parameter.") {
            let name = ParameterName.decoded(key.extracting(10..<key.count))
            let value = Value(text: try cursor.string(), offset: offset)
            parameters.append(RawParameter(name: name, value: value, isTyped: true))
        } else if let known = Key(key) {
            guard self[known] == nil else { throw .repeated(offset: offset, key: Text(copying: key)) }
            values[known.rawValue] = Value(text: try cursor.string(), offset: offset)
        } else if key.isEqual(to: "arguments") {
            guard arguments == nil else { throw .repeated(offset: offset, key: Text(copying: key)) }
            arguments = try cursor.list()
        } else if let number = try NumberedKey(key, offset: offset) {
            let text = try cursor.string()
            switch number.subject {
            case .object: objects.append(text, index: number.index, part: number.part, offset: offset)
            case .tag: tags.append(text, index: number.index, part: number.part, offset: offset)
            }
        } else {
            let name = Text(copying: key)
            let value = Value(text: try cursor.anyValue(), offset: offset)
            parameters.append(RawParameter(name: name, value: value, isTyped: false))
        }
    }
}

extension LineCursor {
    /// Reads a quoted string, or a list as it is written.
    @_lifetime(self: copy self)
    fileprivate mutating func anyValue() throws(EventLineError) -> Text {
        guard isAtList else { return try string() }
        let start = index
        _ = try list()
        return Text(copying: line.extracting(start..<index))
    }
}

extension Span<UInt8> {
    /// Whether the first bytes are those of `literal`.
    func hasPrefix(_ literal: StaticString) -> Bool {
        count >= literal.utf8CodeUnitCount && extracting(first: literal.utf8CodeUnitCount).isEqual(to: literal)
    }
}
