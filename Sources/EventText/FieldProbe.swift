import EventModel

/// A condition put to the bytes of a line that is not decoded. Where a place could be read in two ways it says so; else
/// its answer is that of the condition to the event, if the line holds one.
///
/// An opening such as ` kind="` stands in a line only where the key does, or at the end of a text that ends in ` kind=`.
/// There the quote closes, and a space, a comma, a bracket or nothing follows.
struct FieldProbe: Sendable {
    enum Answer {
        case holds, fails
        /// Only decoding can tell.
        case unclear

        init(_ holds: Bool) {
            self = holds ? .holds : .fails
        }
    }

    /// What the lines are.
    enum Form {
        /// Lines of `events.log`.
        case line
        /// Objects in canonical JSON.
        case object
    }

    /// Where the values are that the condition is about.
    private enum Place {
        /// Behind an opening that a line has once.
        case key
        /// Behind an opening with a number in it: what stands before the number, and behind it.
        case numbered(before: [UInt8], behind: [UInt8])
        /// Behind `NAME=`, the end of a parameter's key.
        case parameter
        /// Behind a name in quotes and a colon, at any depth.
        case member
    }

    /// What an object must not have for a probe to rule it out: a name might be written with it.
    static let unicodeEscape = Array(#"\u"#.utf8)
    private static let nameEscape = Array("_x".utf8)
    private static let parameterPrefix = Array(" parameter.".utf8)
    private static let typesOpening = Array(#" parameterTypes=""#.utf8)

    private let condition: EventFilter.Condition
    private let place: Place
    private let opening: [UInt8]
    /// Whether the condition holds for an event that does not have the key.
    private let holdsWithout: Bool

    /// A probe for `condition`; `nil` where only decoding can tell.
    init?(_ condition: EventFilter.Condition, in form: Form) {
        self.condition = condition
        holdsWithout = condition.holdsWithout
        switch condition.key {
        case .id, .source, .origin, .host, .kind, .type, .message, .user, .severity, .classification, .visibility:
            let isLine = form == .line
            place = isLine ? .key : .member
            opening = Array((isLine ? " \(condition.key.name)=\"" : "\"\(condition.key.name)\"").utf8)
        case .tenantID, .tenantName:
            guard form == .line else { return nil }
            place = .key
            opening = Array(" \(condition.key.name)=\"".utf8)
        case .objectType, .objectID, .objectName, .tag:
            guard form == .line, !condition.hasNegation else { return nil }
            opening = []
            let part = condition.key.name.split(separator: ".").dropFirst().first.map { "." + $0 } ?? ""
            place = .numbered(
                before: Array((part.isEmpty ? " tag." : " associatedObject.").utf8), behind: Array("\(part)=\"".utf8))
        case .parameter(let name):
            var key: [UInt8] = []
            ParameterName.append(Array(name.utf8).span, to: &key)
            guard form == .line, key == Array(name.utf8) else { return nil }
            place = .parameter
            opening = key + [UInt8(ascii: "=")]
        case .time, .observedTime, .systemEvent, .code, .argument: return nil
        }
        // Several values may be there, or seem to be: then nothing can be said of one that is not.
        switch place {
        case .numbered, .member: if holdsWithout { return nil }
        case .key, .parameter: break
        }
    }

    /// Whether the condition holds for the event of a line.
    func ask(_ line: Span<UInt8>) -> Answer {
        switch place {
        case .key:
            guard let found = line.firstIndex(of: opening) else { return Answer(holdsWithout) }
            return ask(at: found + opening.count, of: line)
        case .numbered(let before, let behind): return ask(line, before, behind)
        case .parameter: return askParameter(line)
        case .member: return askMember(line)
        }
    }

    private func ask(_ line: Span<UInt8>, _ before: [UInt8], _ behind: [UInt8]) -> Answer {
        var index = 0
        while let found = line.firstIndex(of: before, from: index) {
            index = found + before.count
            while index < line.count, case 0x30...0x39 = line[index] { index += 1 }
            let end = index + behind.count
            guard end <= line.count, line.extracting(index..<end).isEqual(to: behind.span) else { continue }
            // One that holds may be in another text, or its number none of ours.
            if ask(at: end, of: line) != .fails { return .unclear }
        }
        return .fails
    }

    private func askParameter(_ line: Span<UInt8>) -> Answer {
        var index = 0
        while let found = line.firstIndex(of: opening, from: index) {
            index = found + 1
            guard found > 0 else { continue }
            // A key of no meaning is a parameter too.
            if line[found - 1] == UInt8(ascii: " ") { return .unclear }
            let start = found - Self.parameterPrefix.count
            guard start >= 0, line.extracting(start..<found).isEqual(to: Self.parameterPrefix.span) else { continue }
            let quote = found + opening.count
            guard quote < line.count, line[quote] == UInt8(ascii: "\"") else { return .unclear }
            return ask(at: quote + 1, of: line)
        }
        // Somebody may have escaped letters that need it not.
        return line.firstIndex(of: Self.nameEscape) == nil ? Answer(holdsWithout) : .unclear
    }

    private func askMember(_ line: Span<UInt8>) -> Answer {
        var index = 0
        while let found = line.firstIndex(of: opening, from: index) {
            index = found + opening.count
            let colon = line.endOfSpaces(from: index)
            guard colon < line.count, line[colon] == UInt8(ascii: ":") else { continue }
            let quote = line.endOfSpaces(from: colon + 1)
            guard quote < line.count, line[quote] == UInt8(ascii: "\"") else { continue }
            guard let end = line.firstIndex(of: UInt8(ascii: "\""), from: quote + 1) else { return .unclear }
            let value = line.extracting(quote + 1..<end)
            // At which depth it is, is not known.
            if value.firstIndex(of: UInt8(ascii: "\\")) != nil || holds(for: value, in: .object) { return .unclear }
        }
        return .fails
    }

    /// Whether the condition holds for the value that begins at `start` of a line.
    private func ask(at start: Int, of line: Span<UInt8>) -> Answer {
        guard start < line.count else { return .unclear }
        switch line[start] {
        case UInt8(ascii: " "), UInt8(ascii: ","), UInt8(ascii: "]"): return .unclear
        default: break
        }
        guard let end = line.firstIndex(of: UInt8(ascii: "\""), from: start) else { return .unclear }
        let value = line.extracting(start..<end)
        if case .parameter = place, isTyped(value, line) { return .unclear }
        guard value.firstIndex(of: UInt8(ascii: "\\")) != nil else { return Answer(holds(for: value, in: .line)) }
        var cursor = LineCursor(line.extracting(start - 1..<line.count))
        guard let text = try? cursor.string() else { return .unclear }
        return Answer(holds(for: text.bytes.span, in: .line))
    }

    private func holds(for value: Span<UInt8>, in form: Form) -> Bool {
        switch condition.key {
        case .severity:
            let severity = form == .line ? Severity(moab: value) : Vocabularies.severity[Text(copying: value)]
            return condition.holds(for: severity ?? .unknown)
        case .classification:
            return condition.holds(for: Vocabularies.classification[Text(copying: value)] ?? .unknown)
        case .visibility: return condition.holds(for: Vocabularies.visibility[Text(copying: value)] ?? .unknown)
        default: return condition.holds(forText: value)
        }
    }

    /// Whether a parameter's value may be compared in another form than it is written in.
    private func isTyped(_ value: Span<UInt8>, _ line: Span<UInt8>) -> Bool {
        guard value.count > 0, isDigit(value[0]) || value[0] == UInt8(ascii: "-") || value[0] == UInt8(ascii: "\\")
        else { return false }
        var index = 0
        while let found = line.firstIndex(of: Self.typesOpening, from: index) {
            index = found + Self.typesOpening.count
            while index < line.count, line[index] != UInt8(ascii: "\"") {
                switch line[index] {
                case UInt8(ascii: "t"), UInt8(ascii: "b"): break
                case UInt8(ascii: "i"): if !isCanonicalNumber(value) { return true }
                default: return true
                }
                index += 1
            }
        }
        return false
    }
}

extension EventFilter.Condition {
    /// Whether it holds for an event that does not have the key.
    fileprivate var holdsWithout: Bool {
        switch key {
        case .severity: return holds(for: Severity.unknown)
        case .classification: return holds(for: Classification.unknown)
        case .visibility: return holds(for: Visibility.unknown)
        default:
            let text = key == .id ? Array(EventID(high: 0, low: 0).description.utf8) : []
            return holds(forText: text.span)
        }
    }
}

extension Span<UInt8> {
    /// Index of the first byte from `start` on that is no white space of JSON.
    fileprivate func endOfSpaces(from start: Int) -> Int {
        var index = start
        while index < count, self[index] == 0x20 || self[index] == 0x09 || self[index] == 0x0D { index += 1 }
        return index
    }
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

/// Whether a whole number's digits are as we write them.
private func isCanonicalNumber(_ value: Span<UInt8>) -> Bool {
    let first = value[0] == UInt8(ascii: "-") ? 1 : 0
    guard first < value.count, isDigit(value[first]) else { return false }
    return value[first] != 0x30 || value.count == 1
}
