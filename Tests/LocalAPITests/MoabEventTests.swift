import EventModel
import EventText
import Pipeline
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct MoabEventTests {
    /// The request of Moab's documentation.
    static let sample = #"""
        {"arguments": ["vm1"], "associatedObjects": [{"type": "VM", "id": "vm1"}], "code": 234881023, \#
        "eventDate": "2013-06-10 17:13:31 UTC", "eventType": "VM Provision", \#
        "message": "The virtual machine \"vm1\" was provisioned", "origin": "CSA Plugin", "severity": "INFO"}
        """#
    /// The answer of Moab's documentation, but for the id.
    private static let answer = #"""
        {"arguments": ["vm1"], "associatedObjects": [{"_id": "vm1", "id": "vm1", "type": "VM", "version": 0}], \#
        "code": 234881023, "eventDate": "2013-06-10 17:13:31 UTC", "eventType": "VM Provision", \#
        "id": "ID", "message": "The virtual machine \"vm1\" was provisioned", \#
        "origin": "CSA Plugin", "severity": "INFO", "version": 0}
        """#
    private static let path = "/mws/rest/events?api-version=3"

    private func moab(_ json: String) throws -> MoabEvent {
        MoabEvent(try JSONParser().parse(Array(json.utf8).span))
    }

    /// What is wrong with an event that is right but for these members.
    private func messages(_ members: String) throws -> [String] {
        try moab(#"{"eventDate": "2013-06-10 17:13:31 UTC", \#(members)}"#).messages
    }

    @Test func `the documented request is answered as documented`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("POST", Self.path, Self.sample)
            #expect(answer.status == 201)
            let event = try #require(try api.acceptor.events().first)
            let id = String(event.id.description.prefix(24))
            #expect(answer.fields.contains("location: /mws/rest/events/\(id)"))
            let body = try JSONParser().parse(Array(answer.body.utf8).span)
            let documented = Self.answer.replacing(#""ID""#, with: #""\#(id)""#)
            #expect(body == (try JSONParser().parse(Array(documented.utf8).span)))
        }
    }

    @Test func `the documented request becomes an event with every field`() throws {
        let draft = try moab(Self.sample).draft
        #expect(draft.time == Timestamp("2013-06-10T17:13:31Z"))
        #expect(draft.type == "VM Provision")
        #expect(draft.origin == "CSA Plugin")
        #expect(draft.code == 234_881_023)
        #expect(draft.severity == .info)
        #expect(draft.message == #"The virtual machine "vm1" was provisioned"#)
        #expect(draft.arguments == ["vm1"])
        #expect(draft.objects == [AssociatedObject(type: "VM", id: "vm1")])
        #expect(draft.kind == "Compute.Instance.Created")
        #expect(draft.classification == .ua)
        #expect(draft.parameters.isEmpty)
    }

    @Test func `an id begins with the second in which the event came`() {
        let now = Timestamp("2013-06-10T18:51:50Z")!
        let id = MoabEvent.id(EventID(high: 0x1111_1111_2222_2222, low: 0x3333_3333_4444_4444), at: now)
        #expect(id.description == "51b62046222222223333333344444444")
    }

    @Test(arguments: [
        (#""eventType": "VM \"Provision\"""#, "eventType must not have"),
        (#""eventType": "it's""#, "eventType must not"),
        (#""origin": "a\"b""#, "origin must not have"), (#""origin": "a'b""#, "origin must not have"),
        (#""severity": "LOUD""#, "severity is 'LOUD', allowed are TRACE, DEBUG, INFO, WARN, ERROR, FATAL"),
        (#""severity": 3"#, "severity must be a text"), (#""code": 0"#, "code must be"),
        (#""code": -1"#, "code must be"),
        (#""code": 4294967296"#, "code must be"), (#""code": 1.5"#, "code must be"), (#""code": "7""#, "code must be"),
        (#""arguments": "x""#, "arguments must be"), (#""arguments": [1]"#, "arguments[0] must be"),
        (#""associatedObjects": {}"#, "associatedObjects must be"),
        (#""associatedObjects": [{"type": "VM"}]"#, "associatedObjects[0] must have"),
        (#""message": {}"#, "message must be a text"),
    ])
    func `what Moab refuses is refused, and why`(members: String, message: String) throws {
        let messages = try messages(members)
        #expect(messages.count == 1)
        #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
    }

    @Test(arguments: ["{}", #"{"eventDate": null}"#, #"{"eventDate": "yesterday"}"#, #"{"eventDate": 7}"#, "[]", "7"])
    func `an event without a date is refused`(body: String) throws {
        #expect(try moab(body).messages.count == 1)
    }

    @Test func `null is as good as absent, and what Moab does not know is kept`() throws {
        let moab = try moab(
            #"""
            {"eventDate": "2014-02-28T10:57:21.000-0700", "eventType": null, "origin": null, "severity": null,
            "code": null, "message": null, "arguments": null, "associatedObjects": null, "version": 3, "rack": "r7",
            "load": 1.5}
            """#)
        #expect(moab.messages.isEmpty)
        #expect(moab.draft.time == Timestamp("2014-02-28T17:57:21Z"))
        #expect(moab.draft.kind == "Compute.Moab.Event.Logged")
        #expect(moab.draft.severity == .info)
        #expect(
            moab.draft.parameters == [Parameter("rack", .text("r7")), Parameter("load", .number(1.5))])
    }

    @Test func `a severity is read in any case, and is at least the kind's`() throws {
        #expect(try moab(#"{"eventDate": "2013-06-10 17:13:31 UTC", "severity": "warn"}"#).draft.severity == .warning)
        let failed = try moab(
            #"{"eventDate": "2013-06-10 17:13:31 UTC", "eventType": "Job Failed", "severity": "INFO"}"#)
        #expect(failed.draft.severity == .major)
        #expect(failed.draft.parameters == [Parameter("severity", .text("INFO"))])
    }

    @Test func `the one node and the one user are the event's`() throws {
        let draft = try moab(
            #"""
            {"eventDate": "2013-06-10 17:13:31 UTC", "associatedObjects": [{"type": "Node", "id": "n1"},
            {"type": "user", "id": "ada"}, {"type": "Job", "id": "7"}]}
            """#
        ).draft
        #expect(draft.host == "n1")
        #expect(draft.user == "ada")
    }

    @Test(arguments: [
        ("POST", "/mws/rest/events", 400, "api-version=3"),
        ("POST", "/mws/rest/events?api-version=2", 400, "api-version"),
        ("PUT", "/mws/rest/events?api-version=3", 405, "only POST"),
        ("DELETE", "/mws/rest/events?api-version=3", 405, "only POST"),
        ("PUT", "/mws/rest/events/51b62046c4aa708a5bebc018?api-version=3", 405, "cannot be changed"),
        ("DELETE", "/mws/rest/events/51b62046c4aa708a5bebc018", 405, "cannot be changed"),
        ("GET", "/mws/rest/jobs?api-version=3", 404, "no such path"),
    ])
    func `an error has Moab's form`(method: String, path: String, status: Int, words: String) async throws {
        try await APIHarness.run { api in
            let answer = try await api.send(method, path, method == "POST" ? Self.sample : "")
            #expect(answer.status == status)
            #expect(answer.body.hasPrefix(#"{"messages":[""#))
            #expect(answer.body.contains(words))
            #expect(api.acceptor.batches.isEmpty)
        }
    }

    @Test func `every mistake of an event is one message`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.send("POST", Self.path, #"{"severity": "LOUD", "code": 0, "origin": "'"}"#)
            #expect(answer.status == 400)
            let body = try JSONParser().parse(Array(answer.body.utf8).span)
            #expect(body["messages"]?.items.count == 4)
            #expect(try await api.send("POST", Self.path, "{").body.hasPrefix(#"{"messages":["the body is no JSON"#))
        }
    }

    @Test func `201 does not come before the event is durable`() async throws {
        try await APIHarness.run { api in
            api.acceptor.holdDurability()
            async let answer = api.send("POST", Self.path, Self.sample)
            try await api.acceptor.waitForBatches(count: 1)
            api.acceptor.refuse(with: .stopped)
            #expect(try await answer.status == 503)
            #expect(try await answer.body.hasPrefix(#"{"messages":[""#))
        }
    }

    @Test func `the name of Basic authentication is recorded and not believed`() async throws {
        try await APIHarness.run { api in
            let answer = try await api.exchange(
                """
                POST \(Self.path) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
                Authorization: Basic bW9hYi1hZG1pbjpjaGFuZ2VtZSE=\r\nContent-Length: \(Self.sample.utf8.count)\r\n\r\n\
                \(Self.sample)
                """)
            #expect(answer.status == 201)
            let event = try #require(try api.acceptor.events().first)
            #expect(event.parameters.last == Parameter("sender.name", .text("moab-admin")))
            #expect(event.user != "moab-admin")
            #expect(!event.parameters.contains { "\($0.value)".contains("changeme") })
        }
    }
}
