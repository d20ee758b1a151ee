import NIOHTTP1
import RemoteServers
import Testing

@testable import RemoteEvents

/// Against servers that really speak TLS, with certificates of an authority that no machine knows.
@Suite struct HTTPTransportTLSTests {
    private let authority: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority()
    }

    /// Asks a server once.
    ///
    /// - Returns: its answer, or why there is none.
    private func ask(
        _ tls: ServerTLS, host: String = "127.0.0.1", _ change: (inout RemoteSettings) -> Void = { _ in }
    ) async throws -> String {
        let server = try await HTTPSimulator(tls: tls) { request in
            SimulatedResponse(request.headers["X-Token"].first ?? "no token")
        }
        let url = "https://\(host):\(server.port)"
        var settings = RemoteSettings(url: url, pageSize: 1)
        settings.authorities = authority.certificate
        settings.timeout = .seconds(10)
        change(&settings)
        let transport = HTTPTransport(settings, version: "1")
        let answer = await Self.answer(of: transport, url)
        if !answer.hasPrefix("hello") {
            // Who was not convinced has told the server nothing.
            #expect(server.requests.isEmpty)
            #expect(answer.contains("'\(host)' port \(server.port)") || answer.contains("File '"), "\(answer)")
        }
        await transport.close()
        await server.stop()
        return answer
    }

    private static func answer(of transport: HTTPTransport, _ url: String) async -> String {
        do {
            let request = RemoteRequest(url: url, headers: [RemoteHeader("X-Token", "hello")], purpose: "events")
            guard case .response(let response) = try await transport.send(request) else { return "too large" }
            return String(decoding: response.body, as: UTF8.self)
        } catch let failure as RemoteFailure {
            return failure.reason
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [false, true])
    func `a private authority is trusted when its file is named, and not before`(speaksNewest: Bool) async throws {
        let tls = ServerTLS(try authority.issue(), speaksNewest: speaksNewest)
        #expect(try await ask(tls) == "hello")
        let refused = try await ask(tls) { $0.authorities = nil }
        #expect(refused.contains("not signed by an authority that this machine trusts"), "\(refused)")
        #expect(refused.contains("'ca-file'"), "\(refused)")
        let other = try CertificateAuthority()
        let wrong = try await ask(tls) { $0.authorities = other.certificate }
        #expect(wrong.contains("not signed by an authority of 'ca-file'; put the certificate"), "\(wrong)")
    }

    @Test func `a certificate that has expired is told with its day and what to do`() async throws {
        let tls = ServerTLS(try authority.issue(from: "20240101000000Z", to: "20250131120000Z"))
        let answer = try await ask(tls)
        #expect(answer.contains("has expired on 2025-01-31; renew it there"), "\(answer)")
        let unknown = try await ask(tls) { $0.authorities = nil }
        #expect(unknown.contains("has expired on 2025-01-31"), "\(unknown)")
    }

    @Test func `a certificate of the future makes one look at the clocks`() async throws {
        let answer = try await ask(ServerTLS(try authority.issue(from: "20980101000000Z")))
        #expect(answer.contains("is valid only from 2098-01-01 on; check the clocks of both machines"), "\(answer)")
    }

    @Test(arguments: [("IP:127.0.0.2", "127.0.0.1"), ("DNS:moab.example.com", "localhost")])
    func `a certificate for another name is refused, and 'url' is to have the right one`(
        names: String, host: String
    ) async throws {
        let answer = try await ask(ServerTLS(try authority.issue(names)), host: host)
        #expect(answer.contains("is not for this name; use one of its names in 'url'"), "\(answer)")
    }

    @Test func `a name that the certificate has is accepted`() async throws {
        #expect(try await ask(ServerTLS(try authority.issue("DNS:localhost")), host: "localhost") == "hello")
    }

    @Test(arguments: [false, true])
    func `a server that wants to know us gets 'client-certificate', and says no without`(
        speaksNewest: Bool
    ) async throws {
        let tls = ServerTLS(
            try authority.issue(), clientAuthorities: authority.certificate, speaksNewest: speaksNewest)
        let refused = try await ask(tls)
        #expect(refused.contains("set 'client-certificate' and 'client-key'"), "\(refused)")
        let own = try authority.issue("DNS:tributary")
        let accepted = try await ask(tls) {
            $0.clientCertificate = own.certificate
            $0.clientKey = own.key
        }
        #expect(accepted == "hello")
        let elsewhere = try CertificateAuthority()
        let stranger = try elsewhere.issue("DNS:tributary")
        let other = try await ask(tls) {
            $0.clientCertificate = stranger.certificate
            $0.clientKey = stranger.key
        }
        #expect(other.contains("check 'client-certificate' and 'client-key'"), "\(other)")
        withExtendedLifetime(elsewhere) {}
    }

    @Test func `a key that does not belong to its certificate is told before anything is sent`() async throws {
        let tls = ServerTLS(try authority.issue(), clientAuthorities: authority.certificate)
        let (one, other) = (try authority.issue("DNS:one"), try authority.issue("DNS:other"))
        let answer = try await ask(tls) {
            $0.clientCertificate = one.certificate
            $0.clientKey = other.key
        }
        #expect(answer.contains("client-key") && answer.contains("client-certificate"), "\(answer)")
    }

    @Test func `a new certificate of the server is read at the next try`() async throws {
        let server = try await HTTPSimulator(tls: ServerTLS(try authority.issue())) { _ in SimulatedResponse("hello") }
        let folder = try CertificateAuthority()
        var settings = RemoteSettings(url: server.url, pageSize: 1)
        settings.authorities = folder.certificate
        let transport = HTTPTransport(settings, version: "1")
        #expect(await Self.answer(of: transport, server.url).contains("ca-file"))
        try authority.copyCertificate(to: folder.certificate)
        #expect(await Self.answer(of: transport, server.url) == "hello")
        await transport.close()
        await server.stop()
    }
}
