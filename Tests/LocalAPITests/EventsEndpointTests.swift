import EventModel
import Glibc
import Pipeline
import Synchronization
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct EventsEndpointTests {
    static let sample = """
        {"arguments":["vm1"],"objects":[{"type":"VM","id":"vm1"}],"code":234881023,"time":"2013-06-10T17:13:31Z",\
        "type":"VM Provision","message":"The virtual machine \\"vm1\\" was provisioned","origin":"CSA Plugin",\
        "severity":"info"}
        """

    @Test func `an event of Moab's sample keeps every field`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("POST", "/v1/events", Self.sample)
            #expect(answer.status == 201)
            let event = try #require(try api.acceptor.events().first)
            #expect(answer.ids == [event.id.description])
            #expect(event.source == "manual")
            #expect(event.time == Timestamp("2013-06-10T17:13:31Z"))
            #expect(event.observedTime == APIHarness.now)
            #expect(event.type == "VM Provision")
            #expect(event.message == #"The virtual machine "vm1" was provisioned"#)
            #expect(event.origin == "CSA Plugin")
            #expect(event.code == 234_881_023)
            #expect(event.severity == .info)
            #expect(event.arguments == ["vm1"])
            #expect(event.objects == [AssociatedObject(type: "VM", id: "vm1")])
        }
    }

    @Test func `a request is one batch without a cursor, and counts its events`() async throws {
        try await APIHarness.run { api in
            #expect(try await api.send("POST", "/v1/events", #"[{"message":"a"},{"message":"b"}]"#).status == 201)
            let batch = try #require(api.acceptor.batches.first)
            #expect(api.acceptor.batches.count == 1)
            #expect(batch.source == "manual")
            #expect(batch.cursor == nil)
            #expect(batch.counts == SourceCounts(read: 2, accepted: 2))
        }
    }

    @Test func `201 does not come before the events are durable`() async throws {
        try await APIHarness.run { api in
            api.acceptor.holdDurability()
            let isAnswered = Mutex(false)
            async let answer = onThread {
                defer { isAnswered.withLock { $0 = true } }
                return RawAnswer(
                    try UnixExchange.run(api.socket, Self.request(#"{"message":"a"}"#), endsSending: false))
            }
            try await api.acceptor.waitForBatches(count: 1)
            // A second exchange on its own connection goes through meanwhile, so the first had its chance.
            #expect(try await api.send("GET", "/healthz").status == 200)
            #expect(!isAnswered.withLock { $0 })
            api.acceptor.releaseDurability()
            #expect(try await answer.status == 201)
        }
    }

    @Test func `one bad event refuses all, and every bad field is named`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send(
                "POST", "/v1/events",
                """
                [{"message":"good"},{"severity":"warn","code":-1,"objects":[{"type":"VM","id":5}]},{"mesage":"typo"}]
                """)
            #expect(answer.status == 400)
            #expect(answer.fields.contains("content-type: application/json"))
            for field in ["severity", "code", "objects[0].id"] {
                #expect(answer.body.contains(#"{"event":1,"field":"\#(field)","problem":""#))
            }
            #expect(answer.body.contains(#"{"event":2,"field":"mesage""#))
            #expect(!answer.body.contains(#""event":0"#))
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test func `an answer names at most a hundred problems`() async throws {
        try await APIHarness.run { api in
            let events = (0..<500).map { _ in #"{"severity":"bad"}"# }.joined(separator: "\n")
            let answer = try await api.send("POST", "/v1/events", events)
            #expect(answer.status == 400)
            #expect(answer.body.split(separator: #""event":"#).count == 101)
        }
    }

    @Test(arguments: [
        "{", #"{"message":"a""#, "[1]", "7", "[{}", "{} x", "[{}{}]", "[{},]", #"{"a":"#, "\u{0}", "[]", "", "  ",
    ])
    func `what is no JSON of events is refused and nothing is written`(body: String) async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("POST", "/v1/events", body)
            #expect(answer.status == 400)
            #expect(answer.body.hasPrefix(#"{"error":""#))
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test(arguments: ["application/x-ndjson", "application/json", "text/plain; charset=utf-8", nil])
    func `events may come on lines`(contentType: String?) async throws {
        try await APIHarness.run { api in
            let answer = try await api.send(
                "POST", "/v1/events", "{\"message\":\"a\"}\n{\"message\":\"b\"}\r\n\n{\"message\":\"c\"}",
                contentType: contentType)
            #expect(answer.ids.count == 3)
            #expect(try api.acceptor.events().map(\.message) == ["a", "b", "c"])
        }
    }

    @Test func `another content type is refused`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send(
                "POST", "/v1/events", "{}", contentType: "multipart/form-data")
            #expect(answer.status == 415)
            #expect(answer.body.contains("application/json"))
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test func `two hundred posts at once are all taken`() async throws {
        try await APIHarness.run { api in
            let ids = try await withThrowingTaskGroup(of: [String].self) { group in
                for number in 0..<200 {
                    group.addTask { try await api.send("POST", "/v1/events", #"{"message":"\#(number)"}"#).ids }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let events = try api.acceptor.events()
            #expect(Set(ids).count == 200)
            #expect(Set(events.map(\.id.description)) == Set(ids))
            #expect(Set(events.compactMap(\.message?.string)) == Set((0..<200).map(String.init)))
        }
    }

    @Test func `large bodies wait for one another and are all taken`() async throws {
        // A loaded machine may take its time.
        var limits = LocalAPI.Limits()
        limits.acceptance = .seconds(600)
        try await APIHarness.run(maximumBody: 1 << 20, limits: limits) { api in
            let text = String(repeating: "x", count: 900 << 10)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask { try await api.send("POST", "/v1/events", #"{"message":"\#(text)"}"#).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 201, count: 6))
        }
    }

    @Test func `many events in small bodies wait for one another and are all taken`() async throws {
        // A loaded machine may take its time.
        var limits = LocalAPI.Limits()
        limits.acceptance = .seconds(600)
        try await APIHarness.run(maximumBody: 100_000, limits: limits) { api in
            let body = String(repeating: "{}", count: 1000)
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await api.send("POST", "/v1/events", body).ids.count } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts == Array(repeating: 1000, count: 8))
        }
    }

    @Test func `whoever waits too long for room in memory is told to come back`() async throws {
        var limits = LocalAPI.Limits()
        limits.acceptance = .milliseconds(50)
        try await APIHarness.run(maximumBody: 100_000, limits: limits) { api in
            api.acceptor.holdDurability()
            let body = String(repeating: "{}", count: 1000)
            async let first = api.send("POST", "/v1/events", body)
            try await api.acceptor.waitForBatches(count: 1)
            let second = try await api.send("POST", "/v1/events", body)
            #expect(second.status == 503)
            #expect(second.fields.contains("retry-after: "))
            api.acceptor.releaseDurability()
            #expect(try await first.status == 201)
        }
    }

    @Test func `a spool without room is answered with 503 and when to come back`() async throws {
        var limits = LocalAPI.Limits()
        limits.acceptance = .zero
        try await APIHarness.run(limits: limits) { api in
            api.acceptor.setHasRoom(false)
            let answer = try await api.send("POST", "/v1/events", "{}")
            #expect(answer.status == 503)
            #expect(answer.fields.contains("retry-after: "))
            #expect(api.acceptor.batches.isEmpty)
            api.acceptor.setHasRoom(true)
        }
    }

    @Test func `a stopped spool is answered with 503`() async throws {
        try await APIHarness.run { api in
            api.acceptor.refuse(with: .stopped)
            let answer = try await api.send("POST", "/v1/events", "{}")
            #expect(answer.status == 503)
            #expect(answer.fields.contains("retry-after: "))
        }
    }

    @Test func `more than the spool takes at a time is answered with 413`() async throws {
        try await APIHarness.run { api in
            api.acceptor.refuse(with: .tooLarge(byteCount: 9, limit: 8))
            let answer = try await api.send("POST", "/v1/events", "{}")
            #expect(answer.status == 413)
        }
    }

    @Test func `a request has at most so many events`() async throws {
        var limits = LocalAPI.Limits()
        limits.events = 3
        try await APIHarness.run(limits: limits) { api in
            #expect(try await api.send("POST", "/v1/events", "{}{}{}").status == 201)
            let answer = try await api.send("POST", "/v1/events", "{}{}{}{}")
            #expect(answer.status == 413)
            #expect(answer.body.contains("3 events"))
            #expect(api.acceptor.batches.count == 1)
        }
    }

    /// A whole request.
    static func request(_ body: String) -> [UInt8] {
        Array(
            "POST /v1/events HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                .utf8)
    }
}
