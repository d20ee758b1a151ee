import Settings
import TestSupport
import Testing

@Suite struct YAMLDocumentTests {
    @Test(arguments: ["", "\n", "# a comment\n", "---\n", "~", "{}", "\u{FEFF}# marked\n", "---\n...\n"])
    func `a file without settings is all defaults`(yaml: String) {
        let mapping = root(yaml)
        #expect(mapping.keys == [])
        #expect(mapping.mistakes == [])
    }

    @Test(arguments: [
        ("- a\n", "t.yaml:1:1: the file holds a list, allowed is a mapping of settings"),
        ("just text\n", "t.yaml:1:1: the file holds a single value, allowed is a mapping of settings"),
        ("a: 1\nb: 2\n'a': 3\n", "t.yaml:1:1: a: is set twice in one mapping; keep one of them"),
        ("a:\n  1: x\n  1: y\n", "t.yaml:2:3: 1: is set twice in one mapping; keep one of them"),
        ("[a]: 1\n", "t.yaml:1:1: has a key that is no text; a key is a word before a colon"),
        ("'': 1\n", "t.yaml:1:1: has a key that is no text; a key is a word before a colon"),
        (
            "x: !!binary aGk=\n",
            "t.yaml:1:4: x: has the YAML tag 'tag:yaml.org,2002:binary', which settings do not have"
        ),
        (
            "x: !!str &n a\n",
            "t.yaml:1:4: x: has an anchor of YAML ('&'), which settings do not have; write the value out"
        ),
    ])
    func `what settings do not have is a mistake at its place`(yaml: String, mistake: String) {
        #expect(root(yaml).mistakes == [mistake])
    }

    @Test(arguments: [
        ("a: 1\n\tb: 2\n", 2), ("a: [1, 2\nb: 3\n", 2), ("a: \"x\n", 2), ("a: b: c\n", 1), ("a: 1\n--- \nb: 2\n", 2),
        ("a: 1\n b\u{1}: 2\n", 2), ("%YAML 9.9\n---\na: 1\n", 1), ("a: @x\n", 1),
    ])
    func `a syntax error names its line`(yaml: String, line: Int) {
        let mapping = root(yaml)
        #expect(mapping.mistakes.count == 1)
        #expect(mapping.report.mistakes.first?.place.line == line, "\(mapping.mistakes)")
        #expect(mapping.report.mistakes.first?.text.hasPrefix("YAML error: ") == true, "\(mapping.mistakes)")
    }

    @Test(arguments: [
        ("a: &x 1\n", 1, 4), ("a: 1\nb: *x\n", 2, 4), ("a:\n  - *x\n", 2, 5), ("a: {<<: *x}\n", 1, 9),
        ("*x : 1\n", 1, 1),
        ("a: [1, *x]\n", 1, 8), ("kind: *.Failed\n", 1, 7), ("a: 'it''s'\nb: *x # c\n", 2, 4), ("{\"a\":*x}", 1, 6),
    ])
    func `anchors and aliases are refused`(yaml: String, line: Int, column: Int) {
        let mapping = root(yaml)
        #expect(mapping.mistakes.count == 1)
        #expect(mapping.report.mistakes.first?.place == SettingsPlace(file: "t.yaml", line: line, column: column))
        #expect(mapping.report.mistakes.first?.text.contains("anchor or alias") == true)
    }

    @Test func `signs of anchors and aliases are text inside of texts, quotes and comments`() {
        let mapping = root("a: x * y & z # *c &d\nb: \"*\"\nc: '&x'\nd: \"\\\" *x\"\ne: don't *x\nf: a*b\n")
        #expect(mapping.mistakes == [])
        #expect(mapping.text("a") == "x * y & z")
        #expect(mapping.texts("b") + mapping.texts("c") + mapping.texts("d") == ["*", "&x", "\" *x"])
        #expect(mapping.text("e") == "don't *x")
    }

    @Test func `an exponential document is refused at once`() {
        var yaml = "a0: &a0 [x, x]\n"
        for level in 1...60 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(root(yaml + "? *a60\n: 1\n").mistakes.count == 1)
    }

    @Test(arguments: [33, 200, 2000, 100_000])
    func `deep nesting is refused`(depth: Int) {
        let mapping = root("a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        #expect(mapping.mistakes.count == 1)
    }

    @Test func `nesting up to the limit is read`() {
        #expect(root("a: " + String(repeating: "[", count: 31) + String(repeating: "]", count: 31)).mistakes == [])
        #expect(root("a: " + String(repeating: "[", count: 32) + String(repeating: "]", count: 32)).mistakes.count == 1)
    }

    @Test func `a file over the limit is refused before it is read`() {
        let mapping = root("# " + String(repeating: "x", count: 4 << 20))
        #expect(mapping.mistakes == ["t.yaml: is larger than 4MiB, the largest allowed"])
    }

    @Test func `invalid UTF-8 is refused at its place`() {
        let mapping = SettingsFile.read([("t.yaml", Array("a: 1\nb: é".utf8) + [0xFF, 0x0A])])
        #expect(mapping.report.mistakes.map(\.description) == ["t.yaml:2:5: is not UTF-8; save the file as UTF-8"])
    }

    @Test(arguments: 0..<300)
    func `no bytes end the process`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let signs = Array("{}[]:,-?&*#!|>'\"%@` \t\n\\~0aé".utf8)
        let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
            Int.random(in: 0..<20, using: &random) == 0
                ? UInt8.random(in: 0...255, using: &random) : signs.randomElement(using: &random) ?? 0
        }
        let mapping = SettingsFile.read([("t.yaml", bytes)])
        for key in mapping.keys {
            _ = mapping.text(key)
            _ = mapping.mapping(key).keys
        }
    }
}
