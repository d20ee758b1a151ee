internal import EventModel
internal import NIOSSL

/// What decides whether a certificate is believed, read out of its DER form. RFC 5280, section 4.
struct CertificateFacts: Equatable {
    /// The name of whom it is for, and of who signed it, in DER.
    let subject: [UInt8]
    let issuer: [UInt8]
    /// From when to when it is valid, in seconds since the epoch.
    let notBefore: Int
    let notAfter: Int

    /// The whole certificate.
    private let bytes: [UInt8]
    /// Whether its basic constraints make it an authority's, section 4.2.1.9.
    private var hasAuthorityMark: Bool
    /// Whether its extended key usage, section 4.2.1.12, is absent or has servers.
    private var hasServerMark = true
    /// First byte of its key usage, section 4.2.1.3; all of them where it has none.
    private var keyUsage: UInt8 = 0xFF

    /// `nil` for a certificate that cannot be read.
    init?(_ certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes(), let whole = DERElement.all(in: bytes.span).first else {
            return nil
        }
        let signed = bytes.span.extracting(whole.content)
        guard let first = DERElement.all(in: signed).first else { return nil }
        let body = signed.extracting(first.content)
        // An optional version, serial number, signature algorithm; issuer, validity, subject, key.
        let all = DERElement.all(in: body)
        let hasVersion = all.first?.tag == 0xA0
        let fields = Array(all.dropFirst(hasVersion ? 3 : 2))
        guard fields.count >= 4 else { return nil }
        self.bytes = bytes
        issuer = Array(copying: body.extracting(fields[0].content))
        subject = Array(copying: body.extracting(fields[2].content))
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
        // The first version has no marks; a root of it is believed to be an authority.
        hasAuthorityMark = !hasVersion && issuer == subject
        if let extensions = fields.first(where: { $0.tag == 0xA3 }) { read(body.extracting(extensions.content)) }
    }

    /// Whether it names itself as its issuer: a root, or a receiver without an authority.
    var isSelfIssued: Bool { subject == issuer }
    /// Whether it may sign other certificates.
    var isAuthority: Bool { hasAuthorityMark && keyUsage & 0x04 != 0 }
    /// Whether what it signs may be a server's.
    var allowsServers: Bool { hasServerMark }
    /// Whether a server may show it: its key signs, encrypts or agrees upon keys.
    var isForServers: Bool { hasServerMark && keyUsage & 0xA8 != 0 }

    /// What people call whom it is for, and who signed it.
    var subjectName: String { DistinguishedName.text(subject.span) }
    var issuerName: String { DistinguishedName.text(issuer.span) }

    private mutating func read(_ extensions: Span<UInt8>) {
        guard let list = DERElement.all(in: extensions).first else { return }
        let items = extensions.extracting(list.content)
        for item in DERElement.all(in: items) {
            // An identifier, whether it is critical, its content in a string of bytes.
            let parts = items.extracting(item.content)
            let elements = DERElement.all(in: parts)
            guard let value = elements.last, value.tag == 0x04, elements[0].content.count == 3 else { continue }
            let name = parts.extracting(elements[0].content)
            let wrapped = parts.extracting(value.content)
            guard name[0] == 0x55, name[1] == 0x1D, let inner = DERElement.all(in: wrapped).first else { continue }
            let content = wrapped.extracting(inner.content)
            switch name[2] {
            case 15: if content.count >= 2 { keyUsage = content[1] }
            case 19: hasAuthorityMark = DERElement.all(in: content).first?.tag == 0x01
            case 37: hasServerMark = Self.hasServers(content)
            default: break
            }
        }
    }

    /// Whether 1.3.6.1.5.5.7.3.1 is in the list.
    private static func hasServers(_ list: Span<UInt8>) -> Bool {
        let wanted: [UInt8] = [0x2B, 6, 1, 5, 5, 7, 3, 1]
        return DERElement.all(in: list).contains { Array(copying: list.extracting($0.content)) == wanted }
    }
}
