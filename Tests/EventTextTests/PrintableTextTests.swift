import EventText
import Testing

@Suite struct PrintableTextTests {
    @Test func `no control character reaches a terminal`() {
        var bytes: [UInt8] = []
        bytes.append(printable: "a\u{1B}[2J\u{7F}\u{9B}31m\u{2028}é\u{A0}\t\n")
        #expect(String(decoding: bytes, as: UTF8.self) == #"a\x1b[2J\x7f\x9b31m\u{2028}é"# + "\u{A0}" + #"\x09\x0a"#)
    }

    @Test func `a text of several lines keeps them`() {
        var bytes: [UInt8] = []
        bytes.append(printable: "a\tb\nc\r", keepsLines: true)
        #expect(String(decoding: bytes, as: UTF8.self) == "a\tb\nc" + #"\x0d"#)
    }
}
