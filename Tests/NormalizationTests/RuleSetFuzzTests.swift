import EventModel
import TestSupport
import Testing

@testable import Normalization

/// No input and no rule makes matching take more than linear time, or crash.
@Suite struct RuleSetFuzzTests {
    /// Pieces of texts and patterns that meet often.
    private static let words = [
        "a", "aa", "ab", " ", "  ", " from ", "from", "::", "1", "10.0.0.1", "[", "]", "\"", "'", "/", ".", "=", "x=",
        "%e",
        "message repeated 3 times: [ ", "error: ", " [preauth]", "\t", "\u{e9}", "0x", "-", "fe80::", "port ",
    ]
    private static let places = [
        "{}", "{:word}", "{:ip}", "{:host}", "{:int}", "{:number}", "{:hex}", "{:quoted}", "{:path}", "{:user}",
        "{:rest}",
        "(a|ab|)", "{n=a|aa}", "{user}", "{user:user}",
    ]

    private static let identifiers = [
        [], [], ["test"], ["test", "t*"], ["other", "te?t"], ["o*"], ["test", "other"],
    ]

    private static func text(_ random: inout SeededGenerator, _ count: Int) -> String {
        (0..<count).map { _ in words.randomElement(using: &random)! }.joined()
    }

    /// A pattern that may be wrong; the right ones are kept.
    private static func pattern(_ random: inout SeededGenerator) -> Pattern? {
        var text = ""
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            text +=
                Bool.random(using: &random)
                ? words.randomElement(using: &random)! : places.randomElement(using: &random)!
        }
        return try? Pattern(text)
    }

    private static func rules(_ random: inout SeededGenerator, _ count: Int) -> [Rule] {
        (0..<count).map { number in
            var rule = Rule(name: "t/\(number)", kind: "Software.Test.Matched")
            rule.patterns = (0..<3).compactMap { _ in pattern(&random) }
            rule.identifiers = identifiers.randomElement(using: &random)!.map(Glob.init)
            if Bool.random(using: &random) {
                rule.strip.prefixes = ["error: "]
                rule.strip.suffixes = [" [preauth]"]
            }
            // A rule without a pattern would match everything.
            if rule.patterns.isEmpty { rule.conditions = [Rule.Condition(field: "NEVER", values: [Glob("x")])] }
            return rule
        }
    }

    @Test(arguments: 0..<60)
    func `random texts and patterns are matched without a crash, in linear time`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let rules = Self.rules(&random, 20)
        var asking = Asking(rules)
        let stepCount = asking.rules.code.steps.count
        for _ in 0..<200 {
            var bytes = Array(Self.text(&random, Int.random(in: 0...40, using: &random)).utf8)
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let before = asking.steps.count
            _ = asking.feed(bytes, identifier: Array("test".utf8))
            #expect(asking.steps.count - before <= 8 * (bytes.count + 16) * (stepCount + 16))
        }
    }

    @Test(arguments: [
        "{}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab{}", "{}a{}a{}a{}a{}a{}a{}a{}b", "{:user} a{:user} a{:user} a b",
        "{} a b c d e{}",
        "{:word}aab{:word}aab{}c", "{}abababababababac{}", "{:user}aaaaaaaaaaaaaaab {}c",
    ])
    func `twice the text takes twice the steps`(pattern: String) throws {
        for unit in ["a", " ", "a ", "ab", " a", "  a", "aab", "1:", "a b c d "] {
            func steps(_ count: Int) throws -> Int {
                var asking = Asking([try rule("t/one", pattern)])
                _ = asking.feed(Array((String(repeating: unit, count: count) + "z").utf8), identifier: [])
                return asking.steps.count
            }
            let (one, two) = (try steps(2_000), try steps(4_000))
            #expect(two <= 2 * one + 200, "\(unit): \(one), \(two)")
            #expect(one <= 2_000 * unit.utf8.count * 20)
        }
    }

    @Test func `changed examples and patterns take no more than linear time`() throws {
        var failed = try rule(
            "t/failed", "Failed {method} for {user:user} from {address:ip} port {port:int}", "{a} b {rest}")
        failed.examples = ["Failed password for root from 10.0.0.1 port 22", "a b c"].map { line in
            var example = Rule.Example()
            example.line = line
            return example
        }
        var stress = RuleStress([failed], seed: 1)
        stress.run(20_000)
        #expect(stress.report.textCount == 20_000)
        #expect(stress.report.matchCount > 100)
        #expect(stress.report.changedPatternCount > 20)
        #expect(stress.report.slow == [])
    }

    @Test func `what is caught lies within the record`() throws {
        var random = SeededGenerator(seed: 7)
        let set = RuleSet(Self.rules(&random, 40))
        var record = Record(for: set)
        var scratch = RuleScratch(for: set)
        var matchCount = 0
        for _ in 0..<5_000 {
            record.clear()
            record.set(identifier: "test")
            record.set(message: Text(Self.text(&random, Int.random(in: 0...12, using: &random))))
            let bytes = record.bytes
            guard set.decide(record.subject, of: .journal, in: bytes.span, using: &scratch) else { continue }
            matchCount += 1
            let verdict = Verdict(scratch.outcome, set, bytes.span)
            #expect(verdict.parameters.allSatisfy { !$0.value.text.isEmpty })
            if case .record(let range) = scratch.outcome.user {
                #expect(!range.isEmpty && record.subject.message.contains(range.upperBound - 1))
            }
        }
        #expect(matchCount > 100)
    }

    @Test(arguments: 0..<40)
    func `any text is a pattern or a mistake with a place in it`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let signs =
            Array("{}()|\\=: abc:_19\u{e9}user")
            + ["{a}", "{b:int}", "(a|b)", "{:rest}", "{c:user}"].flatMap { Array($0) }
        for _ in 0..<500 {
            let text = String(
                (0..<Int.random(in: 0...30, using: &random)).map { _ in signs.randomElement(using: &random)! })
            do throws(PatternError) {
                let pattern = try Pattern(text)
                #expect(!pattern.elements.isEmpty)
            } catch {
                #expect((0...text.unicodeScalars.count).contains(error.offset))
            }
        }
    }

    @Test func `the dispatch finds what trying every rule in order finds`() throws {
        var random = SeededGenerator(seed: 3)
        let rules = Self.rules(&random, 60)
        var all = Asking(rules)
        var alone = rules.map { Asking([$0]) }
        for _ in 0..<400 {
            // Long ones too, of which the filter tells little.
            let count = Int.random(in: 1...(Int.random(in: 0..<8, using: &random) == 0 ? 400 : 10), using: &random)
            let text = Self.text(&random, count)
            let identifier = ["test", "other", "toast", "o", "none"].randomElement(using: &random)!
            let expected = alone.indices.first { alone[$0].journal(text, identifier: identifier) != nil }
            #expect(all.journal(text, identifier: identifier)?.rule == expected.map { rules[$0].name }, "\(text)")
        }
    }
}
