/// Patterns in the form that is run: plain numbers in a few arrays, so that matching touches no reference count.
struct MatchCode: Sendable {
    /// A part of a pattern.
    struct Step: Sendable {
        enum Kind: UInt8, Sendable {
            case literal, choice, text, word, path, user, rest, ip, host, int, number, hex, quoted
        }

        let kind: Kind
        /// Whether the literal's last space is exactly one.
        var endsExactly = false
        /// Whether the literal's first space is exactly one.
        var beginsExactly = false
        /// Whether the literal's last space may be missing at the end of the text.
        var spaceMayEnd = false
        /// Whether a final dot belongs to a host's name.
        var takesFinalDot = true
        /// Where what it takes is kept; -1 for nowhere.
        var slot: Int32 = -1
        /// Its literal in `pool`, or its texts in `choices`.
        var start: Int32 = 0
        var count: Int32 = 0
    }

    /// A text of a choice in `pool`.
    struct Choice: Sendable {
        let start: Int32
        let count: Int32
    }

    /// Steps of all patterns.
    private(set) var steps: [Step] = []
    /// First step of each pattern, and the end of the last one.
    private(set) var starts: [Int32] = [0]
    /// Bytes of all literals.
    private(set) var pool: [UInt8] = []
    /// For each byte of a literal: how much of its beginning ends there (Knuth, Morris, Pratt).
    private(set) var borders: [Int32] = []
    private(set) var choices: [Choice] = []

    var patternCount: Int { starts.count - 1 }

    /// Adds a pattern.
    ///
    /// - Parameter slots: where captures are kept, by name.
    /// - Returns: its number.
    mutating func append(_ pattern: Pattern, slots: [String: Int]) -> Int {
        let elements = pattern.elements
        for (place, element) in elements.enumerated() {
            switch element {
            case .literal(let bytes):
                var step = Step(kind: .literal)
                (step.start, step.count) = append(literal: bytes)
                if place > 0, elements[place - 1].isUser { step.beginsExactly = true }
                if place + 1 < elements.count {
                    step.endsExactly = elements[place + 1].isUser
                    step.spaceMayEnd = elements[place + 1].isRest
                }
                steps.append(step)
            case .placeholder(let name, let type):
                var step = Step(kind: Step.Kind(type))
                step.slot = slot(name, slots)
                if place + 1 < elements.count, case .literal(let bytes) = elements[place + 1] {
                    step.takesFinalDot = bytes.first != UInt8(ascii: ".")
                }
                steps.append(step)
            case .choice(let name, let texts):
                var step = Step(kind: .choice)
                step.slot = slot(name, slots)
                step.start = Int32(choices.count)
                step.count = Int32(texts.count)
                for text in texts {
                    let (start, count) = append(literal: text)
                    choices.append(Choice(start: start, count: count))
                }
                steps.append(step)
            }
        }
        starts.append(Int32(steps.count))
        return patternCount - 1
    }

    private func slot(_ name: String?, _ slots: [String: Int]) -> Int32 {
        name.flatMap { slots[$0] }.map(Int32.init) ?? -1
    }

    private mutating func append(literal bytes: [UInt8]) -> (start: Int32, count: Int32) {
        let start = pool.count
        pool += bytes
        var length = 0
        for (index, byte) in bytes.enumerated() {
            if index > 0 {
                while length > 0, bytes[length] != byte { length = Int(borders[start + length - 1]) }
                if bytes[length] == byte { length += 1 }
            }
            borders.append(Int32(length))
        }
        return (Int32(start), Int32(bytes.count))
    }
}

extension Pattern.Element {
    fileprivate var isUser: Bool {
        if case .placeholder(_, .user) = self { true } else { false }
    }

    fileprivate var isRest: Bool {
        if case .placeholder(_, .rest) = self { true } else { false }
    }
}

extension MatchCode.Step.Kind {
    fileprivate init(_ type: Pattern.PlaceholderType) {
        switch type {
        case .text: self = .text
        case .word: self = .word
        case .path: self = .path
        case .user: self = .user
        case .rest: self = .rest
        case .ip: self = .ip
        case .host: self = .host
        case .int: self = .int
        case .number: self = .number
        case .hex: self = .hex
        case .quoted: self = .quoted
        }
    }
}
