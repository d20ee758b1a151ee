import EventModel
import EventText
import NIOSSL
import Pipeline
import Settings
import Spool
import TestSupport
import Testing

@testable import Syslog

@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    private let folder = TemporaryFolder()
    private let certificates: TestCertificates

    init() throws {
        certificates = try TestCertificates(in: folder.path + "/tls")
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `events arrive at a receiver of the right authority and name, in both versions`(
        version: TLSVersion
    ) async throws {
        let receiver = try await TLSReceiver(certificates.issue("server"), version: version)
        defer { receiver.stop() }
        let fixture = try SinkFixture("tls://localhost:\(receiver.port)")
        fixture.settings.tls.authorityFile = certificates.authority
        try await fixture.running {
            for start in stride(from: 0, to: 20_000, by: 1000) { try await fixture.accept(start..<start + 1000) }
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= 20_000 }
        #expect(try numbers(receiver.messages) == Array(0..<20_000))
        #expect(fixture.counts == SinkCounts(delivered: 20_000))
        #expect(fixture.log.messages == [])
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `a receiver that asks for a certificate gets ours`(version: TLSVersion) async throws {
        let receiver = try await TLSReceiver(
            certificates.issue("server"), clientAuthority: certificates.authority, version: version)
        defer { receiver.stop() }
        let pair = try certificates.issue("client", names: "DNS:sender")
        let fixture = try SinkFixture("tls://127.0.0.1:\(receiver.port)")
        fixture.settings.tls.authorityFile = certificates.authority
        fixture.settings.tls.certificateFile = pair.certificate
        fixture.settings.tls.key = .file(pair.key)
        try await fixture.running {
            try await fixture.accept(0..<100)
            try await fixture.deliverAll()
        }
        await until { receiver.messageCount >= 100 }
        #expect(try numbers(receiver.messages) == Array(0..<100))
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `without the certificate that the receiver asks for, nothing is sent and events wait`(
        version: TLSVersion
    ) async throws {
        let receiver = try await TLSReceiver(
            certificates.issue("server"), clientAuthority: certificates.authority, version: version)
        defer { receiver.stop() }
        let fixture = try SinkFixture("tls://localhost:\(receiver.port)")
        fixture.settings.tls.authorityFile = certificates.authority
        try await expectRefusal(fixture, saying: "certificate")
    }

    @Test func `a certificate of another authority is refused`() async throws {
        let other = try TestCertificates(in: folder.path + "/other", name: "Other Authority")
        let receiver = try await TLSReceiver(other.issue("server"))
        defer { receiver.stop() }
        let fixture = try SinkFixture("tls://localhost:\(receiver.port)")
        fixture.settings.tls.authorityFile = certificates.authority
        try await expectRefusal(
            fixture,
            saying:
                "its certificate was issued by 'Other Authority', which is not among the authorities of '\(certificates.authority)' (tls.ca-file)"
        )
    }

    @Test func `an expired certificate is refused`() async throws {
        let receiver = try await TLSReceiver(certificates.issue("server", days: -1))
        defer { receiver.stop() }
        let fixture = try SinkFixture("tls://localhost:\(receiver.port)")
        fixture.settings.tls.authorityFile = certificates.authority
        try await expectRefusal(fixture, saying: "its certificate expired on ")
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func `a certificate for another name is refused`(host: String) async throws {
        let receiver = try await TLSReceiver(certificates.issue("server", names: "DNS:other.example.com"))
        defer { receiver.stop() }
        let fixture = try SinkFixture("tls://\(host):\(receiver.port)")
        fixture.settings.tls.authorityFile = certificates.authority
        try await expectRefusal(
            fixture, saying: "its certificate is for 'other.example.com', not for '\(host)' (sinks.siem.address)"
        ) {
            fixture.settings.tls.serverName = "other.example.com"
            try await fixture.deliverAll()
        }
        #expect(fixture.counts == SinkCounts(delivered: 5))
    }

    @Test func `a fingerprint takes the place of an authority`() async throws {
        let pair = try certificates.issue("server", names: "DNS:any")
        let certificate = try #require(try NIOSSLCertificate.fromPEMFile(pair.certificate).first)
        let receiver = try await TLSReceiver(pair)
        defer { receiver.stop() }
        let fixture = try SinkFixture("tls://localhost:\(receiver.port)")
        fixture.settings.tls.verification = .none
        fixture.settings.tls.fingerprint = [UInt8](repeating: 1, count: 32)
        try await expectRefusal(fixture, saying: "not the one of tls.fingerprint") {
            fixture.settings.tls.fingerprint = CertificateText.fingerprint(certificate)
            try await fixture.deliverAll()
        }
        #expect(fixture.counts == SinkCounts(delivered: 5))
    }

    @Test func `a probe says whose certificate it is, and sends one event when asked`() async throws {
        let receiver = try await TLSReceiver(certificates.issue("server"))
        defer { receiver.stop() }
        var settings = SyslogSettings(addresses: [SyslogAddress(.tls, host: "localhost", port: receiver.port)])
        settings.form.message = .text
        settings.tls.authorityFile = certificates.authority
        let seen = try await ReceiverProbe.run(settings, settings.addresses[0])
        #expect(seen.hasPrefix("TLS 1.3, certificate for "), "\(seen)")
        #expect(seen.contains("'localhost'") && seen.contains("issued by 'Test Authority'"), "\(seen)")
        #expect(seen.contains("sha-256:") && seen.contains("octet-counting"), "\(seen)")
        #expect(receiver.messages.isEmpty)

        let sent = try await ReceiverProbe.run(settings, settings.addresses[0], sending: numberedEvent(7))
        #expect(sent.contains("a test event was sent in the framing 'octet-counting', and acknowledged"), "\(sent)")
        #expect(try numbers(receiver.messages) == [7])
    }

    /// Runs the sink with five events until it says why they do not arrive, then does what makes them.
    private func expectRefusal(
        _ fixture: SinkFixture, saying reason: String, then mend: () async throws -> Void = {}
    ) async throws {
        try await fixture.running {
            try await fixture.accept(0..<5)
            let sink = fixture.sink()
            let run = Task { try await sink.run(mode: .forever) }
            try await fixture.log.waitForMessage(containing: "error: Events do not reach tls://")
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(fixture.log.messages.contains { $0.contains(reason) }, "\(fixture.log.messages)")
            #expect(fixture.counts == SinkCounts())
            try await mend()
        }
    }
}
