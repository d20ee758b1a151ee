internal import NIOSSL

extension RemoteSettings {
    /// How we trust the server and show who we are: certificates are always verified, TLS 1.2 is the least.
    ///
    /// - Throws: ``RemoteFailure`` when a file cannot be used; it is read again at the next try.
    func tlsConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities {
            let certificates = try Self.reading(authorities, "ca-file", "a certificate in PEM") {
                try NIOSSLCertificate.fromPEMFile(authorities)
            }
            configuration.trustRoots = .certificates(certificates)
        }
        if let clientCertificate, let clientKey {
            configuration.certificateChain = try Self.reading(
                clientCertificate, "client-certificate", "a certificate in PEM"
            ) { try NIOSSLCertificate.fromPEMFile(clientCertificate).map { .certificate($0) } }
            configuration.privateKey = try Self.reading(
                clientKey, "client-key", "a private key in PEM without a passphrase"
            ) { .privateKey(try NIOSSLPrivateKey(file: clientKey, format: .pem)) }
        }
        return configuration
    }

    private static func reading<Value>(
        _ path: String, _ key: String, _ what: String, _ read: () throws -> Value
    ) throws -> Value {
        do {
            return try read()
        } catch {
            throw RemoteFailure(
                .credentials,
                "File '\(path)' (\(key)) cannot be used; it must be \(what) and readable by the service's user.")
        }
    }
}
