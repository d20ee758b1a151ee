import EventModel
import EventText
import Foundation
import TestSupport
import Testing

@testable import RemoteEvents

/// The events of a page's records, in canonical JSON, one a line.
private func lines(of items: [PankoPage.Item]) throws -> String {
    var page = RemotePage(source: "panko", observedTime: second(100))
    for case .record(let record) in items {
        page.append(
            PankoMapping(keepsRaw: true).event(
                from: record, id: page.id(of: record.messageID), source: "panko", observed: page.observedTime))
    }
    var reader = BatchReader(page.payload)
    var encoder = EventJSONEncoder()
    var bytes: [UInt8] = []
    while try reader.next() {
        encoder.append(reader, to: &bytes)
        bytes.append(0x0A)
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func event(_ type: Text, _ traits: [(Text, Text, Text)], raw: Text? = nil, keepsRaw: Bool = false) -> Event {
    let record = PankoRecord(
        messageID: "m", eventType: type, generated: second(0),
        traits: traits.map { PankoRecord.Trait(name: $0, type: $1, value: $2) }, raw: raw)
    return PankoMapping(keepsRaw: keepsRaw).event(
        from: record, id: EventID(high: 0, low: 0), source: "panko", observed: second(1))
}

@Suite struct PankoMappingTests {
    /// With `TRIBUTARY_REGENERATE` in the environment the files are written anew; review what changes.
    @Test(arguments: ["events", "identity_cadf", "odd_values", "awkward_text", "ties"])
    func `the samples become the golden events`(name: String) throws {
        let text = try lines(of: #require(PankoPage(try golden("\(name).json"))?.items))
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/panko/\(name).out")
        if ProcessInfo.processInfo.environment["TRIBUTARY_REGENERATE"] != nil {
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(decoding: Data(contentsOf: file), as: UTF8.self) == text)
    }

    @Test func `host, user and project are keys of the event, and the other traits parameters of their type`() {
        let event = event(
            "compute.instance.create.end",
            [
                ("host", "string", "compute-01"), ("instance_id", "string", "i1"), ("display_name", "string", "web"),
                ("launched_at", "datetime", "2024-05-17T08:00:00.000001"), ("memory_mb", "integer", "2048"),
                ("project_id", "string", "p1"), ("ratio", "float", "1e+22"), ("service", "string", "compute.c1"),
                ("tenant_id", "string", "p1"), ("user_id", "string", "u1"),
            ])
        #expect(event.host == "compute-01")
        #expect(event.user == "u1")
        #expect(event.tenant == Tenant(id: "p1"))
        #expect(event.origin == "compute.c1")
        #expect(event.objects == [AssociatedObject(type: "instance", id: "i1", name: "web")])
        #expect(
            event.parameters == [
                Parameter("launched_at", .time(second(0, 1))), Parameter("memory_mb", .integer(WholeNumber(2048))),
                Parameter("ratio", .number(1e22)), Parameter("service", .text("compute.c1")),
                Parameter("phase", .text("end")),
            ])
        #expect(event.message == "Create of instance 'web' ended on 'compute-01'")
    }

    @Test func `the name comes before the id of who did it, and what is null is nobody`() {
        let user = { (traits: [(Text, Text, Text)]) in event("x.y", traits).user }
        let all: [(Text, Text, Text)] = [
            ("initiator_id", "string", "id"), ("initiator_name", "string", "alice"), ("user_id", "string", "u"),
        ]
        #expect(user(all) == "alice")
        #expect(user([all[0], all[2]]) == "id")
        #expect(user([("initiator_name", "string", "None"), all[2]]) == "u")
        #expect(user([("user_id", "integer", "7")]) == "")
    }

    @Test func `one name with two types is kept twice`() {
        let event = event(
            "x.y", [("size", "string", "big"), ("size", "integer", "7"), ("size.integer", "string", "x")])
        #expect(event[parameter: "size"] == .text("big"))
        #expect(event[parameter: "size.integer"] == .integer(WholeNumber(7)))
        #expect(event[parameter: "size.integer.string"] == .text("x"))
    }

    @Test func `a value that is not of its type stays a text`() {
        let event = event(
            "x.y",
            [
                ("a", "float", "nan"), ("b", "integer", "1.5"), ("c", "datetime", "soon"), ("d", "decimal", "7"),
                ("e", "integer", "-9007199254740993"), ("f", "float", "inf"),
            ])
        #expect(event[parameter: "a"] == .text("nan"))
        #expect(event[parameter: "b"] == .text("1.5"))
        #expect(event[parameter: "c"] == .text("soon"))
        #expect(event[parameter: "d"] == .text("7"))
        #expect(event[parameter: "e"] == .integer(WholeNumber(-9_007_199_254_740_993)))
        #expect(event[parameter: "f"] == .text("inf"))
    }

    @Test func `the raw notification is kept on request only`() {
        #expect(event("x.y", [], raw: "{\"a\": 1}")[parameter: "raw"] == nil)
        #expect(event("x.y", [], raw: "{\"a\": 1}", keepsRaw: true)[parameter: "raw"] == .text("{\"a\": 1}"))
    }

    @Test func `a very long text is cut, and its length is said`() {
        let long = Text([UInt8](repeating: 0x61, count: 2 << 20))
        let event = event("x.y", [("message", "string", long)], raw: long, keepsRaw: true)
        #expect(event.message?.bytes.count == 1 << 20)
        #expect(event[parameter: "truncated.raw"] == .integer(WholeNumber(2 << 20)))
        guard case .text(let text)? = event[parameter: "message"] else {
            Issue.record("no message")
            return
        }
        #expect(text.bytes.count == 64 << 10)
    }

    @Test(arguments: [
        ("compute.instance.resize.confirm.start", "Resize confirm of instance 'i' started"),
        ("volume.create.error", "Create of volume 'r' failed: no space"),
        ("identity.project.created", "Project 'r' created by 'alice'"), ("image.upload", "Image 'r': upload"),
        ("security_group.create.end", "Create of security group 'r' ended"), ("x", "X"), ("", ""),
    ])
    func `there is one sentence for each`(type: String, sentence: String) {
        let traits: [(Text, Text, Text)] = [
            (
                type.hasPrefix("compute") ? "instance_id" : "resource_id", "string",
                type.hasPrefix("compute") ? "i" : "r"
            ),
            ("initiator_name", "string", "alice"),
        ]
        let isError = type.hasSuffix(".error")
        let event = event(Text(type), traits + (isError ? [("message", "string", "no space")] : []))
        #expect(event.message == Text(sentence))
    }

    @Test(arguments: 0..<100)
    func `no traits end the process, and each parameter has a name of its own`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let words: [Text] = [
            "host", "size", "address", "raw", "phase", "None", "", "compute.instance.create.end",
            "identity.authenticate",
            "initiator_host_addr", "7", "nan", "2024-05-17T08:00:00", "\u{0}\n", "target_id", "resource_id", "name",
        ]
        let types: [Text] = ["string", "integer", "float", "datetime", "none", ""]
        let word = { (random: inout SeededGenerator) in words.randomElement(using: &random) ?? "" }
        let traits = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
            (word(&random), types.randomElement(using: &random) ?? "", word(&random))
        }
        let event = event(word(&random), traits, raw: "{}", keepsRaw: true)
        #expect(Set(event.parameters.map(\.name)).count == event.parameters.count)
    }
}
