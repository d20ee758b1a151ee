import EventModel
import EventText
import TestSupport
import Testing

@Suite struct SyslogDataTests {
    private static func names(_ parameters: [Parameter]) throws -> [String] {
        let wanted = form(.text) {
            $0.structuredData = .full
            $0.maximumByteCount = 1 << 20
        }
        let bytes = try messages(of: [loginEvent(parameters: parameters)], wanted)[0].1
        return try SyslogReading(bytes).elements[1].parameters.map(\.name)
    }

    private static func parameter(_ name: String) -> Parameter { Parameter(Text(name), .text(Text(name))) }

    @Test func `a long name stays known and always becomes the same`() throws {
        let long = "a.parameter.of.which.the.name.is.long"
        let alone = try Self.names([Self.parameter(long)])
        #expect(alone == ["a.parameter.of.which.th-5d53a571"])
        #expect(
            try Self.names([Self.parameter("x"), Self.parameter(long + "er"), Self.parameter(long)])[2] == alone[0])
        #expect(try Self.names([Self.parameter(String(repeating: "x", count: 32))])[0].count == 32)
    }

    @Test(arguments: 0..<30)
    func `names that begin alike are distinct, and no value is lost`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let stem = String(repeating: "n", count: Int.random(in: 20...40, using: &random))
        var texts: Set<String> = []
        while texts.count < 60 {
            let tail = (0..<Int.random(in: 0...12, using: &random)).map { _ in "ab-é.".randomElement(using: &random)! }
            texts.insert(stem + String(tail))
        }
        let names = try Self.names(texts.sorted().map(Self.parameter))
        #expect(names.count == 60 && Set(names).count == 60, "\(names)")
        #expect(names.allSatisfy { (1...32).contains($0.utf8.count) })
    }

    @Test func `names that fall together nevertheless are counted on`() throws {
        // Both have the same digits.
        let stem = String(repeating: "n", count: 30)
        let (one, other) = ("\(stem).85614997", "\(stem).cce92d78")
        let names = try Self.names([Self.parameter(one), Self.parameter(other)])
        #expect(names[0] != names[1])
        let digits = try names.map { try #require(UInt32($0.suffix(8), radix: 16)) }
        #expect(digits[1] == digits[0] &+ 1)
    }
}
