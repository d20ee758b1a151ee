import EventText
import TestSupport
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the standard's examples come out as it says`(plain: String, text: String) {
        var encoded: [UInt8] = []
        let bytes = Array(plain.utf8)
        Base64.append(bytes.span, to: &encoded)
        #expect(String(decoding: encoded, as: UTF8.self) == text)
        #expect(Base64.decode(encoded.span) == bytes)
    }

    @Test(arguments: 0..<50)
    func `decoding undoes encoding`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0...100, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var encoded: [UInt8] = []
        Base64.append(bytes.span, to: &encoded)
        #expect(Base64.decode(encoded.span) == bytes, "seed \(seed)")
    }

    @Test(arguments: ["Z", "Zg=", "Zg==Zg==", "Z===", "=Zg=", "Zg\n=", "Z*8=", "Zm9v="])
    func `what is no base64 is refused`(text: String) {
        #expect(Base64.decode(Array(text.utf8).span) == nil)
    }
}
