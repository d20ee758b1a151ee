internal import Foundation
internal import NIOSSL
internal import TestSupport

/// A certificate with its private key: paths of two files in PEM.
package struct Identity: Sendable {
    package let certificate: String
    package let key: String
}

/// How a server shows who it is, and whom it lets in.
package struct ServerTLS: Sendable {
    package let identity: Identity
    /// Path of the certificates of those whose clients it lets in; `nil`: nobody is asked for a certificate.
    package let clientAuthorities: String?
    /// Whether it speaks TLS 1.3, where a client hears of its refusal only after the handshake.
    package let speaksNewest: Bool

    package init(_ identity: Identity, clientAuthorities: String? = nil, speaksNewest: Bool = true) {
        self.identity = identity
        self.clientAuthorities = clientAuthorities
        self.speaksNewest = speaksNewest
    }

    func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(identity.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem)))
        if !speaksNewest { configuration.maximumTLSVersion = .tlsv12 }
        if let clientAuthorities {
            configuration.trustRoots = .file(clientAuthorities)
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }
}

/// An authority of a test's own, made by `openssl` in a folder that goes with it.
package final class CertificateAuthority {
    package struct CannotMake: Error, CustomStringConvertible {
        package let arguments: [String]
        package let messages: String
        package var description: String { "openssl \(arguments.joined(separator: " ")): \(messages)" }
    }

    /// Path of its certificate.
    package let certificate: String
    private let folder = TemporaryFolder()
    private var count = 0

    private static let configuration = """
        [ca]
        default_ca = authority
        [authority]
        database = index
        serial = serial
        new_certs_dir = .
        default_md = sha256
        policy = any
        copy_extensions = copy
        unique_subject = no
        [any]
        commonName = supplied
        """

    package init() throws {
        certificate = folder.path + "/ca.pem"
        for (name, text) in [("ca.cnf", Self.configuration), ("index", ""), ("serial", "1000")] {
            try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/\(name)"))
        }
        try run(["req", "-x509", "-days", "30", "-subj", "/CN=Test Authority"] + key("ca") + ["-out", "ca.pem"])
    }

    /// Vouches for somebody.
    ///
    /// - Parameters:
    ///   - names: what it is called, in openssl's words: `IP:127.0.0.1`, `DNS:localhost`.
    ///   - from: when the certificate begins to be valid, as `yyyymmddhhmmssZ`; likewise `to`, when it ends.
    package func issue(
        _ names: String = "IP:127.0.0.1", from: String = "20200101000000Z", to: String = "20991231235959Z"
    ) throws -> Identity {
        count += 1
        let name = "issued\(count)"
        try run(
            ["req", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)"] + key(name)
                + ["-out", "\(name).csr"])
        try run([
            "ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-notext", "-startdate", from,
            "-enddate", to, "-in", "\(name).csr", "-out", "\(name).pem",
        ])
        return Identity(certificate: "\(folder.path)/\(name).pem", key: "\(folder.path)/\(name).key")
    }

    /// Puts its certificate in the place of another file.
    package func copyCertificate(to path: String) throws {
        try Data(contentsOf: URL(filePath: certificate)).write(to: URL(filePath: path))
    }

    private func key(_ name: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key"]
    }

    private func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder.path)
        let messages = Pipe()
        process.standardError = messages
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = messages.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CannotMake(arguments: arguments, messages: String(decoding: data, as: UTF8.self))
        }
    }
}
