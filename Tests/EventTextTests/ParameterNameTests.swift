import EventModel
import EventText
import TestSupport
import Testing

@Suite struct ParameterNameTests {
    private func key(_ name: Text) -> String {
        var buffer: [UInt8] = []
        ParameterName.append(name.bytes.span, to: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }

    @Test(arguments: [
        ("", "_x"), ("_x", "_x5Fx"), ("_PID", "_PID"), ("a.b", "a.b"), (".", "_x2E"), (".a", "_x2Ea"),
        ("a.", "a_x2E"), ("a..b", "a._x2Eb"), ("a b", "a_x20b"), ("é", "_xC3_xA9"), ("_x41", "_x5Fx41"),
        ("__x5F", "__x5Fx5F"), ("_x4", "_x4"), ("_xab", "_xab"), ("a=\"", "a_x3D_x22"), ("_x2.", "_x2_x2E"),
    ])
    func `a name becomes a key and the key the name`(name: String, expected: String) {
        #expect(key(Text(name)) == expected)
        #expect(ParameterName.decoded(Array(expected.utf8).span) == Text(name))
    }

    @Test(arguments: 0..<20)
    func `any name comes back, and its key has the grammar of keys`(seed: Int) {
        var generator = EventGenerator(seed: seed)
        for _ in 0..<500 {
            let name = generator.name()
            let key = key(name)
            #expect(ParameterName.decoded(Array(key.utf8).span) == name)
            for part in key.split(separator: ".", omittingEmptySubsequences: false) {
                #expect(!part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            }
        }
    }
}
