internal import EventModel
internal import EventText

/// What a request shows of who sends it: a token, a password or an access key, and a name that nobody checks.
struct Credentials: Equatable {
    /// User name of Basic authentication (RFC 7617), or else of an Iguazio session; empty without one.
    private(set) var name = Text.empty
    /// Tokens, passwords and access keys, in the order of the headers.
    private(set) var secrets: [[UInt8]] = []

    /// - Parameters:
    ///   - authorization: the header `Authorization`, `Bearer TOKEN` or `Basic base64(user:password)`.
    ///   - cookie: the header `Cookie`, of which `session` counts.
    init(authorization: String?, cookie: String?) {
        if let authorization { read(authorization: authorization) }
        for pair in (cookie ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingSpaces }
            if parts.count == 2, parts[0] == "session" { read(session: parts[1]) }
        }
    }

    private mutating func read(authorization: String) {
        let parts = authorization.split(separator: " ", maxSplits: 1).map { $0.trimmingSpaces }
        guard parts.count == 2 else { return }
        switch parts[0].lowercased() {
        case "bearer": secrets.append(Array(parts[1].utf8))
        case "basic":
            guard let bytes = base64Decoded(parts[1]), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
                return
            }
            name = Text(Array(bytes[..<colon]))
            secrets.append(Array(bytes[(colon + 1)...]))
        default: break
        }
    }

    /// Reads `j:{"sid": "KEY"}`, also percent-encoded.
    private mutating func read(session: String) {
        let bytes = percentDecoded(session)
        guard bytes.starts(with: Array("j:".utf8)),
            let value = try? JSONParser(maximumValueCount: 100).parse(Array(bytes.dropFirst(2)).span),
            let key = value["sid"]?.nonEmptyText
        else { return }
        secrets.append(key.bytes)
        if name.isEmpty { name = value["username"]?.nonEmptyText ?? .empty }
    }
}

/// RFC 4648, section 4; `nil` for anything that is none.
private func base64Decoded(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var bitCount = 0
    for digit in text.utf8.prefix(while: { $0 != UInt8(ascii: "=") }) {
        let value: UInt8
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - 0x41
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - 0x61 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - 0x30 + 52
        case UInt8(ascii: "+"): value = 62
        case UInt8(ascii: "/"): value = 63
        default: return nil
        }
        bits = bits << 6 | UInt32(value)
        bitCount += 6
        guard bitCount >= 8 else { continue }
        bitCount -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
    }
    return bytes
}

extension Substring {
    /// Without spaces and tabs around it.
    fileprivate var trimmingSpaces: String {
        var rest = self.drop { $0 == " " || $0 == "\t" }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
