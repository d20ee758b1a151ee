internal import NIOCore
internal import NIOSSL
internal import Platform
package import Settings

/// Key `api.tls`: how the API shows who it is, and whose certificates it believes.
///
/// The files are read with the settings, so that a reload takes new ones.
package struct APITLSSettings: Equatable, Sendable {
    /// Key `certificate`: the file of our certificate and its chain in PEM; what it holds.
    package var certificate: [UInt8] = []
    /// Key `key`: the private key of `certificate` in PEM; a path, or a reference to a secret.
    package var key = Secret([])
    /// Key `ca-file`: the file of authorities in PEM; what it holds. Whoever has a certificate of one of them needs no
    /// token. Default: nobody is asked for a certificate.
    package var authorities: [UInt8]?

    package init() {}

    /// Reads the mapping below `tls` and reports what is wrong.
    package init(reading mapping: SettingsMapping) {
        mapping.require("certificate", "name the file of the server's certificate in PEM")
        mapping.require("key", "name the file of the certificate's private key in PEM")
        certificate = Self.certificates("certificate", mapping) ?? []
        key = Self.key(mapping) ?? key
        authorities = Self.certificates("ca-file", mapping)
        mapping.finish()
        guard !certificate.isEmpty, key != Secret([]) else { return }
        if (try? NIOSSLContext(configuration: serverConfiguration())) == nil {
            mapping.mistake("key", "is not the private key of 'certificate'; name the two that belong together")
        }
    }

    /// - Throws: an error of NIOSSL when a certificate or the key cannot be used.
    func serverConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key.reveal(), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .milliseconds(500)
        if let authorities {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
            // Who shows none may still have the token.
            configuration.certificateVerification = .optionalVerification
        }
        return configuration
    }

    private static func certificates(_ key: String, _ mapping: SettingsMapping) -> [UInt8]? {
        guard let path = mapping.filePath(key), let bytes = mapping.contents(of: path, key) else { return nil }
        if ((try? NIOSSLCertificate.fromPEMBytes(bytes)) ?? []).isEmpty {
            mapping.mistake(key, "'\(path)' holds no certificate; allowed is PEM, -----BEGIN CERTIFICATE-----")
            return nil
        }
        return bytes
    }

    private static func key(_ mapping: SettingsMapping) -> Secret? {
        let secret: Secret?
        if mapping.isMapping("key") {
            secret = mapping.secret("key")
        } else {
            secret = mapping.filePath("key").flatMap { mapping.contents(of: $0, "key") }.map(Secret.init)
        }
        guard let secret else { return nil }
        if (try? NIOSSLPrivateKey(bytes: secret.reveal(), format: .pem)) == nil {
            mapping.mistake("key", "holds no private key in PEM without a password")
            return nil
        }
        return secret
    }
}
