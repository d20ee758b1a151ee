import EventModel
import Glibc
import TestSupport
import Testing

@testable import EventText

@Suite struct AddressTextTests {
    private static func reading(_ text: String) -> (family: AddressText.Family, address: String)? {
        let bytes = Array(text.utf8)
        guard let address = AddressText(bytes.span) else { return nil }
        return (address.family, String(decoding: bytes[address.bytes], as: UTF8.self))
    }

    @Test(arguments: [
        ("192.0.2.7", AddressText.Family.ip4, "192.0.2.7"), ("0.0.0.0", .ip4, "0.0.0.0"),
        ("255.255.255.255", .ip4, "255.255.255.255"), ("::", .ip6, "::"), ("::1", .ip6, "::1"),
        ("2001:DB8::7", .ip6, "2001:DB8::7"), ("1:2:3:4:5:6:7:8", .ip6, "1:2:3:4:5:6:7:8"),
        ("fe80::1%eth0", .ip6, "fe80::1"), ("fe80::1%1", .ip6, "fe80::1"), ("::ffff:192.0.2.7", .ip4, "192.0.2.7"),
        ("::FFFF:192.0.2.7%eth0", .ip4, "192.0.2.7"), ("64:ff9b::192.0.2.33", .ip6, "64:ff9b::192.0.2.33"),
    ])
    func `an address is known, without what only its own machine understands`(
        text: String, family: AddressText.Family, address: String
    ) throws {
        let reading = try #require(Self.reading(text))
        #expect(reading.family == family && reading.address == address)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "999.999.999.999", "01.2.3.4", "1.2.3.", "1..2.3", "1.2.3.4%eth0",
        "1.2.3.4:22", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1:2:3:4:5:6:7:8", "12345::",
        "1:2:", ":1", "fe80::1%", "fe80::1%a b", "%eth0", "aa:bb:cc", "00:11:22:33:44:55", "10:11:12", "::1.2.3",
        "1.2.3.4::", "::g", "localhost", "host.example.com", "?", "::ffff:1.2.3.256",
    ])
    func `what is no address is none`(text: String) {
        #expect(AddressText(Array(text.utf8).span) == nil)
    }

    @Test(arguments: 0..<50)
    func `what it knows is exactly what the system's own reader takes`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let parts = [":", ":", "::", ".", "0", "1", "25", "255", "256", "ff", "FFFF", "12345", "1.2.3.4", "g"]
        for _ in 0..<4000 {
            let text = (0..<Int.random(in: 1...16, using: &random))
                .map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }.joined()
            var address = in6_addr()
            // Both are larger than an address of either family, and the text is valid during the calls.
            let isFour = unsafe inet_pton(AF_INET, text, &address) == 1
            let isSix = unsafe inet_pton(AF_INET6, text, &address) == 1
            #expect((AddressText(Array(text.utf8).span) != nil) == (isFour || isSix), "\(text)")
        }
    }
}
