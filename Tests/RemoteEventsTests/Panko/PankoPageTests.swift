import EventModel
import RemoteServers
import TestSupport
import Testing

@testable import RemoteEvents

private func page(_ text: String) -> [PankoPage.Item]? { PankoPage(Array(text.utf8))?.items }

/// A record, or why it is none.
private func record(_ text: String) -> Result<PankoRecord, PankoRecordError> {
    let bytes = Array(text.utf8)
    do throws(PankoRecordError) {
        return .success(try PankoRecord(parsing: bytes.span))
    } catch {
        return .failure(error)
    }
}

@Suite struct PankoPageTests {
    @Test(arguments: [("events.json", 3), ("ties.json", 12), ("awkward_text.json", 16), ("odd_values.json", 4)])
    func `the samples are read whole`(file: String, count: Int) throws {
        let items = try #require(PankoPage(try golden(file))?.items)
        for item in items {
            guard case .record = item else {
                Issue.record("\(item)")
                continue
            }
        }
        #expect(items.count == count)
        #expect(PankoPage(try golden("empty.json"))?.items == [])
    }

    @Test(arguments: [
        (#""2024-05-17T08:00:01""#, second(1)), (#""2024-05-17T08:00:01.102960""#, second(1, 102_960)),
        (#""2024-05-17T08:00:01Z""#, second(1)), (#""2024-05-17T10:00:01+02:00""#, second(1)),
        (#""2024-05-17 08:00:02.5""#, second(2, 500_000)),
    ])
    func `a time without a zone is UTC`(text: String, time: Timestamp) throws {
        #expect(try record(#"{"message_id":"a","generated":\#(text)}"#).get().generated == time)
    }

    @Test func `the raw notification is kept as it stands and need not be JSON`() throws {
        let text =
            #"{"message_id": "a", "raw": {"n": NaN, "n": [Infinity, "]}\""]}, "generated": "2024-05-17T08:00:00"}"#
        #expect(try record(text).get().raw == #"{"n": NaN, "n": [Infinity, "]}\""]}"#)
        for raw in ["{}", "null"] {
            let text = #"{"message_id": "a", "raw": \#(raw), "generated": "2024-05-17T08:00:00"}"#
            #expect(try record(text).get().raw == nil)
        }
    }

    @Test(arguments: [
        ("17", "it is no object"), (#"{"generated":"2024-05-17T08:00:00"}"#, "no 'message_id'"),
        (#"{"message_id":"","generated":"2024-05-17T08:00:00"}"#, "no 'message_id'"),
        (#"{"message_id":"a"}"#, "no 'generated'"), (#"{"message_id":"a","generated":null}"#, "no 'generated'"),
        (#"{"message_id":7,"generated":"2024-05-17T08:00:00"}"#, "'message_id' is a number"),
        (#"{"message_id":"a","generated":"yesterday"}"#, "'yesterday', which is no date"),
        (#"{"message_id":"a","generated":"2024-05-17T08:00:00","traits":{}}"#, "'traits' is a object"),
        (#"{"message_id":"a","generated":"2024-05-17T08:00:00","traits":[1]}"#, "'traits' is a list with a number"),
        (#"{"message_id":"a","generated":"2024-05-17T08:00:00","traits":[{"value":"1"}]}"#, "no 'traits.name'"),
        (#"{"message_id":"a","generated":"2024-05-17T08:00:00","traits":[{"name":"x","value":[]}]}"#, "'traits.value'"),
        (#"{"message_id":"a","generated":"2024-05-17T08:00:00","event_type":nul}"#, "'event_type' is no JSON"),
    ])
    func `a record that cannot be read costs only itself`(text: String, reason: String) throws {
        let good = #"{"message_id":"z","event_type":"x.y","generated":"2024-05-17T08:00:09","traits":[]}"#
        let items = try #require(page("[\(good), \(text), \(good)]"))
        #expect(items.count == 3)
        #expect(items[0] == items[2])
        guard case .unreadable(let record) = items[1] else {
            Issue.record("it was read: \(items[1])")
            return
        }
        #expect(record.reason.description.contains(reason))
        #expect(!record.identity.isEmpty)
    }

    @Test func `unknown members and null values are no trouble`() throws {
        let text = """
            {"future": {"deep": [[]]}, "message_id": "a", "event_type": null, "generated": "2024-05-17T08:00:00",
             "traits": [{"name": "x", "type": "string", "value": null}, {"name": "n", "type": "integer", "value": 7}]}
            """
        let record = try record(text).get()
        #expect(record.eventType.isEmpty)
        #expect(record.traits == [PankoRecord.Trait(name: "n", type: "integer", value: "7")])
    }

    @Test(arguments: ["", "{}", "null", "[", "[1", "[1,", "[{]", "[]x", "<html></html>", #"["a"#])
    func `what is no whole array is no page`(text: String) {
        #expect(page(text) == nil)
    }

    @Test(arguments: 0..<10)
    func `no part of a page and no change of it ends the process`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let bytes = try golden(seed % 2 == 0 ? "odd_values.json" : "events.json")
        for _ in 0..<20 {
            #expect(PankoPage(Array(bytes.prefix(Int.random(in: 0..<bytes.count - 1, using: &random)))) == nil)
            var changed = bytes
            for _ in 0..<3 {
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: .min ... .max, using: &random)
            }
            _ = PankoPage(changed)
        }
    }
}

@Suite struct PankoFaultTests {
    @Test(arguments: [
        ("error_400.json", 400, "Unknown argument: \"bogus\""), ("error_404.json", 404, "Event nope Not Found"),
        ("error_401.json", 401, "The request you have made requires authentication."),
        ("error_403_html.json", 403, "403 Forbidden 403 Forbidden Access was denied. RBAC Authorization Failed"),
        ("error_500_lists.json", 500, "list index out of range"),
        ("error_500_marker.json", 500, "Marker nope not found."),
    ])
    func `each of the three forms is read`(file: String, status: Int, text: String) throws {
        let fault = PankoFault(RemoteResponse(status: status, body: try golden(file)))
        #expect(fault.text == text)
        #expect(fault.description == "HTTP \(status), \(text)")
    }

    @Test func `a marker that is gone is told apart from other trouble`() throws {
        let fault = PankoFault(RemoteResponse(status: 500, body: try golden("error_500_marker.json")))
        #expect(fault.isMissingMarker("nope"))
        #expect(!fault.isMissingMarker("other"))
        let other = PankoFault(RemoteResponse(status: 500, body: try golden("error_500_lists.json")))
        #expect(!other.isMissingMarker("nope"))
    }

    @Test(arguments: ["", "null", "[]", #"{"error_message": 7}"#, #"{"error": "x"}"#, "\u{0}\u{1b}[31m", "<<<<"])
    func `anything else is no trouble`(body: String) {
        let fault = PankoFault(RemoteResponse(502, body))
        #expect(fault.description.hasPrefix("HTTP 502"))
        #expect(!fault.description.unicodeScalars.contains { $0.value < 0x20 })
    }
}
