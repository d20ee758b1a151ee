internal import Crypto
internal import EventModel
internal import NIOSSL

/// What people want to know of a certificate.
enum CertificateText {
    /// SHA-256 of the certificate's DER form.
    static func fingerprint(_ certificate: NIOSSLCertificate) -> [UInt8]? {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        return Array(SHA256.hash(data: bytes))
    }

    /// A fingerprint as settings have it, RFC 5425, section 4.2.2.
    static func text(_ fingerprint: [UInt8]) -> String {
        var text = "sha-256"
        for byte in fingerprint {
            let digits = String(byte, radix: 16, uppercase: true)
            text += byte < 16 ? ":0\(digits)" : ":\(digits)"
        }
        return text
    }

    /// The day of a moment in seconds since the epoch, `yyyy-mm-dd`.
    static func date(_ seconds: Int) -> String {
        String(Timestamp(microseconds: Int64(seconds) * 1_000_000).canonicalText.prefix(10))
    }

    /// The names that it is for.
    static func names(_ certificate: NIOSSLCertificate) -> String {
        // NIOSSL describes a certificate as `<NIOSSLCertificate;serial_number=…;common_name=…;alternative_names=…>`.
        let parts = "\(certificate)".dropFirst().dropLast().split(separator: ";")
        for key in ["alternative_names=", "common_name="] {
            if let part = parts.first(where: { $0.hasPrefix(key) }) {
                return shown(part.dropFirst(key.count).split(separator: ",").map { "'\($0)'" }.joined(separator: ", "))
            }
        }
        return "no name"
    }

    /// The common name of who signed it, else its organization, else all that is there.
    static func issuer(_ certificate: NIOSSLCertificate) -> String {
        guard let bytes = try? certificate.toDERBytes() else { return "unknown" }
        return shown(IssuerName(bytes.span).text)
    }

    /// A sentence on a certificate.
    static func summary(_ certificate: NIOSSLCertificate) -> String {
        let print = fingerprint(certificate).map(text) ?? "no fingerprint"
        return
            "certificate for \(names(certificate)), issued by '\(issuer(certificate))', valid from \(date(certificate.notValidBefore)) to \(date(certificate.notValidAfter)), \(print)"
    }

    /// The reason in an error of the TLS library, in its words: `OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …`.
    static func reason(_ error: any Error) -> String {
        let text = "\(error)"
        if let mark = text.firstRange(of: "OPENSSL_internal:") {
            let word = text[mark.upperBound...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
            return word.lowercased().map { $0 == "_" ? " " : String($0) }.joined()
        }
        return SyslogConnection.reason(error)
    }

    /// On one line, without control characters, at most 300 of them.
    private static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}

/// Reads the issuer's name out of a certificate: the fourth or fifth part of its first part, RFC 5280, section 4.1.
private struct IssuerName {
    private(set) var text = "unknown"

    init(_ certificate: Span<UInt8>) {
        guard let whole = Self.content(at: 0, of: certificate),
            let body = Self.content(at: whole.start, of: certificate)
        else { return }
        var index = body.start
        // An optional version (tag A0), serial number, signature algorithm.
        if index < body.end, certificate[index] == 0xA0 {
            index = Self.content(at: index, of: certificate)?.end ?? body.end
        }
        for _ in 0..<2 { index = Self.content(at: index, of: certificate)?.end ?? body.end }
        guard let name = Self.content(at: index, of: certificate), name.end <= body.end else { return }
        // Common name 2.5.4.3, organization 2.5.4.10.
        for attribute in [3, 10] as [UInt8] {
            if let value = Self.value(of: attribute, in: certificate.extracting(name.start..<name.end)) {
                text = value
                return
            }
        }
    }

    /// Looks for an object identifier 2.5.4.N, and takes the string behind it.
    private static func value(of attribute: UInt8, in name: Span<UInt8>) -> String? {
        var index = 0
        while index + 7 < name.count {
            if name[index] == 0x06, name[index + 1] == 3, name[index + 2] == 0x55, name[index + 3] == 0x04,
                name[index + 4] == attribute, let value = content(at: index + 5, of: name)
            {
                return String(decoding: Array(copying: name.extracting(value.start..<value.end)), as: UTF8.self)
            }
            index += 1
        }
        return nil
    }

    /// Where the content of the element at `index` is, by its length; `nil` when it does not fit.
    private static func content(at index: Int, of bytes: Span<UInt8>) -> (start: Int, end: Int)? {
        guard index >= 0, index + 2 <= bytes.count else { return nil }
        var start = index + 2
        var length = Int(bytes[index + 1])
        if length >= 0x80 {
            let digits = length & 0x7F
            guard (1...3).contains(digits), start + digits <= bytes.count else { return nil }
            length = 0
            for _ in 0..<digits {
                length = length << 8 | Int(bytes[start])
                start += 1
            }
        }
        guard start + length <= bytes.count else { return nil }
        return (start, start + length)
    }
}
