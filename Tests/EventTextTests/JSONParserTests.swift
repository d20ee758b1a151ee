import EventModel
import EventText
import TestSupport
import Testing

private func parse(_ text: String, _ parser: JSONParser = JSONParser()) throws(JSONError) -> JSONValue {
    try parser.parse(Array(text.utf8).span)
}

private func failure(_ text: String, _ parser: JSONParser = JSONParser()) -> String? {
    do {
        _ = try parse(text, parser)
        return nil
    } catch {
        return error.description
    }
}

@Suite struct JSONParserTests {
    @Test func `every kind of value is read`() throws {
        let value = try parse(" {\"b\" : [null, true,false,\t\"x\"],\r\n\"a\":{}, \"\":[] } ")
        #expect(
            value
                == .object([
                    JSONMember("b", .array([.null, .boolean(true), .boolean(false), .text("x")])),
                    JSONMember("a", .object([])), JSONMember("", .array([])),
                ]))
        #expect(value["a"] == .object([]))
        #expect(value["c"] == nil)
    }

    @Test(arguments: [
        ("0", JSONValue.integer(WholeNumber(0))), ("-1", .integer(WholeNumber(-1))),
        ("18446744073709551615", .integer(WholeNumber(magnitude: .max))),
        ("-18446744073709551615", .integer(WholeNumber(isNegative: true, magnitude: .max))),
        ("18446744073709551616", .number(18_446_744_073_709_551_616, source: "18446744073709551616")),
        ("-0", .number(-0.0, source: "-0")), ("1.50", .number(1.5, source: "1.50")),
        ("1e2", .number(100, source: "1e2")),
        ("-1E+2", .number(-100, source: "-1E+2")), ("1e999", .number(.infinity, source: "1e999")),
        ("-1e999", .number(-.infinity, source: "-1e999")), ("1e-999", .number(0, source: "1e-999")),
    ])
    func `numbers keep what they say`(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t\u0041""#, Text("\"\\/\u{8}\u{c}\n\r\tA")), (#""\ud83d\ude00""#, "😀"),
        (#""\ud83d""#, "\u{fffd}"), (#""\udc00\ud83dx""#, "\u{fffd}\u{fffd}x"), (#""a\udcff""#, Text([0x61, 0xFF])),
        ("\"é\u{7f}\u{2028}\"", "é\u{7f}\u{2028}"),
    ])
    func `texts are unescaped`(text: String, expected: Text) throws {
        #expect(try parse(text) == .text(expected))
    }

    @Test func `raw bytes that are no UTF-8 are kept`() throws {
        #expect(try JSONParser().parse([0x22, 0xFF, 0xC3, 0x22].span) == .text(Text([0xFF, 0xC3])))
    }

    @Test(arguments: [
        ("", "1:1: value expected"), ("  \n x", "2:2: value expected"), ("nul", "1:1: value expected"),
        ("1 2", "1:3: end of the text after the value expected"),
        ("01", "1:2: end of the text after the value expected"),
        ("-", "1:1: number expected"), ("1.", "1:1: number expected"), ("1e+", "1:1: number expected"),
        ("+1", "1:1: value expected"), (".5", "1:1: value expected"), ("NaN", "1:1: value expected"),
        ("[1,]", "1:4: value expected"), ("[1 2]", "1:4: comma or bracket after an array's value expected"),
        ("[", "1:2: value expected"), ("{", "1:2: name in quotes expected"),
        ("{\"a\"}", "1:5: colon after a name expected"),
        ("{\"a\":1,}", "1:8: name in quotes expected"),
        ("{\"a\":1 \"b\"}", "1:8: comma or brace after an object's value expected"),
        ("{a:1}", "1:2: name in quotes expected"), ("\"a", "1:3: quote that ends a text expected"),
        ("\"a\nb\"", "1:3: escape of a control character expected"), ("\"\\x\"", "1:2: escape that JSON has expected"),
        ("\"\\u12\"", "1:2: four digits after \\u expected"), ("\"\\", "1:3: escape expected"),
        ("\u{feff}1", "1:1: value expected"),
        ("{\"a\":1,\n \"\\u0061\":2}", "2:2: name \"a\" comes a second time in the object"),
    ])
    func `what is wrong is named with line and column`(text: String, message: String) {
        #expect(failure(text) == message)
    }

    @Test(arguments: [
        #"[{"a":1,"b":2},{"a":1,"a":2}]"#, #"[{"a":1,"b":2},{"a":1,"b":2,"a":3}]"#, #"[{"a":1,"b":2},{"b":1,"b":2}]"#,
        #"[{"a":1},{"a":{"b":1,"c":2},"a":3}]"#, #"[{"a":1,"b":2},{"a":1,"\u0061":2}]"#,
        #"[{"a\"b":1},{"a\"b":1,"a\"b":2}]"#,
    ])
    func `a name that comes twice is found, whatever the object before had`(text: String) {
        #expect(throws: JSONError.self) { try JSONParser().parse(Array(text.utf8).span) }
    }

    @Test(arguments: 0..<200)
    func `an object in a list is what it is alone`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let names = ["a", "b", "id", #"q\"uote"#, #"\u00e9"#, "\u{e9}", "", "level", #"b\\"#]
        func object(_ depth: Int) -> String {
            let count = Int.random(in: 0...5, using: &random)
            let start = Int.random(in: 0...2, using: &random)
            let members = (0..<count).map { place in
                let value = depth < 2 && Bool.random(using: &random) ? object(depth + 1) : "\(place)"
                return "\"\(names[(start + place) % 5])\" : \(value)"
            }
            return "{\(members.joined(separator: ","))}"
        }
        let objects = (0..<20).map { _ in object(0) }
        let list = try JSONParser().parse(Array("[\(objects.joined(separator: ","))]".utf8).span)
        let alone = try objects.map { try JSONParser().parse(Array($0.utf8).span) }
        #expect(list == .array(alone))
    }

    @Test func `limits hold before memory is spent`() {
        #expect(failure("12345", JSONParser(maximumByteCount: 4)) == "JSON has 5 bytes, more than the 4 that are read")
        #expect(failure("[[[1]]]", JSONParser(maximumDepth: 3)) == nil)
        #expect(
            failure("[[[[1]]]]", JSONParser(maximumDepth: 3)) == "1:4: more than 3 arrays and objects within each other"
        )
        #expect(failure("[1,2]", JSONParser(maximumValueCount: 3)) == nil)
        #expect(failure("[1,2,3]", JSONParser(maximumValueCount: 3)) == "1:6: more than 3 values")
        let deep = String(repeating: "[{\"a\":", count: 100_000)
        #expect(failure(deep) == "1:193: more than 64 arrays and objects within each other")
        #expect(failure(deep, JSONParser(maximumDepth: .max))?.contains("more than 512") == true)
    }

    @Test(arguments: 0..<10)
    func `no bytes end the process`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("{}[]\":,\\u0dct1-+.eE \n\u{e9}".utf8) + [0xFF]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...30, using: &random)
            let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            _ = try? JSONParser().parse(bytes.span)
        }
    }
}
