internal import Glibc
internal import NIOSSL
internal import Platform
package import Settings

/// Key `tls` of a syslog sink: whom it believes, and how it shows itself.
package struct SyslogTLSSettings: Equatable, Sendable {
    /// What is looked at in the receiver's certificate.
    package enum Verification: String, CaseIterable, Sendable {
        /// Its chain, its dates and its name.
        case full
        /// Its chain and its dates, but not its name.
        case chain
        /// Nothing, but the fingerprint where one is set.
        case none
    }

    /// A private key in PEM.
    package enum Key: Equatable, Sendable {
        /// In a file, read at each connect.
        case file(String)
        /// As the settings refer to it.
        case secret(Secret)
    }

    /// Key `ca-file`: certificates in PEM, one of which must have signed the receiver's. Read at each connect.
    /// Default: the system's.
    package var authorityFile: String?
    /// Key `certificate`: our certificate and its chain in PEM, for receivers that ask for one. Needs `key`.
    package var certificateFile: String?
    /// Key `key`: the private key of `certificate`; a path, or a reference to a secret.
    package var key: Key?
    /// Key `server-name`: the name that the certificate must have. Default: the address's host.
    package var serverName: String?
    /// Key `verify`: `full`, `chain` or `none`. Default: `full`, or `none` where `fingerprint` is set.
    package var verification = Verification.full
    /// Key `fingerprint`: SHA-256 digest of the receiver's certificate, `sha-256:` and hexadecimal pairs (RFC 5425,
    /// section 4.2.2). With it alone a certificate needs no authority.
    package var fingerprint: [UInt8]?

    /// The system's authorities, every check.
    package init() {}
}

extension SyslogTLSSettings {
    /// Reads the mapping below `tls` and reports what is wrong.
    package init(reading mapping: SettingsMapping) {
        authorityFile = Self.certificates("ca-file", mapping).path
        let certificates: [NIOSSLCertificate]
        (certificateFile, certificates) = Self.certificates("certificate", mapping)
        key = Self.key(mapping, of: certificates)
        if mapping.isSet("certificate"), !mapping.isSet("key") {
            mapping.mistake("certificate", "has no 'key' beside it; name the file of its private key")
        } else if mapping.isSet("key"), !mapping.isSet("certificate") {
            mapping.mistake("key", "has no 'certificate' beside it; name the file of the certificate")
        }
        serverName = mapping.text("server-name")
        if let serverName, SyslogAddress("tls://\(serverName)") == nil || Self.isAddress(serverName) {
            mapping.mistake("server-name", "is '\(serverName)', allowed is a name such as siem.example.com")
        }
        readFingerprint(mapping)
        verification = mapping.word("verify", default: fingerprint == nil ? .full : .none)
        if verification == .none, fingerprint == nil, mapping.isSet("verify") {
            mapping.note("verify", "lets anybody pretend to be the receiver; set 'ca-file' or 'fingerprint' instead")
        }
        mapping.finish()
    }

    /// Whether a text is an IPv4 address; one of IPv6 is no host without brackets.
    private static func isAddress(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    }

    private mutating func readFingerprint(_ mapping: SettingsMapping) {
        guard let text = mapping.text("fingerprint") else { return }
        fingerprint = Self.fingerprint(text)
        if fingerprint == nil {
            mapping.mistake(
                "fingerprint",
                "is no SHA-256 fingerprint; allowed is sha-256: and 32 pairs of hexadecimal digits with colons between "
                    + "them, as openssl x509 -fingerprint -sha256 shows")
        }
    }

    /// Reads `sha-256:AB:CD:…`, without the word or the colons too.
    static func fingerprint(_ text: String) -> [UInt8]? {
        var digits = text.lowercased()
        for prefix in ["sha-256:", "sha256:"] where digits.hasPrefix(prefix) { digits.removeFirst(prefix.count) }
        let values = digits.filter { $0 != ":" }.compactMap(\.hexDigitValue)
        guard values.count == 64, digits.allSatisfy({ $0 == ":" || $0.isHexDigit }) else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    /// A file that holds certificates, and those.
    private static func certificates(
        _ key: String, _ mapping: SettingsMapping
    ) -> (path: String?, certificates: [NIOSSLCertificate]) {
        guard let path = mapping.filePath(key) else { return (nil, []) }
        guard let bytes = mapping.contents(of: path, key) else { return (path, []) }
        let certificates = (try? NIOSSLCertificate.fromPEMBytes(bytes)) ?? []
        if certificates.isEmpty {
            mapping.mistake(key, "'\(path)' holds no certificate; allowed is PEM, -----BEGIN CERTIFICATE-----")
        }
        // No mistake: the daemon shall start, and its other sinks run.
        if let old = certificates.first(where: { $0.notValidAfter < time(nil) }) {
            mapping.note(
                key,
                "'\(path)' holds a certificate for \(CertificateText.names(old)) that expired on "
                    + "\(CertificateText.date(old.notValidAfter)); renew it")
        }
        return (path, certificates)
    }

    private static func key(_ mapping: SettingsMapping, of certificates: [NIOSSLCertificate]) -> Key? {
        guard mapping.isSet("key") else { return nil }
        if mapping.isMapping("key") {
            guard let secret = mapping.secret("key") else { return nil }
            check(secret.reveal(), "refers to something that is", mapping, certificates)
            return .secret(secret)
        }
        guard let path = mapping.filePath("key") else { return nil }
        if let bytes = mapping.contents(of: path, "key") { check(bytes, "'\(path)' holds", mapping, certificates) }
        return .file(path)
    }

    /// Looks whether `bytes` are a private key, and that of the first certificate.
    private static func check(
        _ bytes: [UInt8], _ subject: String, _ mapping: SettingsMapping, _ certificates: [NIOSSLCertificate]
    ) {
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            return mapping.mistake("key", "\(subject) no private key in PEM without a password")
        }
        guard !certificates.isEmpty else { return }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = certificates.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        // Nothing is connected here. The library never frees a context that it refuses, and the system's authorities would
        // be in it: several hundred KiB at each reload.
        configuration.certificateVerification = .none
        // The TLS library takes a certificate with its own key only.
        guard (try? NIOSSLContext(configuration: configuration)) == nil else { return }
        mapping.mistake(
            "key", "does not belong to the first certificate of 'certificate'; name the key that it was made for")
    }
}
