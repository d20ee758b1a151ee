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
    package func issue(
        _ file: String, names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 3650
    ) throws -> Pair {
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(file)",
            "-keyout", "\(file).key", "-out", "\(file).request")
        try Data("subjectAltName=\(names)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file).names"))
        try openssl(
            "x509", "-req", "-in", "\(file).request", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "\(days)", "-extfile", "\(file).names", "-out", "\(file).pem")
        return Pair(certificate: "\(folder)/\(file).pem", key: "\(folder)/\(file).key")
    }

    private func openssl(_ arguments: String...) throws {
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
