import EventModel

/// An IP address as programs write it: exactly what inet_pton(3) takes, and a zone behind an IPv6 address.
struct AddressText: Equatable {
    enum Family {
        case ip4, ip6
    }

    let family: Family
    /// Which bytes are the address as SIEMs take it: without the zone, which says something on one machine only
    /// (RFC 4007, section 11), and of an IPv4 address mapped to IPv6 (RFC 4291, section 2.5.5.2) the former.
    let bytes: Range<Int>

    /// `nil` for anything that is no address.
    init?(_ text: Span<UInt8>) {
        // 45 bytes of an address, `%`, and 15 of a network interface's name; some write longer zones.
        guard text.count <= 128 else { return nil }
        if Self.isFour(text) {
            self.init(.ip4, 0..<text.count)
            return
        }
        var end = 0
        while end < text.count, text[end] != UInt8(ascii: "%") { end += 1 }
        guard end == text.count || Self.isZone(text.extracting(end + 1..<text.count)) else { return nil }
        let address = text.extracting(0..<end)
        guard Self.isSix(address) else { return nil }
        if let start = Self.startOfMapped(address) {
            self.init(.ip4, start..<end)
        } else {
            self.init(.ip6, 0..<end)
        }
    }

    private init(_ family: Family, _ bytes: Range<Int>) {
        self.family = family
        self.bytes = bytes
    }

    /// Four decimal numbers up to 255 without leading zeros, and dots between them.
    private static func isFour(_ text: Span<UInt8>) -> Bool {
        var count = 0
        var number = 0
        var digitCount = 0
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: "."), digitCount > 0, count < 3 {
                count += 1
                (number, digitCount) = (0, 0)
            } else if (0x30...0x39).contains(byte), digitCount == 0 || number > 0 {
                number = number * 10 + Int(byte - 0x30)
                digitCount += 1
                guard number <= 255 else { return false }
            } else {
                return false
            }
        }
        return count == 3 && digitCount > 0
    }

    /// Eight groups of at most four hexadecimal digits and colons between them; `::` stands once for at least one
    /// group of zeros, and the last two may be an IPv4 address. RFC 4291, section 2.2.
    private static func isSix(_ text: Span<UInt8>) -> Bool {
        var count = 0
        var hasGap = false
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return false }
            hasGap = true
            index = 2
        }
        while index < text.count {
            let start = index
            while index < text.count, hexadecimalValue(text[index]) != nil { index += 1 }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                count += 2
                guard isFour(text.extracting(start..<text.count)) else { return false }
                break
            }
            guard (1...4).contains(index - start) else { return false }
            count += 1
            guard index < text.count else { break }
            guard text[index] == UInt8(ascii: ":"), index + 1 < text.count else { return false }
            index += 1
            if text[index] == UInt8(ascii: ":") {
                guard !hasGap else { return false }
                hasGap = true
                index += 1
            }
        }
        return hasGap ? count < 8 : count == 8
    }

    private static func isZone(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0 else { return false }
        for index in text.indices where text[index] <= 0x20 || text[index] >= 0x7F || text[index] == UInt8(ascii: "%") {
            return false
        }
        return true
    }

    /// Where the IPv4 address begins in `::ffff:a.b.c.d`; `nil` in any other.
    private static func startOfMapped(_ address: Span<UInt8>) -> Int? {
        guard address.count > mappedPrefix.count else { return nil }
        for (index, byte) in mappedPrefix.enumerated() {
            // In letters of either case; a colon has the bit of small ones.
            guard address[index] | 0x20 == byte else { return nil }
        }
        guard isFour(address.extracting(mappedPrefix.count..<address.count)) else { return nil }
        return mappedPrefix.count
    }

    private static let mappedPrefix = Array("::ffff:".utf8)
}
