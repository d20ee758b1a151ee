import EventModel
import Foundation
import Settings
import TestSupport
import Testing

@testable import LocalAPI

/// The API over TCP, asked by curl.
@Suite struct RemoteAPITests {
    private static let token = "correct horse battery staple"

    /// What curl got: the status, 0 for none, and the body.
    private struct Curl {
        let status: Int
        let text: String
    }

    private func curl(_ arguments: String...) async throws -> Curl {
        let text = try await onThread {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                ["curl", "--silent", "--include", "--max-time", "60", "--write-out", "\n%{http_code}"] + arguments
            let output = Pipe()
            process.standardOutput = output
            process.standardInput = FileHandle.nullDevice
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }
        return Curl(status: Int(text.suffix(3)) ?? 0, text: String(text.dropLast(4)))
    }

    /// Runs an API at a port of 127.0.0.1.
    private func run(
        tls: APITLSSettings? = nil, token: String? = RemoteAPITests.token, limits: LocalAPI.Limits = LocalAPI.Limits(),
        _ body: (APIHarness, Int) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var settings = APISettings()
        settings.socket = "\(folder.path)/api.sock"
        settings.listen = APIAddress(host: "127.0.0.1", port: 0)
        settings.tls = tls
        settings.token = token.map { Secret(Array($0.utf8)) }
        settings.maximumBody = 64 << 10
        try await APIHarness(folder: folder.path, settings: settings).run(limits: limits, body)
    }

    @Test(arguments: [
        ("v1/events", #"{"error":"show the token"#),
        ("mws/rest/events?api-version=3", #"{"messages":["show the token"#),
        ("api/manual_events", #"{"errors":[{"status":401,"detail":"show the token"#),
        ("no/such/path", #"{"error":"show the token"#),
    ])
    func `who shows no token is refused, in the form of the path`(path: String, body: String) async throws {
        try await run { api, port in
            for arguments in [
                ["--data", "{}"], ["--data", "{}", "--oauth2-bearer", "wrong"], ["--data", "{}", "--user", "u:wrong"],
                ["--data", "{}", "--user", "u:"], ["--data", "{}", "--header", "Authorization: Bearer"],
            ] {
                let answer = try await curl(
                    ["http://127.0.0.1:\(port)/\(path)"] + arguments)
                #expect(answer.status == 401)
                #expect(answer.text.contains(body))
                #expect(answer.text.lowercased().contains("www-authenticate: bearer realm"))
            }
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    private func curl(_ arguments: [String]) async throws -> Curl {
        switch arguments.count {
        case 3: try await curl(arguments[0], arguments[1], arguments[2])
        default: try await curl(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
        }
    }

    @Test func `each client shows the token in its own way, and its address is recorded`() async throws {
        try await run { api, port in
            let url = "http://127.0.0.1:\(port)"
            #expect(try await curl("\(url)/v1/events", "--data", "{}", "--oauth2-bearer", Self.token).status == 201)
            #expect(
                try await curl(
                    "\(url)/mws/rest/events?api-version=3", "--data", MoabEventTests.sample, "--user",
                    "moab-admin:\(Self.token)"
                ).status == 201)
            let manual = #"{"data":{"attributes":{"kind":"A.B"}}}"#
            #expect(
                try await curl(
                    "\(url)/api/manual_events", "--data", manual, "--cookie", #"session=j:{"sid": "\#(Self.token)"}"#
                ).status == 201)
            let events = try api.acceptor.events()
            #expect(events.count == 3)
            for event in events {
                #expect(event.parameters.contains(Parameter("sender.address", .text("127.0.0.1"))))
                #expect(!event.parameters.contains { $0.name == "sender.uid" || $0.name == "sender.pid" })
                #expect(event.host == "127.0.0.1")
                #expect(event.user.isEmpty)
            }
            #expect(events[1].parameters.contains(Parameter("sender.name", .text("moab-admin"))))
        }
    }

    @Test func `a login with the token opens a session, another does not`() async throws {
        try await run { _, port in
            let url = "http://127.0.0.1:\(port)/api/sessions"
            let right = #"{"data":{"attributes":{"username":"u","password":"\#(Self.token)"}}}"#
            let answer = try await curl(url, "--data", right)
            #expect(answer.status == 201)
            #expect(answer.text.contains("session=j%3A%7B"))
            let wrong = try await curl(url, "--data", #"{"data":{"attributes":{"username":"u","password":"x"}}}"#)
            #expect(wrong.status == 401)
            #expect(!wrong.text.lowercased().contains("set-cookie"))
        }
    }

    @Test func `the Unix socket asks nobody`() async throws {
        try await run { api, _ in
            let answer = try await api.send("POST", "/v1/events", "{}")
            #expect(answer.status == 201)
        }
    }

    @Test func `a body over the limit is refused over TCP too`() async throws {
        try await run { api, port in
            let url = "http://127.0.0.1:\(port)/v1/events"
            let body = String(repeating: " ", count: 70_000)
            let answer = try await curl(url, "--data", body, "--oauth2-bearer", Self.token)
            #expect(answer.status == 413)
        }
    }

    @Test func `a refusal is told in the log without what was shown`() async throws {
        try await run { api, port in
            let url = "http://127.0.0.1:\(port)/v1/events"
            for _ in 0..<3 { _ = try await curl(url, "--user", "me:swordfish", "--data", "{}") }
            try await api.log.waitForMessage(containing: "from 127.0.0.1 was refused")
            let refusals = api.log.messages.filter { $0.contains("refused") }
            #expect(refusals.count == 1)
            let leaks = api.log.messages.filter { $0.contains("swordfish") || $0.contains(Self.token) }
            #expect(leaks.isEmpty)
        }
    }

    @Test func `with TLS a certificate of the authority needs no token`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let authority = try TestCertificates(in: folder.path + "/ours")
        let server = try authority.issue("server")
        let client = try authority.issue("client")
        let foreign = try TestCertificates(in: folder.path + "/theirs", name: "Another Authority").issue("client")
        var tls = APITLSSettings()
        tls.certificate = Array(try Data(contentsOf: URL(fileURLWithPath: server.certificate)))
        tls.key = Secret(Array(try Data(contentsOf: URL(fileURLWithPath: server.key))))
        tls.authorities = Array(try Data(contentsOf: URL(fileURLWithPath: authority.authority)))
        try await run(tls: tls, token: nil) { api, port in
            let url = "https://127.0.0.1:\(port)/v1/events"
            let known = try await curl(
                url, "--cacert", authority.authority, "--cert", client.certificate, "--key", client.key, "--data", "{}")
            #expect(known.status == 201)
            #expect(try await curl(url, "--cacert", authority.authority, "--data", "{}").status == 401)
            let other = try await curl(
                url, "--cacert", authority.authority, "--cert", foreign.certificate, "--key", foreign.key, "--data",
                "{}")
            #expect(other.status == 0)
            #expect(try await curl("http://127.0.0.1:\(port)/v1/events", "--data", "{}").status == 0)
            #expect(api.acceptor.batches.count == 1)
        }
    }

    @Test func `an address that is taken stops nothing else, and is told`() async throws {
        try await run { first, port in
            var second = APIHarness(folder: first.folder, settings: first.settings)
            second.settings.socket = "\(first.folder)/second.sock"
            second.settings.listen = APIAddress(host: "127.0.0.1", port: port)
            let (listening, signal) = AsyncStream<Void>.makeStream()
            let api = second.api()
            let running = Task { try await api.run { signal.yield() } }
            for await _ in listening { break }
            try await second.log.waitForMessage(containing: "(api.listen)")
            #expect(try await second.send("POST", "/v1/events", "{}").status == 201)
            running.cancel()
            try await running.value
        }
    }
}
