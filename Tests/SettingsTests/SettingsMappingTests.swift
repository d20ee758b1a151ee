import EventModel
import Settings
import Testing

@Suite struct SettingsMappingTests {
    private enum Color: String, CaseIterable {
        case red, blue
    }

    @Test func `values are read with their types`() {
        let mapping = root(
            """
            text: /a path/x
            number: -5
            flag: true
            size: 64KiB
            plain-size: 7
            decimal: 2MB
            wait: 12h
            mode: "0640"
            plain-mode: 0o600
            color: blue
            words: [a, "b c", 5]
            one: a
            date: 2026-01-31
            word: now
            nested: {x: 1}
            """)
        #expect(mapping.text("text") == "/a path/x")
        #expect(mapping.integer("number", in: -10...10) == -5)
        #expect(mapping.boolean("flag", default: false))
        #expect(mapping.byteSize("size", in: 1...Int.max) == 65_536)
        #expect(mapping.byteSize("plain-size", in: 1...Int.max) == 7)
        #expect(mapping.byteSize("decimal", in: 1...Int.max) == 2_000_000)
        #expect(mapping.duration("wait", in: .zero ... .longest) == .seconds(43_200))
        #expect(mapping.fileMode("mode", default: 0) == 0o640)
        #expect(mapping.fileMode("plain-mode", default: 0) == 0o600)
        #expect(mapping.word("color", default: Color.red) == .blue)
        #expect(mapping.texts("words") == ["a", "b c", "5"])
        #expect(mapping.texts("one") == ["a"])
        #expect(mapping.timeOrWord("date", ["now"]) == Timestamp("2026-01-31T00:00:00Z").map(TimeOrWord.time))
        #expect(mapping.timeOrWord("word", ["now"]) == .word("now"))
        #expect(mapping.mapping("nested").integer("x", in: 0...1) == 1)
        mapping.finish()
        #expect(mapping.mistakes == [])
    }

    @Test(arguments: [
        ("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("1d", 86_400_000), ("1w", 604_800_000), ("0s", 0),
    ])
    func `every unit of durations is known`(text: String, milliseconds: Int) {
        #expect(root("x: \(text)").duration("x", in: .zero ... .longest) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["10", "s", "1.5s", "-1s", "1 s", "1y", "99999999999w", "9999999999999999999s", "1S"])
    func `what is no duration is a mistake`(text: String) {
        let mapping = root("x: \(text)")
        #expect(mapping.duration("x", in: .zero ... .longest) == nil)
        #expect(mapping.mistakes.count == 1)
    }

    @Test(arguments: ["1.5GiB", "-1", "KiB", "1 KiB", "99999999999TiB", "10gib", "1e3"])
    func `what is no size is a mistake`(text: String) {
        let mapping = root("x: \(text)")
        #expect(mapping.byteSize("x", in: 0...Int.max) == nil)
        #expect(mapping.mistakes.count == 1)
    }

    @Test(arguments: ["640x", "0888", "07777", "01640", "64", "rw-r--r--", "-640"])
    func `what is no mode is a mistake`(text: String) {
        let mapping = root("x: \(text)")
        #expect(mapping.fileMode("x", default: 0o600) == 0o600)
        #expect(mapping.mistakes.count == 1)
    }

    @Test func `absent keys leave the defaults`() {
        let mapping = root("")
        #expect(mapping.text("a") == nil)
        #expect(mapping.integer("b", in: 0...9, default: 3) == 3)
        #expect(mapping.boolean("c", default: true))
        #expect(mapping.texts("d") == [])
        #expect(mapping.mapping("e").keys == [])
        mapping.finish()
        #expect(mapping.mistakes == [])
    }

    @Test func `a mistake names place, key, problem and what is allowed`() {
        let mapping = root(
            """
            spool:
              size: 1KiB
              flag: yes
              color: rod
            """)
        let spool = mapping.mapping("spool")
        #expect(spool.byteSize("size", in: 64 << 20...Int.max, default: 9) == 9)
        #expect(spool.boolean("flag", default: true))
        #expect(spool.word("color", default: Color.blue) == .blue)
        #expect(
            mapping.mistakes == [
                "t.yaml:2:9: spool.size: is '1KiB', which is too small; allowed is 64MiB and more",
                "t.yaml:3:9: spool.flag: is 'yes', allowed are true and false, without quotes",
                "t.yaml:4:10: spool.color: is 'rod', allowed are red, blue; did you mean 'red'?",
            ])
    }

    @Test func `wrong types and missing values are mistakes, all at once`() {
        let mapping = root(
            "text: [a]\nnumber: \"5\"\nlist: {a: 1}\nmapping: 5\nempty:\nitems: [a, [b], ~]\nquoted: ''\n")
        #expect(mapping.text("text") == nil)
        #expect(mapping.integer("number", in: 0...9) == nil)
        #expect(mapping.texts("list") == [])
        #expect(mapping.optionalMapping("mapping") == nil)
        #expect(mapping.text("empty") == nil)
        #expect(mapping.texts("items") == ["a"])
        #expect(mapping.text("quoted") == nil)
        #expect(
            mapping.mistakes == [
                "t.yaml:1:7: text: is a list, allowed is a text",
                "t.yaml:2:9: number: is '5', which is no whole number; allowed is 0 to 9, without quotes",
                "t.yaml:3:7: list: is a mapping, allowed is a text or a list of texts",
                "t.yaml:4:10: mapping: is a single value, allowed is a mapping of settings",
                "t.yaml:5:1: empty: has no value, allowed is a text",
                "t.yaml:6:12: items: holds a list, allowed are texts",
                "t.yaml:6:17: items: holds nothing, allowed are texts",
                "t.yaml:7:9: quoted: is empty, allowed is a text of at least one character",
            ])
    }

    @Test func `an unknown key is a mistake with the nearest known one`() {
        let mapping = root("max-sise: 1\nzzz: 2\n")
        _ = mapping.byteSize("max-size", in: 0...9)
        _ = mapping.text("directory")
        mapping.finish()
        #expect(
            mapping.mistakes == [
                "t.yaml:1:1: max-sise: is an unknown key; did you mean 'max-size'?",
                "t.yaml:2:1: zzz: is an unknown key, allowed are directory, max-size",
            ])
    }

    @Test func `mistakes beyond the limit are counted`() {
        let mapping = root((0..<500).map { "k\($0): 1\n" }.joined())
        mapping.finish()
        #expect(mapping.report.mistakes.count == SettingsReport.maximumCount)
        let error = #expect(throws: SettingsMistakes.self) { try mapping.report.check() }
        #expect(error?.leftOut == 300)
        #expect(error?.description.hasSuffix("and 300 more mistakes") == true)
    }

    @Test func `control characters of the file do not reach a message`() {
        let mapping = root("x: \"a\\u001b[31mb\\n\"")
        #expect(mapping.text("x") == nil)
        #expect(mapping.mistakes.count == 1)
        #expect(mapping.mistakes.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }

    @Test(arguments: [("priorty", "priority"), ("PATH", "path"), ("ptah", "path"), ("wehn", "when")])
    func `the nearest word is found`(word: String, nearest: String) {
        #expect(Spelling.nearest(to: word, in: ["path", "priority", "when", "x"]) == nearest)
    }

    @Test func `a far word has no nearest`() {
        #expect(Spelling.nearest(to: "compression", in: ["path", "size"]) == nil)
        #expect(Spelling.nearest(to: "", in: ["a"]) == nil)
        #expect(Spelling.nearest(to: String(repeating: "a", count: 100_000), in: ["a"]) == nil)
    }
}
