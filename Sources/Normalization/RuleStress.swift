internal import EventModel

/// Asks rules about random and changed texts, and counts the bytes that are looked at: no text may end the process or
/// take more than linear time, whatever the rules.
///
/// Texts are the examples of the rules, cut, changed, repeated and put together; each thousand of them also goes
/// through rules with patterns that were changed in the same way.
package struct RuleStress {
    /// What was seen.
    package struct Report: Sendable {
        package fileprivate(set) var textCount = 0
        package fileprivate(set) var matchCount = 0
        package fileprivate(set) var changedPatternCount = 0
        /// Most bytes looked at for each byte of a text, of texts of at least 2^n bytes.
        package fileprivate(set) var mostStepsPerByte: [Int: Int] = [:]
        /// Texts that took more than ``RuleStress/allowedStepCount(_:_:)``.
        package fileprivate(set) var slow: [String] = []
    }

    /// Splitmix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    /// Longest text, in bytes.
    private static let maximumByteCount = 64 << 10
    private static let roundCount = 1000

    private let rules: [Rule]
    private let set: RuleSet
    private let lines: [(identifier: Text, line: [UInt8], source: SourceType, type: Text)]
    private var random: Generator
    package private(set) var report = Report()

    /// - Parameters:
    ///   - rules: with their examples.
    ///   - seed: equal ones give equal texts.
    package init(_ rules: [Rule], seed: Int) {
        self.rules = rules
        set = RuleSet(rules)
        random = Generator(state: UInt64(bitPattern: Int64(seed)))
        lines = rules.flatMap { rule in
            rule.examples.map { example in
                let identifier = example.identifier ?? rule.identifiers.first?.pattern ?? "x"
                let type = example.type ?? rule.types.first?.pattern ?? ""
                return (Text(identifier), Array(example.line.utf8), rule.source, Text(type))
            }
        }
    }

    /// The bytes that may be looked at: a number for each byte of the text and each part of the patterns.
    package static func allowedStepCount(_ byteCount: Int, _ set: RuleSet) -> Int {
        8 * (byteCount + 64) * (set.code.steps.count + 64)
    }

    /// Tries a number of texts.
    package mutating func run(_ count: Int) {
        guard !lines.isEmpty else { return }
        var left = count
        while left > 0 {
            let roundCount = min(left, Self.roundCount)
            ask(set, roundCount / 2)
            ask(RuleSet(changedRules()), roundCount - roundCount / 2)
            left -= roundCount
        }
    }

    private mutating func ask(_ set: RuleSet, _ count: Int) {
        var record = Record(for: set)
        var scratch = RuleScratch(for: set)
        for _ in 0..<count {
            let origin = lines[Int.random(in: lines.indices, using: &random)]
            let text = changedText(origin.line)
            record.clear()
            record.set(identifier: origin.identifier)
            record.set(type: origin.type)
            record.set(message: Text(text))
            let bytes = record.bytes
            var steps = StepCounter()
            if set.decide(record.subject, of: origin.source, in: bytes.span, using: &scratch, counting: &steps) {
                report.matchCount += 1
                _ = Verdict(scratch.outcome, set, bytes.span)
            }
            note(text, steps.count, set)
        }
    }

    private mutating func note(_ text: [UInt8], _ stepCount: Int, _ set: RuleSet) {
        report.textCount += 1
        let size = max(6, Int.bitWidth - 1 - max(text.count, 1).leadingZeroBitCount)
        report.mostStepsPerByte[size] = max(report.mostStepsPerByte[size] ?? 0, stepCount / max(text.count, 64))
        if stepCount > Self.allowedStepCount(text.count, set), report.slow.count < 10 {
            report.slow.append("\(stepCount) steps: " + String(decoding: text.prefix(200), as: UTF8.self))
        }
    }

    /// A line, changed at some places; now and then as a part of a long text.
    private mutating func changedText(_ line: [UInt8]) -> [UInt8] {
        var text = line
        for _ in 0..<Int.random(in: 0...6, using: &random) { change(&text) }
        if Int.random(in: 0..<200, using: &random) == 0, !text.isEmpty {
            let start = Int.random(in: text.indices, using: &random)
            let piece = Array(text[start..<min(text.count, start + Int.random(in: 1...40, using: &random))])
            let byteCount = Int.random(in: 1...Self.maximumByteCount, using: &random)
            while text.count + piece.count < byteCount { text += piece }
        }
        return text
    }

    private mutating func change(_ text: inout [UInt8]) {
        let place = Int.random(in: 0...text.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: text.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 1: if place < text.count { text[place] = UInt8.random(in: 0...255, using: &random) }
        case 2: text.removeSubrange(place..<min(text.count, place + Int.random(in: 1...8, using: &random)))
        case 3:
            let end = min(text.count, place + Int.random(in: 1...16, using: &random))
            text.insert(contentsOf: Array(text[place..<end]), at: place)
        case 4: text.insert(contentsOf: [0x20, 0x20], at: place)
        default:
            let other = lines[Int.random(in: lines.indices, using: &random)].line
            text = Array(text[..<place]) + other[min(place, other.count)...]
        }
    }

    /// Some rules with patterns that were changed; those that are none any more are left out.
    private mutating func changedRules() -> [Rule] {
        (0..<20).map { _ in
            var rule = rules[Int.random(in: rules.indices, using: &random)]
            rule.patterns = rule.patterns.compactMap { pattern in
                var text = Array(pattern.description.utf8)
                for _ in 0..<Int.random(in: 1...4, using: &random) { change(&text) }
                return try? Pattern(String(decoding: text, as: UTF8.self))
            }
            report.changedPatternCount += rule.patterns.count
            return rule
        }
    }
}
