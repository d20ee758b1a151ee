import Settings
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct APISettingsTests {
    private func read(_ yaml: String, environment: [String: String] = ["TOKEN": "0123456789abcdef"])
        -> (settings: APISettings, mistakes: [String], notes: [String])
    {
        let machine = SettingsSurroundings.machine
        let surroundings = SettingsSurroundings(
            fileSystem: machine.fileSystem, environment: { environment[$0] }, isReadableByOthers: { _ in false })
        let root = SettingsFile.read([("t.yaml", Array(yaml.utf8))], surroundings: surroundings)
        let settings = APISettings(reading: root)
        return (settings, root.report.mistakes.map(\.description), root.report.notes.map(\.description))
    }

    @Test(arguments: [
        ("127.0.0.1:8443", "127.0.0.1", 8443, true), ("[::1]:80", "::1", 80, true),
        ("localhost:1", "localhost", 1, true),
        ("127.9.9.9:65535", "127.9.9.9", 65_535, true), ("0.0.0.0:80", "0.0.0.0", 80, false),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80, false), ("node1.example.com:80", "node1.example.com", 80, false),
        ("127.0.0.1.example.com:80", "127.0.0.1.example.com", 80, false),
    ])
    func `an address has a host and a port`(text: String, host: String, port: Int, isLoopback: Bool) throws {
        let address = try #require(APIAddress(text))
        #expect(address == APIAddress(host: host, port: port))
        #expect(address.isLoopback == isLoopback)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", ":80", "host", "host:", "host:0", "host:65536", "host:-1", "host:8 0", "::1:80", "[::1]", "[]:80",
        "[host]:80", "a b:80", "http://host:80", "host:80/path",
    ])
    func `what is no address is none`(text: String) {
        #expect(APIAddress(text) == nil)
    }

    @Test func `on this machine a token is enough`() {
        let (settings, mistakes, notes) = read("{listen: \"127.0.0.1:8080\", token: {environment: TOKEN}}")
        #expect(mistakes.isEmpty && notes.isEmpty)
        #expect(settings.listen == APIAddress(host: "127.0.0.1", port: 8080))
        #expect(settings.token?.isEqual(to: Array("0123456789abcdef".utf8)) == true)
    }

    @Test func `a short token draws a note, and no secret is in it`() {
        let (_, _, notes) = read(
            "{listen: \"[::1]:8080\", token: {environment: TOKEN}}", environment: ["TOKEN": "swordfish"])
        #expect(notes.count == 1)
        #expect(notes.first?.contains("openssl rand") == true)
        #expect(notes.first?.contains("swordfish") == false)
    }

    @Test func `a token without an address has no effect, which is told`() {
        #expect(read("{token: {environment: TOKEN}}").notes.first?.contains("has no effect without 'listen'") == true)
    }

    @Test func `with TLS and a token another address is fine`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let certificates = try TestCertificates(in: folder.path + "/tls")
        let server = try certificates.issue("server")
        let other = try certificates.issue("other")
        let listen = "listen: \"0.0.0.0:8443\", token: {environment: TOKEN}"
        let (settings, mistakes, _) = read(
            "{\(listen), tls: {certificate: \(server.certificate), key: \(server.key)}}")
        #expect(mistakes.isEmpty, "\(mistakes)")
        #expect(settings.tls?.authorities == nil)
        #expect(
            read("{\(listen), tls: {certificate: \(server.certificate), key: \(other.key)}}").mistakes.first?
                .contains("tls.key: is not the private key of 'certificate'") == true)
        #expect(
            read("{\(listen), tls: {certificate: \(server.key), key: \(server.certificate)}}").mistakes.count == 2)
        #expect(
            read("{\(listen), tls: {certificate: /nowhere, key: \(server.key)}}").mistakes.first?
                .contains("there is no file '/nowhere'; create it") == true)
    }

    @Test func `an authority of client certificates stands in place of a token`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let certificates = try TestCertificates(in: folder.path + "/tls")
        let server = try certificates.issue("server")
        let (settings, mistakes, _) = read(
            """
            {listen: "0.0.0.0:8443", tls: {certificate: \(server.certificate), key: \(server.key), \
            ca-file: \(certificates.authority)}}
            """)
        #expect(mistakes.isEmpty, "\(mistakes)")
        #expect(settings.token == nil)
        #expect(settings.tls?.authorities != nil)
    }
}
