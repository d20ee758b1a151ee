import EventModel
import TestSupport
import Testing

@Suite struct BinaryNumbersTests {
    private static let encodings: [(UInt64, [UInt8])] = [
        (0, [0]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]),
        (1 << 63, [UInt8](repeating: 0x80, count: 9) + [1]),
        (.max, [UInt8](repeating: 0xFF, count: 9) + [1]),
    ]

    @Test(arguments: encodings)
    func `a varint has seven bits a byte, the lowest first`(value: UInt64, expected: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.append(varint: value)
        #expect(bytes == expected)
    }

    @Test func `numbers come back one behind the other`() throws {
        var random = SeededGenerator(seed: 1)
        let values = (0..<500).map { random.next() >> UInt64($0 % 64) }
        var bytes: [UInt8] = []
        for value in values { bytes.append(varint: value) }
        var index = 0
        for value in values { #expect(bytes.span.varint(at: &index) == value) }
        #expect(index == bytes.count)
        #expect(bytes.span.varint(at: &index) == nil)
    }

    @Test func `fixed numbers are little-endian`() {
        var bytes: [UInt8] = [9]
        bytes.append(fixed: UInt32(0x0403_0201))
        bytes.append(fixed: UInt64(0x0807_0605_0403_0201))
        #expect(bytes == [9, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(bytes.span.fixed32(at: 1) == 0x0403_0201)
        #expect(bytes.span.fixed64(at: 5) == 0x0807_0605_0403_0201)
    }

    @Test func `a varint that does not end is none`() {
        var index = 0
        #expect([0x80, 0x80].span.varint(at: &index) == nil)
        index = 0
        #expect([UInt8](repeating: 0x80, count: 11).span.varint(at: &index) == nil)
    }

    @Test func `a text is not longer than its limit and than the bytes there are`() {
        let bytes: [UInt8] = [3, 65, 66, 67, 4, 65]
        var index = 0
        #expect(bytes.span.text(at: &index, limit: 2) == nil)
        index = 0
        #expect(bytes.span.text(at: &index, limit: 3) == [65, 66, 67])
        #expect(index == 4)
        #expect(bytes.span.text(at: &index, limit: 100) == nil)
        var huge: [UInt8] = []
        huge.append(varint: .max)
        index = 0
        #expect(huge.span.text(at: &index, limit: .max) == nil)
    }
}
