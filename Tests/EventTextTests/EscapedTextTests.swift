import EventModel
import EventText
import Testing

@Suite struct EscapedTextTests {
    private func escaped(_ bytes: [UInt8]) -> String {
        var buffer: [UInt8] = []
        buffer.append(escaping: bytes.span)
        return String(decoding: buffer, as: UTF8.self)
    }

    @Test func `quotes, backslashes and the controls with a letter have two characters`() {
        #expect(escaped(Array("a\"b\\c\nd\re\tf\u{8}g\u{c}h".utf8)) == #"a\"b\\c\nd\re\tf\bg\fh"#)
    }

    @Test func `every other control character and line end is written as its number`() {
        #expect(escaped([0, 0x1B, 0x1F, 0x7F]) == #"\u0000\u001b\u001f\u007f"#)
        #expect(escaped(Array("\u{80}\u{85}\u{9f}\u{2028}\u{2029}".utf8)) == #"\u0080\u0085\u009f\u2028\u2029"#)
    }

    @Test func `other characters stay as they are`() {
        let text = "~ é \u{a0}\u{2027}\u{202a}\u{202e} שלום 😀 \u{10ffff} \u{feff}"
        #expect(escaped(Array(text.utf8)) == text)
    }

    @Test(arguments: [
        ([0x80], #"\udc80"#), ([0xC0, 0xAF], #"\udcc0\udcaf"#), ([0xC2], #"\udcc2"#), ([0xC2, 0x41], #"\udcc2A"#),
        ([0xE0, 0x9F, 0xBF], #"\udce0\udc9f\udcbf"#), ([0xED, 0xA0, 0x80], #"\udced\udca0\udc80"#),
        ([0xE2, 0x80], #"\udce2\udc80"#), ([0xF4, 0x90, 0x80, 0x80], #"\udcf4\udc90\udc80\udc80"#),
        ([0xF0, 0x9F, 0x98], #"\udcf0\udc9f\udc98"#), ([0xF5, 0xFF], #"\udcf5\udcff"#),
        ([0xE2, 0x80, 0xC3, 0xA9], "\\udce2\\udc80é"),
    ])
    func `each byte of no valid sequence is escaped on its own`(bytes: [UInt8], expected: String) {
        #expect(escaped(bytes) == expected)
    }

    @Test func `a byte is found wherever it stands in a text of any length`() {
        for special in [UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x00, 0x1F, 0x7F, 0x80, 0xFF] {
            let replacement = escaped([special])
            for count in 1...40 {
                for place in 0..<count {
                    // Neighbors that a borrow or carry between bytes would reach.
                    for neighbor in [UInt8(ascii: "#"), UInt8(ascii: "]"), 0x20, 0x7E] {
                        var bytes = [UInt8](repeating: neighbor, count: count)
                        bytes[place] = special
                        let plain = String(Unicode.Scalar(neighbor))
                        let expected =
                            String(repeating: plain, count: place) + replacement
                            + String(repeating: plain, count: count - place - 1)
                        #expect(escaped(bytes) == expected)
                    }
                }
            }
        }
    }
}
