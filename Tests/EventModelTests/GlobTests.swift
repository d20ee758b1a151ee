import EventModel
import TestSupport
import Testing

@Suite struct GlobTests {
    private func matches(_ pattern: String, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Glob(pattern).matches(bytes.span)
    }

    @Test func `a pattern without signs matches only itself`() {
        #expect(matches("abc", "abc"))
        #expect(!matches("abc", "abcd"))
        #expect(!matches("abc", "ABC"))
        #expect(matches("", ""))
        #expect(!matches("", "a"))
        #expect(Glob("abc").literal == Array("abc".utf8))
        #expect(Glob("a*").literal == nil)
    }

    @Test func `a star stands for any run`() {
        #expect(matches("*", ""))
        #expect(matches("Security.*", "Security.User.Login.Failed"))
        #expect(!matches("Security.*", "Security"))
        #expect(matches("*.Failed", "Security.User.Login.Failed"))
        #expect(matches("*ab*ab", "abxabab"))
        #expect(!matches("*ab*ab", "ab"))
        #expect(matches("a**b", "axyzb"))
    }

    @Test func `a question mark stands for one character of UTF-8`() {
        #expect(matches("gr?n", "grün"))
        #expect(!matches("gr??n", "grün"))
        #expect(matches("*?", "€"))
        #expect(!matches("*??", "€"))
        #expect(!matches("?", ""))
    }

    @Test func `a backslash takes the meaning from a sign`() {
        #expect(matches(#"a\*b"#, "a*b"))
        #expect(!matches(#"a\*b"#, "axb"))
        #expect(matches(#"C:\dir"#, #"C:\dir"#))
        #expect(matches(#"end\"#, #"end\"#))
        #expect(Glob.escaped(Array(#"a*b?c\"#.utf8)) == #"a\*b\?c\\"#)
    }

    @Test func `a pattern full of stars is quick on a long text`() {
        let pattern = String(repeating: "a*", count: 200) + "b"
        #expect(!matches(pattern, String(repeating: "a", count: 20_000)))
    }

    @Test(arguments: 0..<300)
    func `matching agrees with the definition, and a pattern reads back`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        func word(_ letters: [Character], _ count: ClosedRange<Int>) -> String {
            String(
                (0..<Int.random(in: count, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        let pattern = word(["a", "b", "*", "?", "\\", "é"], 0...8)
        let text = word(["a", "b", "é", "*"], 0...8)
        #expect(matches(pattern, text) == defined(Array(pattern), Array(text)), "\(pattern) \(text)")
        #expect(Glob(Glob(pattern).pattern) == Glob(pattern))
    }

    /// The definition, with as many steps as it takes.
    private func defined(_ pattern: [Character], _ text: [Character]) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = Array(pattern.dropFirst())
        switch first {
        case "*": return (0...text.count).contains { defined(rest, Array(text.dropFirst($0))) }
        case "?": return !text.isEmpty && defined(rest, Array(text.dropFirst()))
        case "\\":
            if let next = rest.first, ["*", "?", "\\"].contains(next) {
                return text.first == next && defined(Array(rest.dropFirst()), Array(text.dropFirst()))
            }
            return text.first == "\\" && defined(rest, Array(text.dropFirst()))
        default: return text.first == first && defined(rest, Array(text.dropFirst()))
        }
    }
}
