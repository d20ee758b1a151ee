import Platform
import TestSupport
import Testing

@Suite struct ChecksumTests {
    /// RFC 3720, appendix B.4, whose checksums stand there in the order of the bytes on the wire.
    @Test func `the vectors of RFC 3720 come out`() {
        let zeros = [UInt8](repeating: 0, count: 32)
        let ones = [UInt8](repeating: 0xFF, count: 32)
        let rising = Array(UInt8(0)...31)
        let falling = Array(rising.reversed())
        let command: [UInt8] = [
            0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0,
            0x18,
            0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(Checksum.of(zeros.span) == 0x8A91_36AA)
        #expect(Checksum.of(ones.span) == 0x62A8_AB43)
        #expect(Checksum.of(rising.span) == 0x46DD_794E)
        #expect(Checksum.of(falling.span) == 0x113F_DB5C)
        #expect(Checksum.of(command.span) == 0xD996_3A56)
    }

    @Test func `the check value of CRC-32C comes out`() {
        #expect(Checksum.of(Array("123456789".utf8).span) == 0xE306_9283)
        #expect(Checksum().value == 0)
    }

    @Test(arguments: 0..<50)
    func `any split of the bytes gives the same`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        var checksum = Checksum()
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            checksum.add(Array(bytes[start..<end]).span)
            start = end
        }
        #expect(checksum.value == Checksum.of(bytes.span))
        #expect(checksum.value == bitwise(bytes))
    }

    @Test func `a number adds its bytes, the lowest first`() {
        var number = Checksum()
        number.add(0x0807_0605_0403_0201)
        #expect(number.value == Checksum.of(Array(UInt8(1)...8).span))
    }

    @Test func `a flipped bit is noticed`() {
        let bytes = (0..<64).map { UInt8($0) }
        let value = Checksum.of(bytes.span)
        for bit in 0..<512 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Checksum.of(damaged.span) != value)
        }
    }

    private func bitwise(_ bytes: [UInt8]) -> UInt32 {
        var state = UInt32.max
        for byte in bytes {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
        }
        return ~state
    }
}
