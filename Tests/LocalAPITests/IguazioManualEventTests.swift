import EventModel
import EventText
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct IguazioManualEventTests {
    /// A request as the client sends it for an audit event.
    private static let sample = #"""
        {"data": {"type": "event", "relationships": {"audit_tenant": {"data": {"type": "tenant", "id": "t-1"}}}, \#
        "attributes": {"source": "mlrun-api", "kind": "Software.Project.Secret.Created", \#
        "parameters_text": [{"name": "secret_keys", "value": "a,b,c"}], "description": "Created a secret", \#
        "severity": "info", "classification": "sec", "system_event": true, "visibility": "external"}}}
        """#

    private func manual(_ attributes: String) throws -> IguazioManualEvent {
        let json = #"{"data": {"attributes": {\#(attributes)}}}"#
        return IguazioManualEvent(try JSONParser().parse(Array(json.utf8).span))
    }

    @Test func `the client's request becomes an event with every field`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("POST", "/api/manual_events", Self.sample)
            #expect(answer.status == 201)
            let event = try #require(try api.acceptor.events().first)
            #expect(answer.body.contains(#""id":"\#(event.id)""#))
            #expect(event.origin == "mlrun-api")
            #expect(event.kind == "Software.Project.Secret.Created")
            #expect(event.type == "audit_event")
            #expect(event.tenant == Tenant(id: "t-1"))
            #expect(event.message == "Created a secret")
            #expect(event.severity == .info)
            #expect(event.classification == .sec)
            #expect(event.visibility == .external)
            #expect(event.isSystemEvent)
            #expect(event.parameters.first == Parameter("secret_keys", .text("a,b,c")))
            #expect(event.time == APIHarness.now)
        }
    }

    @Test func `resources, numbers and tags have their places`() throws {
        let draft = try manual(
            #"""
            "parameters_uint64": [{"name": "attempts", "value": 18446744073709551615}], "tags": ["auth", "x"],
            "affected_resources": [{"type": "user", "id_str": "u-1", "id": 17, "name": "alice"}],
            "parameters_text": [{"name": "attempts", "value": "three"}], "rack": "r7"
            """#
        ).draft
        #expect(draft.objects == [AssociatedObject(type: "user", id: "u-1", name: "alice")])
        #expect(draft.tags == ["auth", "x"])
        #expect(draft.type == "event")
        #expect(
            draft.parameters == [
                Parameter("attempts", .text("three")),
                Parameter("attempts.uint64", .integer(WholeNumber(magnitude: .max))),
                Parameter("affected_resources.0.id", .integer(WholeNumber(17))), Parameter("rack", .text("r7")),
            ])
    }

    @Test(arguments: [
        (#""timestamp_iso8601": "2024-05-17T08:00:00.123456789Z""#, "2024-05-17T08:00:00.123456Z"),
        (#""timestamp_uint64_str": "1715932800123456789""#, "2024-05-17T08:00:00.123456Z"),
        (#""timestamp_uint64": 1715932800"#, "2024-05-17T08:00:00Z"),
    ])
    func `each of the three stamps is a time`(attribute: String, time: String) throws {
        #expect(try manual(attribute).draft.time == Timestamp(time))
    }

    @Test func `an empty stamp means now`() throws {
        #expect(try manual(#""timestamp_uint64": 0, "timestamp_iso8601": """#).draft.time == nil)
        #expect(try manual(#""timestamp_iso8601": "soon""#).problems.count == 1)
    }

    @Test func `a word that is not Iguazio's is kept`() throws {
        let manual = try manual(#""severity": "loud", "classification": null"#)
        #expect(manual.problems.isEmpty)
        #expect(manual.draft.severity == .unknown)
        #expect(manual.draft.parameters == [Parameter("severity", .text("loud"))])
    }

    @Test(arguments: [
        "{", "[]", #"{"data": {}}"#, #"{"data": {"attributes": {"kind": "two words"}}}"#,
        #"{"data": {"attributes": {"description": 7}}}"#,
        #"{"data": {"attributes": {"parameters_text": [{"value": "x"}]}}}"#,
    ])
    func `what is no event is refused in Iguazio's form`(body: String) async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("POST", "/api/manual_events", body)
            #expect(answer.status == 400)
            #expect(answer.body.hasPrefix(#"{"errors":[{"status":400,"detail":""#))
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test func `a login is answered with a cookie that says who it was`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send(
                "POST", "/api/sessions",
                #"{"data":{"type":"session","attributes":{"username":"ops","password":"a;\"b","plane":"control"}}}"#)
            #expect(answer.status == 201)
            let cookie = try #require(
                answer.fields.split(separator: "\r\n").first { $0.hasPrefix("set-cookie: ") }?.dropFirst(12))
            let credentials = Credentials(authorization: nil, cookie: String(cookie))
            #expect(credentials.name == "ops")
            #expect(credentials.secrets == [Array(#"a;"b"#.utf8)])
            #expect(try await api.send("POST", "/api/sessions", "{}").status == 400)
        }
    }

    @Test func `the client learns who it is, and the version`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.exchange(
                """
                POST /api/sessions/verifications/planes/any/internal HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
                Cookie: session=j%3A%7B%22sid%22%3A%22x%22%2C%22username%22%3A%22ops%22%7D\r\nContent-Length: 0\r\n\r\n
                """)
            let body = try JSONParser().parse(Array(answer.body.utf8).span)
            let attributes = body["data"]?["attributes"]
            #expect(attributes?["username"] == .text("ops"))
            #expect(attributes?["context"]?["authentication"]?["tenant_id"] == .text("tributary"))
            let version = try await api.send("GET", "/api/tunnel/igz0.version.0/external_versions/igz0")
            #expect(version.body.contains(#""external":"3.6.0""#))
            #expect(try await api.send("GET", "/api/events").status == 404)
            #expect(try await api.send("GET", "/api/manual_events").fields.contains("allow: post"))
        }
    }

    @Test func `our own tenant is no tenant of the event`() throws {
        let json = """
            {"data": {"relationships": {"audit_tenant": {"data": {"id": "tributary"}}}, "attributes": {"kind": "A.B"}}}
            """
        let draft = IguazioManualEvent(try JSONParser().parse(Array(json.utf8).span)).draft
        #expect(draft.type == "audit_event")
        #expect(draft.tenant.isEmpty)
    }
}
