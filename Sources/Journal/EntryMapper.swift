internal import EventModel
internal import Normalization
internal import Pipeline

/// Turns the entries of a reader's frame into events, in their binary form and without building one.
///
/// Each entry of the frame's table is looked at once: what its field is for, and where its text stands in the batch.
/// From then on it costs a reference.
struct EntryMapper: Sendable {
    /// What a field is for.
    enum Role: UInt8, Sendable {
        case message, hostName, transport, sourceTime, identifier, priority, unit
        /// Also a parameter.
        case command, userUnit, namedUnit, facility, messageID
        /// Nothing but a parameter, if that.
        case other
    }

    /// An entry of the frame's table.
    struct Definition {
        var name: Int32
        var role: Role
        /// The value, as a range of the frame.
        var start: Int32
        var count: Int32
        /// Bytes of the value before the reader cut it; `count` when it did not.
        var wholeCount: UInt64
        /// Places in the batch; -1 before it is written.
        var textReference: Int32 = -1
        var parameterReference: Int32 = -1
        /// A time, a priority or a facility; -1 when the value is none.
        var number: Int64 = -1
    }

    /// What is known of a field's name.
    struct Name {
        var role: Role
        var isParameter: Bool
        /// Number among the fields that rules look at; -1 for none.
        var ruleField = -1
        /// Number of the name among the texts of rules; -1 when no rule sets a parameter of this name.
        var ruleName = -1
        /// Place of the name in the batch's text table, in the frame with this number.
        var textReference = -1
        var frame: UInt64 = 0
        /// The entry that had it last, and how often.
        var entry: UInt64 = 0
        var occurrences = 0
    }

    /// Bytes of a message, and of any other text, that are kept.
    static let maximumMessageByteCount = 1 << 20
    static let maximumTextByteCount = 64 << 10
    /// Largest payload of a batch.
    static let maximumPayloadByteCount = 8 << 20

    let source: [UInt8]
    let identity: EventIdentity
    let wanted: GlobList
    let rules: RuleSet

    var output = EntryWriter()
    var names = FieldNames()
    var nameFacts: [Name] = []
    var definitions: [Definition] = []
    /// Numbers of the current frame and entry.
    var frameNumber: UInt64 = 0
    var entryNumber: UInt64 = 0
    var entry = Entry()
    var kindReferences = [Int](repeating: -1, count: FallbackKind.allCases.count)
    var sourceReference = -1
    var unitTypeReference = -1
    /// The current entry as rules see it, and what they make of it.
    var subject: Subject
    var scratch: RuleScratch
    /// Whether a rule matched the current entry.
    var isDecided = false
    /// Places of the rules' texts in the batch; -1 before one is written.
    var ruleReferences: [Int32]
    /// By number of a parameter's name, what a rule set last.
    var ruledParameters: [RuledParameter]
    /// Number of the text `unit` among those of the rules; -1 where it is none.
    let unitText: Int
    /// Bytes that the rule has added to the current event.
    var ruledByteCount = 0

    /// A parameter that a rule set, in the frame with a number.
    struct RuledParameter {
        var frame: UInt64 = 0
        /// A range of the frame, or a constant of the rules.
        var value = RuleOutcome.Value.none
        /// Its place in the batch.
        var reference: Int32 = -1
    }

    /// What the tokens of the current entry say: places in `definitions`, -1 for none.
    struct Entry {
        var message = -1
        var hostName = -1
        var transport = -1
        var sourceTime = -1
        var identifier = -1
        var priority = -1
        var unit = -1
        var command = -1
        var userUnit = -1
        var namedUnit = -1
        var facility = -1
        var messageID = -1
        var parameters: [Int] = []
        /// A field that the entry had before, and the how manieth it is.
        var repeats: [(place: Int, occurrence: Int)] = []
        /// Fields whose value is longer than what is kept.
        var cuts: [Int] = []
        var omittedCount: UInt64 = 0

        mutating func clear() {
            message = -1
            hostName = -1
            transport = -1
            sourceTime = -1
            identifier = -1
            priority = -1
            unit = -1
            command = -1
            userUnit = -1
            namedUnit = -1
            facility = -1
            messageID = -1
            parameters.removeAll(keepingCapacity: true)
            repeats.removeAll(keepingCapacity: true)
            cuts.removeAll(keepingCapacity: true)
            omittedCount = 0
        }
    }

    /// - Parameters:
    ///   - source: the configured name.
    ///   - parameters: the setting of this name.
    ///   - rules: say what entries are.
    init(source: String, parameters: [String], rules: RuleSet = .empty) {
        self.source = Array(source.utf8)
        identity = EventIdentity(source: source)
        wanted = GlobList(parameters)
        self.rules = rules
        subject = Subject(for: rules)
        scratch = RuleScratch(for: rules)
        ruleReferences = [Int32](repeating: -1, count: rules.texts.count)
        ruledParameters = [RuledParameter](repeating: RuledParameter(), count: rules.texts.count)
        unitText = rules.texts.firstIndex(of: "unit") ?? -1
    }

    /// What a field of this name is for.
    static func role(of name: Span<UInt8>) -> Role {
        switch name.count {
        case 4: name.isEqual(to: "UNIT") ? .namedUnit : .other
        case 5: name.isEqual(to: "_COMM") ? .command : .other
        case 7: name.isEqual(to: "MESSAGE") ? .message : .other
        case 8: name.isEqual(to: "PRIORITY") ? .priority : .other
        case 9: name.isEqual(to: "_HOSTNAME") ? .hostName : .other
        case 10:
            name.isEqual(to: "_TRANSPORT") ? .transport : name.isEqual(to: "MESSAGE_ID") ? .messageID : .other
        case 13: name.isEqual(to: "_SYSTEMD_UNIT") ? .unit : .other
        case 15: name.isEqual(to: "SYSLOG_FACILITY") ? .facility : .other
        case 17: name.isEqual(to: "SYSLOG_IDENTIFIER") ? .identifier : .other
        case 18: name.isEqual(to: "_SYSTEMD_USER_UNIT") ? .userUnit : .other
        case 26: name.isEqual(to: "_SOURCE_REALTIME_TIMESTAMP") ? .sourceTime : .other
        default: .other
        }
    }

    /// Starts the next batch. The one before is in `output`.
    mutating func beginFrame() {
        definitions.removeAll(keepingCapacity: true)
        frameNumber += 1
        for index in kindReferences.indices { kindReferences[index] = -1 }
        for index in ruleReferences.indices { ruleReferences[index] = -1 }
        sourceReference = -1
        unitTypeReference = -1
        output.removeAll()
        guard names.count > Wire.maximumTableCount else { return }
        names.removeAll()
        nameFacts.removeAll()
    }

    /// Maps all entries of a frame, from where `reader` stands to its end.
    ///
    /// - Parameter observed: the events' observed time.
    /// - Returns: number of events.
    mutating func map(_ reader: inout WireReader, observed: Timestamp) throws(WireError) -> Int {
        var count = 0
        while !reader.isAtEnd {
            let realtime = try reader.fixed()
            let identity = try reader.skip(JournalCursor.identityByteCount)
            try readTokens(&reader)
            write(reader.bytes, realtime: realtime, identity: identity, observed: observed)
            count += 1
            guard output.writer.bytes.count <= Self.maximumPayloadByteCount else {
                throw .tooLong(byteCount: output.writer.bytes.count, limit: Self.maximumPayloadByteCount)
            }
        }
        return count
    }

    private mutating func readTokens(_ reader: inout WireReader) throws(WireError) {
        entry.clear()
        subject.clear()
        entryNumber += 1
        while true {
            let token = try reader.varint()
            if token >= 4 {
                guard token - 4 < UInt64(definitions.count) else { throw .malformed("reference") }
                take(Int(token - 4))
                continue
            }
            switch token {
            case 0: return
            case 1: entry.omittedCount = try reader.varint()
            default:
                let wholeCount = token == 3 ? try reader.varint() : 0
                try define(try reader.range(), wholeCount: wholeCount, in: reader.bytes)
                take(definitions.count - 1)
            }
        }
    }

    /// Adds a field to the table.
    private mutating func define(_ range: Range<Int>, wholeCount: UInt64, in bytes: Span<UInt8>) throws(WireError) {
        guard definitions.count < Wire.maximumTableCount else { throw .malformed("table") }
        var end = range.lowerBound
        let limit = min(range.upperBound, end + FieldNames.maximumNameByteCount + 1)
        while end < limit, bytes[end] != 0x3D { end += 1 }
        guard end < limit, end > range.lowerBound else { throw .malformed("field") }
        let name = bytes.extracting(range.lowerBound..<end)
        let number = names.number(of: name)
        if number == nameFacts.count {
            nameFacts.append(
                Name(
                    role: Self.role(of: name), isParameter: wanted.contains(name),
                    ruleField: rules.fieldIndex(of: name) ?? -1, ruleName: rules.parameterIndex(of: name) ?? -1))
        }
        let value = bytes.extracting(end + 1..<range.upperBound)
        var definition = Definition(
            name: Int32(number), role: nameFacts[number].role, start: Int32(end + 1), count: Int32(value.count),
            wholeCount: max(wholeCount, UInt64(value.count)))
        switch definition.role {
        case .sourceTime, .facility: definition.number = Self.decimal(value) ?? -1
        case .priority: definition.number = value.count == 1 ? Self.decimal(value).map { $0 < 8 ? $0 : -1 } ?? -1 : -1
        default: break
        }
        definitions.append(definition)
    }

    /// A number of at most 18 digits.
    private static func decimal(_ text: Span<UInt8>) -> Int64? {
        guard text.count > 0, text.count <= 18 else { return nil }
        var value: Int64 = 0
        for index in text.indices {
            guard case 0x30...0x39 = text[index] else { return nil }
            value = value * 10 + Int64(text[index] &- 0x30)
        }
        return value
    }
}
