import TestSupport
import Testing

@testable import LocalAPI

@Suite struct JSONObjectSplitterTests {
    /// The objects of a body, taken apart by the splitter.
    private func objects(_ body: String) throws(SplitError) -> [String] {
        var splitter = JSONObjectSplitter()
        var objects: [[UInt8]] = []
        for byte in body.utf8 {
            switch try splitter.step(byte) {
            case .outside: break
            case .begins: objects.append([byte])
            case .inside, .ends: objects[objects.count - 1].append(byte)
            }
        }
        try splitter.finish()
        return objects.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("{}", ["{}"]), (" { } ", ["{ }"]), ("[]", []), ("[{},{ }]\n", ["{}", "{ }"]), ("{}\n{}\r\n", ["{}", "{}"]),
        (#"{"a":"}{"}{"b":[{"c":"]"}]}"#, [#"{"a":"}{"}"#, #"{"b":[{"c":"]"}]}"#]),
        (#"[{"a":"\\"},{"b":"\"}"}]"#, [#"{"a":"\\"}"#, #"{"b":"\"}"}"#]),
    ])
    func `objects are found wherever brackets stand in texts`(body: String, expected: [String]) throws {
        #expect(try objects(body) == expected)
    }

    @Test(arguments: [
        "", "[", "[{}", "[{},", "{", #"{"a"#, #"{"a\"#, "[{} {}]", "{},{}", "[{}][]", "[{}]{}", "1", "]", "[,]",
        "[{},]",
    ])
    func `anything else is refused`(body: String) {
        #expect(throws: SplitError.self) { try objects(body) }
    }

    @Test(arguments: 0..<200)
    func `what is joined comes apart again`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let texts = ["{}", #"{"a":"[{\"}"}"#, #"{"x":{"y":[{},{"z":"\\"}]}}"#, "{\"t\":\"\u{1F600}}\"}"]
        let expected = (0..<Int.random(in: 1...20, using: &random)).map { _ in texts.randomElement(using: &random)! }
        let isArray = Bool.random(using: &random)
        let body = isArray ? "[" + expected.joined(separator: " ,\n") + "]" : expected.joined(separator: "\n")
        #expect(try objects(body) == expected)
    }

    @Test(arguments: 0..<200)
    func `a stream is cut into the same requests however it comes`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...3000, using: &random)
        let body = (0..<count).map { #"{"message":"\#($0)"}"# }.joined(separator: "\n")
        var whole = EmitStream()
        var expected = try whole.append(body.utf8)
        if let last = try whole.finish() { expected.append(last) }
        var pieces = EmitStream()
        var parts: [EmitStream.Part] = []
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            let size = min(Int.random(in: 1...50_000, using: &random), rest.count)
            parts += try pieces.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        if let last = try pieces.finish() { parts.append(last) }
        #expect(parts == expected)
        #expect(parts.map(\.firstEvent) == Array(stride(from: 0, to: count, by: EmitStream.maximumEventCount)))
    }
}
