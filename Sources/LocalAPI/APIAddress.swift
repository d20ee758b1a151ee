/// A TCP address that the API listens at: `host:port`, an IPv6 address in brackets.
package struct APIAddress: Equatable, Sendable, CustomStringConvertible {
    /// A name or an IP address, an IPv6 address without brackets.
    package let host: String
    /// 1 to 65535; 0 lets the system choose, which settings do not allow.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads an address; `nil` for anything that is none.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), text.utf8.count <= 262 else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        let isName = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%")]
                    .contains(byte)
        }
        guard !host.isEmpty, isName, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.utf8.count <= 5,
            let port = Int(digits), (1...65_535).contains(port)
        else { return nil }
        self.init(host: String(host), port: port)
    }

    /// Whether only this machine can reach it: `localhost`, `127.0.0.0/8`, `::1`.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }

    package var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
