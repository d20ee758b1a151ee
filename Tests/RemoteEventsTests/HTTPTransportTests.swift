import NIOCore
import NIOHTTP1
import RemoteServers
import Testing

@testable import RemoteEvents

@Suite struct HTTPTransportTests {
    private func transport(_ url: String, timeout: Duration = .seconds(10)) -> HTTPTransport {
        var settings = RemoteSettings(url: url, pageSize: 1)
        settings.timeout = timeout
        return HTTPTransport(settings, version: "1.2.3")
    }

    private func with(
        _ answer: @escaping @Sendable (SimulatedRequest) -> SimulatedResponse, timeout: Duration = .seconds(10),
        _ body: (HTTPSimulator, HTTPTransport) async throws -> Void
    ) async throws {
        let server = try await HTTPSimulator(answer)
        let transport = transport(server.url, timeout: timeout)
        try await body(server, transport)
        await transport.close()
        await server.stop()
    }

    private func reason(_ transport: HTTPTransport, _ url: String) async -> String {
        do {
            return "no failure: \(try await transport.send(RemoteRequest(url: url, purpose: "events")))"
        } catch let failure as RemoteFailure {
            return failure.reason
        } catch {
            return "\(error)"
        }
    }

    private func expect(_ reason: String, holds part: String) {
        #expect(reason.contains(part))
    }

    @Test func `a request says who we are, and its answer comes whole`() async throws {
        try await with({ _ in SimulatedResponse("[1]") }) { server, transport in
            let request = RemoteRequest(
                .post, url: server.url + "/a%20b?x=%26", headers: [RemoteHeader("X-Token", "t")], body: [65],
                purpose: "events")
            for _ in 0..<3 {
                guard case .response(let response) = try await transport.send(request) else { return }
                #expect(response.status == 200 && response.body == Array("[1]".utf8))
            }
            let seen = try #require(server.requests.last)
            #expect(seen.method == "POST" && seen.path == "/a b" && seen.value("x") == "&" && seen.body == [65])
            #expect(seen.headers["User-Agent"] == ["tributary/1.2.3"] && seen.headers["X-Token"] == ["t"])
        }
    }

    @Test func `resets, silence and bad names are told apart in words`() async throws {
        try await with({ _ in SimulatedResponse(String(repeating: "x", count: 100_000)) }, timeout: .seconds(5)) {
            server, transport in
            server.fail(with: [.reset, .resetInBody, .silence])
            expect(await reason(transport, server.url), holds: "closed the connection before its answer was whole.")
            expect(await reason(transport, server.url), holds: "closed the connection before")
            expect(await reason(transport, server.url), holds: "said nothing for 5 seconds")
            expect(await reason(transport, server.url), holds: "no failure")
            expect(await reason(transport, "http://127.0.0.1:1/"), holds: "refuses connections")
        }
        let unknown = await reason(transport("https://nowhere.invalid"), "https://nowhere.invalid/")
        #expect(unknown.contains("'nowhere.invalid' is not known"))
    }

    @Test func `a server that does not speak TLS is told`() async throws {
        try await with({ _ in SimulatedResponse("") }) { server, transport in
            let url = server.url.replacing("http://", with: "https://")
            #expect(await reason(transport, url).contains("does not speak TLS"))
        }
    }

    @Test func `an answer over the limit is not read to its end`() async throws {
        let large = SimulatedResponse(String(repeating: "x", count: HTTPTransport.maximumByteCount + 1))
        try await with({ _ in large }) { server, transport in
            let answer = try await transport.send(RemoteRequest(url: server.url, purpose: "events"))
            #expect(answer == .tooLarge(limit: HTTPTransport.maximumByteCount))
        }
    }

    @Test func `redirections are followed on the same server and nowhere else`() async throws {
        let answer = { @Sendable (request: SimulatedRequest) in
            var response = SimulatedResponse(302, "text/plain", "")
            switch request.path {
            case "/near": response.headers.append(("Location", "/here"))
            case "/far": response.headers.append(("Location", "http://localhost:9/steal?token=x"))
            case "/circle": response.headers.append(("Location", "/circle"))
            default: return SimulatedResponse("here")
            }
            return response
        }
        try await with(answer) { server, transport in
            let near = try await transport.send(RemoteRequest(url: server.url + "/near", purpose: "events"))
            #expect(near != .tooLarge(limit: 0) && server.requests.last?.path == "/here")
            let far = await reason(transport, server.url + "/far")
            #expect(far.contains("credentials do not follow") && !far.contains("token"))
            #expect(await reason(transport, server.url + "/circle").contains("in a circle"))
        }
    }

    @Test func `nothing goes readable to another machine unless the settings allow it`() async {
        let answer = await reason(transport("https://a.example"), "http://a.example/x")
        #expect(answer.contains("allow-plaintext"))
    }

    @Test func `a file for TLS that cannot be used is named with its setting`() async {
        var settings = RemoteSettings(url: "https://127.0.0.1:1", pageSize: 1)
        settings.authorities = "/nonexistent/ca.pem"
        let answer = await reason(HTTPTransport(settings, version: "1"), "https://127.0.0.1:1/")
        #expect(answer.contains("/nonexistent/ca.pem") && answer.contains("ca-file"))
    }
}
