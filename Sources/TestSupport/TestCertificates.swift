internal import Foundation

/// An authority and certificates that it has signed, made by `openssl` in a folder of a test.
package struct TestCertificates: Sendable {
    /// A certificate in PEM, and the private key that belongs to it.
    package struct Pair: Sendable {
        /// Path of the certificate.
        package let certificate: String
        /// Path of its key.
        package let key: String
    }

    /// A call of `openssl` that failed.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Path of the authority's certificate.
    package var authority: String { folder + "/authority.pem" }
    /// The authority's certificate and its key, for a server that shows it as its own.
    package var authorityPair: Pair { Pair(certificate: authority, key: folder + "/authority.key") }

    private let folder: String

    /// Makes an authority.
    ///
    /// - Parameters:
    ///   - folder: an empty folder, in which everything is kept.
    ///   - name: the authority's common name.
    package init(in folder: String, name: String = "Test Authority") throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
            "-subj", "/CN=\(name)", "-keyout", "authority.key", "-out", "authority.pem")
    }

    /// Makes a certificate.
    ///
    /// - Parameters:
    ///   - file: name of its files, without an ending.
    ///   - names: as `subjectAltName` has them.
    ///   - days: how long it is valid; -1 for one that has expired.
    ///   - usage: `extendedKeyUsage`; `nil` for none.
    ///   - signer: who signs it: `authority`, or a file of ``makeAuthority(_:name:days:signer:)``.
    package func issue(
        _ file: String, names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 3650, usage: String? = nil,
        signer: String = "authority"
    ) throws -> Pair {
        let usage = usage.map { "\nextendedKeyUsage=\($0)" } ?? ""
        try sign(file, name: file, days: days, extensions: "subjectAltName=\(names)\(usage)\n", signer: signer)
        return Pair(certificate: "\(folder)/\(file).pem", key: "\(folder)/\(file).key")
    }

    /// Makes another authority.
    ///
    /// - Parameter signer: who signs it; `nil` for a root.
    /// - Returns: path of its certificate.
    package func makeAuthority(
        _ file: String, name: String, days: Int = 3650, signer: String? = "authority"
    ) throws -> String {
        try sign(
            file, name: name, days: days, extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n",
            signer: signer)
        return "\(folder)/\(file).pem"
    }

    /// Puts certificates behind that of a pair, as a server sends them.
    package func chained(_ pair: Pair, _ certificates: String...) throws -> Pair {
        let path = pair.certificate + ".chain"
        try join([pair.certificate] + certificates, to: path)
        return Pair(certificate: path, key: pair.key)
    }

    /// Puts certificates into one file.
    package func join(_ certificates: [String], to path: String) throws {
        let contents = try certificates.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        try contents.reduce(Data(), +).write(to: URL(fileURLWithPath: path))
    }

    private func sign(_ file: String, name: String, days: Int, extensions: String, signer: String?) throws {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(file).key", "-out", "\(file).request")
        try Data(extensions.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file).extensions"))
        let arguments =
            signer.map { ["-CA", "\($0).pem", "-CAkey", "\($0).key", "-CAcreateserial"] } ?? [
                "-signkey", "\(file).key",
            ]
        try openssl(
            ["x509", "-req", "-in", "\(file).request"] + arguments
                + ["-days", "\(days)", "-extfile", "\(file).extensions", "-out", "\(file).pem"])
    }

    private func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let words = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "openssl \(arguments[0]): \(String(decoding: words, as: UTF8.self))")
        }
    }
}
