import EventModel
import EventText
import Glibc
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct ManualMappingTests {
    private let sender = Sender(user: 1000, group: 100, process: 42, program: "deploy", userName: "ada")
    private let id = EventID(high: 1, low: 2)

    private func event(_ json: String) throws -> Event {
        let draft = try EventJSONDecoder().decode(try JSONParser().parse(Array(json.utf8).span))
        return ManualMapping(host: "node1").event(from: draft, sender: sender, id: id, now: APIHarness.now)
    }

    @Test func `what is missing has its default`() throws {
        let event = try event(#"{"message":"a"}"#)
        #expect(
            event
                == Event(
                    id: id, time: APIHarness.now, observedTime: APIHarness.now, source: "manual", origin: "deploy",
                    host: "node1", kind: "Software.Log.Emitted", severity: .info, classification: .ua,
                    visibility: .external, message: "a", user: "ada",
                    parameters: [
                        Parameter("sender.uid", .integer(WholeNumber(1000))),
                        Parameter("sender.gid", .integer(WholeNumber(100))),
                        Parameter("sender.pid", .integer(WholeNumber(42))),
                    ]))
    }

    @Test func `what is given stands, but for source and observed time`() throws {
        let event = try event(
            #"""
            {"id":"000102030405060708090a0b0c0d0e0f","time":"2020-01-01T00:00:00Z",
            "observedTime":"2020-01-01T00:00:00Z","source":"journal","origin":"o","host":"h","kind":"K.L.M","type":"t",
            "severity":"critical","classification":"sec","visibility":"external","systemEvent":true,"code":7,
            "message":"","user":"u","tenant":{"id":"i","name":"n"},"objects":[{"type":"a","id":"b","name":"c"}],
            "arguments":["x"],"parameters":{"p":1.5,"when":{"time":"2020-01-01T00:00:00Z"}},"tags":["y"]}
            """#)
        #expect(event.source == "manual")
        #expect(event.observedTime == APIHarness.now)
        #expect(event.time == Timestamp("2020-01-01T00:00:00Z"))
        #expect(event.origin == "o")
        #expect(event.host == "h")
        #expect(event.kind == "K.L.M")
        #expect(event.severity == .critical)
        #expect(event.classification == .sec)
        #expect(event.visibility == .external)
        #expect(event.isSystemEvent)
        #expect(event.code == 7)
        #expect(event.message == "")
        #expect(event.user == "u")
        #expect(event.tenant == Tenant(id: "i", name: "n"))
        #expect(event.parameters.prefix(2).map(\.name) == ["p", "when"])
    }

    @Test func `nobody can claim to be another sender`() throws {
        let event = try event(
            #"{"parameters":{"sender.uid":0,"sender.pid":"1","sender.name":"root","senders":1,"Sender.uid":2}}"#)
        #expect(event.parameters.map(\.name) == ["senders", "Sender.uid", "sender.uid", "sender.gid", "sender.pid"])
        #expect(event.parameters[2].value == .integer(WholeNumber(1000)))
    }

    @Test func `a message over its limit is cut between characters, and says how long it was`() throws {
        let message = String(repeating: "x", count: TextCutter.maximumMessageByteCount - 1) + "é…"
        let event = try event(#"{"message":"\#(message)"}"#)
        #expect(event.message?.bytes.count == TextCutter.maximumMessageByteCount - 1)
        let truncation = Parameter("truncated.message", .integer(WholeNumber(message.utf8.count)))
        #expect(event.parameters.first == truncation)
    }

    @Test func `other texts have a smaller limit, each its own parameter`() throws {
        let long = String(repeating: "😀", count: 20_000)
        let event = try event(
            """
            {"type":"\(long)","objects":[{"type":"a","id":"\(long)"}],"arguments":["b","\(long)"],\
            "parameters":{"p":"\(long)","truncated.type":"claimed"}}
            """)
        #expect(event.type.bytes.count == TextCutter.maximumTextByteCount)
        #expect(event.objects[0].id.bytes.count == TextCutter.maximumTextByteCount)
        #expect(event.arguments.map(\.bytes.count) == [1, TextCutter.maximumTextByteCount])
        #expect(
            event.parameters.dropLast(3).map(\.name)
                == ["p", "truncated.objects.0.id", "truncated.arguments.1", "truncated.type", "truncated.p"])
        #expect(event.parameters.allSatisfy { $0.value != .text("claimed") })
    }

    @Test func `the kernel says who sends`() async throws {
        try await APIHarness.run { api in
            #expect(try await api.send("POST", "/v1/events", #"{"parameters":{"sender.uid":12345}}"#).status == 201)
            let event = try #require(try api.acceptor.events().first)
            let sent = Dictionary(uniqueKeysWithValues: event.parameters.map { ($0.name, $0.value) })
            #expect(sent["sender.uid"] == .integer(WholeNumber(Int(geteuid()))))
            #expect(sent["sender.gid"] == .integer(WholeNumber(Int(getegid()))))
            #expect(sent["sender.pid"] == .integer(WholeNumber(Int(getpid()))))
            #expect(!event.origin.isEmpty)
            #expect(event.host == "node1")
            if geteuid() == 0 { #expect(event.user == "root") }
        }
    }
}
