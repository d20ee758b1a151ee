/// Where a syslog receiver listens: `udp://host:port`, `tcp://host:port` or `tls://host:port`.
package struct SyslogAddress: Hashable, Sendable, CustomStringConvertible {
    /// How messages get there.
    package enum Transport: String, CaseIterable, Sendable {
        /// Datagrams, RFC 5426.
        case udp
        /// A stream, RFC 6587.
        case tcp
        /// A stream below TLS, RFC 5425.
        case tls

        /// The port where none is given: 514, and 6514 with TLS.
        package var defaultPort: Int { self == .tls ? 6514 : 514 }
    }

    package let transport: Transport
    /// A name or an IP address, an IPv6 address without brackets.
    package let host: String
    /// 1 to 65535.
    package let port: Int

    package init(_ transport: Transport, host: String, port: Int) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    /// Reads an address; `nil` for anything that is none.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: "://"),
            let transport = Transport(rawValue: String(text[..<mark.lowerBound]))
        else { return nil }
        var rest = text[mark.upperBound...]
        if rest.hasSuffix("/") { rest.removeLast() }
        let host: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            guard host.contains(":"), host.utf8.allSatisfy({ Self.isAddressByte($0) }) else { return nil }
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            guard host.utf8.allSatisfy({ Self.isNameByte($0) }) else { return nil }
            rest = rest[host.endIndex...]
        }
        guard !host.isEmpty, host.utf8.count <= 255 else { return nil }
        var port = transport.defaultPort
        if rest.hasPrefix(":") {
            let digits = rest.dropFirst()
            guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(digits), (1...65_535).contains(number)
            else { return nil }
            port = number
        } else if !rest.isEmpty {
            return nil
        }
        self.init(transport, host: String(host), port: port)
    }

    package var description: String {
        "\(transport.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Of an IPv6 address; `%` begins a zone.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")
    }
}
