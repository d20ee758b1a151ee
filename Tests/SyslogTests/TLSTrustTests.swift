import EventModel
import EventText
import Glibc
import NIOSSL
import TestSupport
import Testing

@testable import Syslog

/// What an operator is told of a receiver that is not believed, or that does not believe us.
@Suite(.timeLimit(.minutes(2))) struct TLSTrustTests {
    /// A receiver's certificates, what is believed, and what is said of the two.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Makes what the receiver shows, and the file of `tls.ca-file`.
        let make: @Sendable (TestCertificates) throws -> (TestCertificates.Pair, authority: String)
        let reason: String
        let remedy: String
    }

    private let folder = TemporaryFolder()
    private let certificates: TestCertificates

    init() throws {
        certificates = try TestCertificates(in: folder.path + "/tls")
    }

    private static let cases = [
        Case(
            testDescription: "an authority in the file that has expired",
            make: { certificates in
                let old = try certificates.makeAuthority("old", name: "Old Root", days: -1, signer: nil)
                return (try certificates.issue("server", signer: "old"), old)
            }, reason: "the authority 'Old Root' in 'FILE' (tls.ca-file) expired on ",
            remedy: "Put the authority's new certificate into that file."),
        Case(
            testDescription: "an intermediate that has expired",
            make: { certificates in
                let middle = try certificates.makeAuthority("middle", name: "Middle", days: -1)
                let pair = try certificates.issue("server", signer: "middle")
                return (try certificates.chained(pair, middle), certificates.authority)
            }, reason: "the certificate of 'Middle', which the receiver sends with its own, expired on ",
            remedy: "Put the new one behind the receiver's own certificate"),
        Case(
            testDescription: "an intermediate that is not sent",
            make: { certificates in
                _ = try certificates.makeAuthority("middle", name: "Middle")
                return (try certificates.issue("server", signer: "middle"), certificates.authority)
            },
            reason:
                "its certificate was issued by 'Middle', which is not among the authorities of 'FILE' (tls.ca-file), nor sent by the receiver",
            remedy: "if 'Middle' is an intermediate one, let the receiver send its certificate too"),
        Case(
            testDescription: "a chain that ends below its root",
            make: { certificates in
                _ = try certificates.makeAuthority("root", name: "Foreign Root", signer: nil)
                let middle = try certificates.makeAuthority("middle", name: "Middle", signer: "root")
                let pair = try certificates.issue("server", signer: "middle")
                return (try certificates.chained(pair, middle), certificates.authority)
            },
            reason:
                "its chain ends at 'Middle', which was issued by 'Foreign Root', which is not among the authorities of",
            remedy: "Set tls.ca-file to the certificate of the authority"),
        Case(
            testDescription: "a whole chain to a root that is not believed",
            make: { certificates in
                let root = try certificates.makeAuthority("root", name: "Foreign Root", signer: nil)
                let pair = try certificates.issue("server", signer: "root")
                return (try certificates.chained(pair, root), certificates.authority)
            }, reason: "its chain ends at 'Foreign Root', which is not among the authorities of 'FILE' (tls.ca-file)",
            remedy: "If you trust that authority, set tls.ca-file to its certificate."),
        Case(
            testDescription: "an intermediate in the place of a root",
            make: { certificates in
                let middle = try certificates.makeAuthority("middle", name: "Middle")
                return (try certificates.issue("server", signer: "middle"), middle)
            },
            reason:
                "'Middle' in 'FILE' (tls.ca-file) is no root: it was issued by 'Test Authority', which is not there",
            remedy: "Add the certificate of 'Test Authority' to that file."),
        Case(
            testDescription: "a certificate for clients",
            make: { certificates in
                (try certificates.issue("server", usage: "clientAuth"), certificates.authority)
            }, reason: "its certificate is not for servers (key usage)", remedy: "serverAuth"),
        Case(
            testDescription: "one that is signed by itself",
            make: { certificates in
                let own = try TestCertificates(in: certificates.authority + ".own", name: "receiver")
                return (own.authorityPair, certificates.authority)
            }, reason: "its certificate is signed by itself, and is not among the authorities of 'FILE' (tls.ca-file)",
            remedy: "or tls.fingerprint to its fingerprint"),
        Case(
            testDescription: "another authority of the same name",
            make: { certificates in
                let other = try TestCertificates(in: certificates.authority + ".other")
                return (try other.issue("server"), certificates.authority)
            },
            reason:
                "its certificate names 'Test Authority' as its authority, and does not verify with the one of that name",
            remedy: "two may have the same name"),
        Case(
            testDescription: "one that a receiver has signed with its own",
            make: { certificates in
                let signer = try certificates.issue("signer", names: "DNS:signer")
                let pair = try certificates.issue("server", signer: "signer")
                return (try certificates.chained(pair, signer.certificate), certificates.authority)
            },
            reason: "the certificate of 'signer', which the receiver sends with its own, may not sign those of servers",
            remedy: "signed by an authority"),
    ]

    @Test(arguments: cases)
    func `what is wrong with a receiver's certificate is said, and what to do`(wrong: Case) async throws {
        let (pair, authority) = try wrong.make(certificates)
        let receiver = try await TLSReceiver(pair)
        defer { receiver.stop() }
        let problem = await problem(of: receiver, authority: authority)
        let reason = wrong.reason.replacing("FILE", with: authority)
        #expect(problem?.description.contains(reason) == true, "\(problem?.description ?? "none")")
        #expect(problem?.remedy.contains(wrong.remedy) == true, "\(problem?.remedy ?? "none")")
        #expect(problem?.kind == .untrusted)
    }

    @Test func `what is right is believed: an intermediate that is sent or in the file, and a certificate in it`()
        async throws
    {
        let middle = try certificates.makeAuthority("middle", name: "Middle")
        let pair = try certificates.issue("server", usage: "serverAuth,clientAuth", signer: "middle")
        let both = folder.path + "/both.pem"
        try certificates.join([certificates.authority, middle], to: both)
        let own = try TestCertificates(in: folder.path + "/own", name: "localhost")
        for (shown, authority, verification) in [
            (try certificates.chained(pair, middle), certificates.authority, SyslogTLSSettings.Verification.full),
            (pair, both, .full), (own.authorityPair, own.authority, .chain),
        ] {
            let receiver = try await TLSReceiver(shown)
            defer { receiver.stop() }
            let problem = await problem(of: receiver, authority: authority, verification: verification)
            #expect(problem == nil, "\(problem?.description ?? "")")
        }
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func `a receiver that refuses us is quoted in words, and only its complaints of a certificate lead to ours`(
        version: TLSVersion
    ) async throws {
        let receiver = try await TLSReceiver(
            certificates.issue("server"), clientAuthority: certificates.authority, version: version)
        defer { receiver.stop() }
        // However busy the machine is, the refusal is waited for.
        let patient = TLSGuardian.RefusalGrace(
            least: .seconds(30), leastWithCertificate: .seconds(30), most: .seconds(30))
        let without = await problem(of: receiver, authority: certificates.authority, grace: patient)
        // Before 1.3 a receiver that lacks a certificate says no more than that the handshake has failed.
        let expected =
            version == .tlsv13
            ? "Set tls.certificate and tls.key."
            : "If it asks for a certificate, set tls.certificate and tls.key; else look at its settings of TLS."
        #expect(without?.remedy == expected, "\(without as Any)")
        let other = try TestCertificates(in: folder.path + "/other", name: "Other Authority")
        let foreign = await problem(
            of: receiver, authority: certificates.authority, try other.issue("client"), grace: patient)
        #expect(
            foreign?.reason.contains("it does not know the authority of our certificate") == true, "\(foreign as Any)")
        let old = await problem(
            of: receiver, authority: certificates.authority, try certificates.issue("client", days: -1),
            grace: patient)
        #expect(old?.reason.contains("our certificate has expired") == true, "\(old as Any)")
        #expect(old?.remedy == "Renew tls.certificate.")
        for problem in [without, foreign, old] {
            #expect(problem?.reason.contains("sslError") == false, "\(problem as Any)")
        }
    }

    @Test func `a refusal for another reason than a certificate asks for none`() throws {
        for reason in ["tlsv1 alert protocol version", "tlsv1 unrecognized name", "tlsv1 alert internal error"] {
            let problem = try #require(TLSRefusal(reason)).problem("in the handshake", showsCertificate: false)
            #expect(!problem.description.contains("tls.certificate"), "\(problem)")
        }
        #expect(TLSRefusal("wrong version number") == nil)
    }

    private func problem(
        of receiver: TLSReceiver, authority: String, _ client: TestCertificates.Pair? = nil,
        verification: SyslogTLSSettings.Verification = .full, grace: TLSGuardian.RefusalGrace = .init()
    ) async -> ConnectionProblem? {
        var settings = SyslogTLSSettings()
        settings.authorityFile = authority
        settings.certificateFile = client?.certificate
        settings.key = client.map { .file($0.key) }
        settings.verification = verification
        do throws(ConnectionProblem) {
            let address = SyslogAddress(.tls, host: "localhost", port: receiver.port)
            try await SyslogConnection.open(to: address, tls: settings, grace: grace).close()
            return nil
        } catch {
            return error
        }
    }
}
