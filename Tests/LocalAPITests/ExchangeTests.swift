import EventModel
import Glibc
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct ExchangeTests {
    @Test func `health is a word for people`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("GET", "/healthz?verbose")
            #expect(answer.status == 200)
            #expect(answer.body == "ok\n")
            #expect(try await api.send("HEAD", "/healthz").body == "")
        }
    }

    @Test func `an unknown path is answered with 404 as JSON`() async throws {
        try await APIHarness.run { api in
            for path in ["/", "/v1", "/v1/events/", "/v1/events/7", "/../healthz", "*"] {
                let answer = try await api.send("GET", path)
                #expect(answer.status == 404)
                #expect(answer.body.hasPrefix(#"{"error":""#))
            }
        }
    }

    @Test func `a wrong method is answered with 405 and the right one`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("DELETE", "/v1/events")
            #expect(answer.status == 405)
            #expect(answer.fields.contains("allow: post"))
            #expect(try await api.send("POST", "/healthz", "{}").fields.contains("allow: get, head"))
        }
    }

    @Test func `a body that says it is too large is refused before it comes`() async throws {
        try await APIHarness.run(maximumBody: 1000) { api in
            let answer = try await api.exchange(
                "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", endsSending: true)
            #expect(answer.status == 413)
            #expect(answer.body.contains("api.maximum-body"))
            #expect(answer.fields.contains("connection: close"))
        }
    }

    @Test func `a body in chunks is refused when it grows too large`() async throws {
        try await APIHarness.run(maximumBody: 1000) { api in
            let chunk = "1f4\r\n" + String(repeating: " ", count: 500) + "\r\n"
            let head = "POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            let answer = try await api.exchange(head + chunk + chunk + chunk + "0\r\n\r\n", endsSending: true)
            #expect(answer.status == 413)
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test func `a body may come in chunks`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.exchange(
                """
                POST /v1/events HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
                7\r\n{\"messa\r\n8\r\nge\":\"a\"}\r\n0\r\n\r\n
                """)
            #expect(answer.status == 201)
            #expect(try api.acceptor.events().map(\.message) == ["a"])
        }
    }

    @Test(arguments: [
        "Content-Length: 100\r\n\r\n{\"message\":\"a\"}\n{\"message\":\"b\"}\n",
        "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"message\":\"a\"}\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n20\r\n{\"message\":\"a\"}\n",
    ])
    func `a body that was cut off is not taken for a whole one`(rest: String) async throws {
        try await APIHarness.run { api in
            let answer = try await api.exchange("POST /v1/events HTTP/1.1\r\nHost: h\r\n" + rest, endsSending: true)
            #expect(answer.status != 201)
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test func `whoever asks before sending is told to go on`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.exchange(
                """
                POST /v1/events HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n\
                Content-Length: 2\r\n\r\n{}
                """)
            #expect(answer.status == 100)
            #expect(answer.body.contains(" 201 "))
        }
    }

    @Test func `a connection takes one request after the other`() async throws {
        try await APIHarness.run { api in
            let first = "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
            let last = "POST /v1/events HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
            let answer = try await api.exchange(first + first + last)
            #expect(answer.status == 201)
            #expect(answer.body.split(separator: "HTTP/1.1 201").count == 3)
            #expect(api.acceptor.batches.count == 3)
        }
    }

    @Test func `no bytes end the API`() async throws {
        try await APIHarness.run { api in
            for seed in 0..<60 {
                var random = SeededGenerator(seed: seed)
                var bytes = Array("POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{\"tags\":1".utf8)
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let request = bytes
                _ = try await onThread { try UnixExchange.run(api.socket, request, endsSending: true) }
            }
            #expect(try await api.send("GET", "/healthz").status == 200)
        }
    }

    @Test func `more connections than are served at a time wait for their turn`() async throws {
        var limits = LocalAPI.Limits()
        limits.connections = 2
        try await APIHarness.run(limits: limits) { api in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await api.send("POST", "/v1/events", "{}").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 201, count: 20))
        }
    }
}
