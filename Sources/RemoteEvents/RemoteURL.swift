/// An absolute `http` or `https` URL, taken apart as far as we need: where it leads and how.
package struct RemoteURL: Equatable, Sendable {
    package enum Scheme: String, Sendable {
        case http, https
    }

    package let scheme: Scheme
    /// Name or address, in lower case; an IPv6 address without brackets.
    package let host: String
    /// The port, also where it is the scheme's usual one.
    package let port: Int
    /// Path, from its slash on, with the query if there is one; empty for none.
    package let path: String
    /// The text without a fragment and without slashes at the end of the path.
    package let text: String
    /// Whether it has a query.
    package let hasQuery: Bool
    /// Whether it has a user or password, which do not belong into it.
    package let hasUserInformation: Bool

    /// Reads a URL; `nil` for anything that is none of ours: another scheme, no host, a port beyond 65535, or bytes
    /// that a URL may only have percent-encoded.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Array("\"<>\\^`{|}".utf8).contains($0) }),
            let mark = text.firstRange(of: "://"), let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { return nil }
        let whole = text.prefix { $0 != "#" }
        guard whole.endIndex > mark.lowerBound else { return nil }
        let rest = whole[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let end = authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex
        guard let (host, port) = Self.hostAndPort(authority[end...], scheme: scheme) else { return nil }
        var path = rest[authority.endIndex...]
        hasQuery = path.contains("?")
        if !hasQuery { while path.hasSuffix("/") { path.removeLast() } }
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = String(path)
        self.text = scheme.rawValue + "://" + authority + path
        hasUserInformation = end > authority.startIndex
    }

    private static func hostAndPort(_ text: Substring, scheme: Scheme) -> (String, Int)? {
        var host = text
        var digits: Substring = ""
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            digits = text[text.index(after: end)...]
            guard digits.isEmpty || digits.hasPrefix(":") else { return nil }
            digits = digits.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            digits = text[text.index(after: colon)...]
        }
        let usual = scheme == .http ? 80 : 443
        guard !host.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = digits.isEmpty ? usual : Int(digits), (1...65535).contains(port)
        else { return nil }
        return (host.lowercased(), port)
    }

    /// Whether it leads to this machine: `localhost`, `127.0.0.0/8`, `::1`.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }

    /// Whether what is sent there can be read on the way: HTTP without TLS, to another machine.
    package var isExposed: Bool { scheme == .http && !isLoopback }

    /// Whether both lead to the same server by the same protocol, so that what one may know the other may.
    package func hasSameOrigin(as other: RemoteURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }
}
