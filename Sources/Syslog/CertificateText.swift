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

    /// What people call who signed it.
    static func issuer(_ certificate: NIOSSLCertificate) -> String {
        shown(CertificateFacts(certificate)?.issuerName ?? "unknown")
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
        if text.contains("EOF during handshake") { return "the receiver has closed the connection" }
        return SyslogConnection.reason(error)
    }

    /// On one line, without control characters, at most 300 of them.
    static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}
