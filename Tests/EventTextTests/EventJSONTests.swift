import EventModel
import EventText
import TestSupport
import Testing

/// The canonical JSON of `event`.
func json(of event: Event) throws -> [UInt8] {
    var encoder = EventJSONEncoder()
    var reader = BatchReader(events: [event])
    var buffer: [UInt8] = []
    #expect(try reader.next())
    encoder.append(reader, to: &buffer)
    return buffer
}

private func decode(_ text: String) throws -> EventDraft {
    try EventJSONDecoder().decode(try JSONParser().parse(Array(text.utf8).span))
}

private func failures(_ text: String, at path: String = "") throws -> [String] {
    do {
        _ = try EventJSONDecoder().decode(try JSONParser().parse(Array(text.utf8).span), at: path)
        return []
    } catch let errors as EventJSONErrors {
        return errors.errors.map(\.description)
    }
}

/// The event of a draft that leaves nothing necessary out.
private func event(of draft: EventDraft) throws -> Event {
    draft.event(
        id: try #require(draft.id), time: try #require(draft.time), observedTime: try #require(draft.observedTime),
        source: draft.source ?? .empty)
}

@Suite struct EventJSONTests {
    @Test func `every key has its place, and what is empty is left out`() throws {
        let bare = sampleEvent()
        #expect(
            String(decoding: try json(of: bare), as: UTF8.self) == #"{"id":"0123456789abcdeffedcba9876543210","#
                + #""time":"2013-06-10T17:13:31.000000Z","observedTime":"1970-01-01T00:00:00.000000Z","source":"s"}"#)
        let full = Event(
            id: EventID(high: 1, low: 2), time: Timestamp(microseconds: Int64(1_370_884_411_000_250)),
            observedTime: Timestamp(microseconds: Int64(0)), source: "s", origin: "o", host: "h", kind: "k", type: "t",
            severity: .major, classification: .sec, visibility: .customerOnly, isSystemEvent: true, code: .max,
            message: "", user: "u", tenant: Tenant(name: "n"), objects: [AssociatedObject(type: "VM", id: "")],
            arguments: ["a", ""],
            parameters: [
                Parameter("", .text("\u{85}")), Parameter("n", .number(5)),
                Parameter("i", .integer(WholeNumber(isNegative: true, magnitude: .max))),
                Parameter("b", .boolean(true)),
                Parameter("t", .time(.latest)), Parameter("x", .number(.infinity)),
            ], tags: ["x"])
        #expect(
            String(decoding: try json(of: full), as: UTF8.self) == #"{"id":"00000000000000010000000000000002","#
                + #""time":"2013-06-10T17:13:31.000250Z","observedTime":"1970-01-01T00:00:00.000000Z","source":"s","#
                + #""origin":"o","host":"h","kind":"k","type":"t","severity":"major","classification":"sec","#
                + #""visibility":"customerOnly","systemEvent":true,"code":4294967295,"message":"","user":"u","#
                + #""tenant":{"name":"n"},"objects":[{"type":"VM","id":""}],"arguments":["a",""],"#
                + #""parameters":{"":"\u0085","n":5.0,"i":-18446744073709551615,"b":true,"#
                + #""t":{"time":"9999-12-31T23:59:59.999999Z"},"x":"inf"},"tags":["x"]}"#)
    }

    @Test(arguments: 0..<40)
    func `decoding undoes encoding`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        for _ in 0..<50 {
            let original = generator.event()
            let bytes = try json(of: original)
            #expect(String(validating: bytes, as: UTF8.self) != nil)
            #expect(!bytes.contains { $0 < 0x20 || $0 == 0x7F })
            let draft = try EventJSONDecoder().decode(try JSONParser().parse(bytes.span))
            #expect(try event(of: draft) == original)
        }
    }

    @Test(arguments: 0..<10)
    func `no mutated text ends the process`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let whole = try json(of: generator.event())
            for _ in 0..<40 {
                let mutated = mutation(of: whole, &random)
                guard let value = try? JSONParser().parse(mutated.span) else { continue }
                _ = try? EventJSONDecoder().decode(value)
            }
        }
    }

    @Test func `every key may be left out`() throws {
        #expect(try decode("{}") == EventDraft())
        let draft = try decode(#"{"message":"m","time":"2013-06-10T11:13:31-06:00"}"#)
        let filled = draft.event(
            id: EventID(high: 1, low: 2), time: .earliest, observedTime: .latest, source: "manual")
        #expect(filled.time == Timestamp("2013-06-10T17:13:31Z"))
        #expect(filled.observedTime == .latest)
        #expect(filled.source == "manual")
        #expect(filled.id == EventID(high: 1, low: 2))
        #expect(filled.message == "m")
    }

    @Test func `all that is wrong with an event is reported at once`() throws {
        let text = #"""
            {"id": "12", "time": "now", "source": 5, "severity": "warn", "clasification": "sec", "code": 4294967296,
             "systemEvent": "yes", "message": null, "tenant": {"nam": "x"}, "objects": [{}, {"id": 1.50}, "x"],
             "arguments": "a", "tags": ["a", []], "parameters": {"a b": null, "n": 1e999, "t": {"time": "x"}, "o": {}}}
            """#
        #expect(
            try failures(text, at: "[2]")
                == [
                    "[2].clasification: unknown key; did you mean 'classification'?",
                    #"[2].id: 32 hexadecimal digits expected, not "12""#,
                    #"[2].time: RFC 3339 date and time with an offset expected, not "now""#,
                    "[2].source: text expected, not 5",
                    #"[2].severity: unknown word "warn", one of unknown, debug, info, warning, major, critical expected"#,
                    "[2].code: whole number from 0 to 4294967295 expected, not 4294967296",
                    #"[2].systemEvent: true or false expected, not "yes""#,
                    "[2].message: text expected, not null",
                    "[2].tenant.nam: unknown key; did you mean 'name'?",
                    "[2].objects[1].id: text expected, not 1.50",
                    #"[2].objects[2]: object expected, not "x""#,
                    #"[2].arguments: array expected, not "a""#,
                    "[2].tags[1]: text expected, not array",
                    #"[2].parameters."a b": text, finite number, true, false or {"time": …} expected, not null"#,
                    #"[2].parameters.n: text, finite number, true, false or {"time": …} expected, not 1e999"#,
                    #"[2].parameters.t.time: RFC 3339 date and time with an offset expected, not "x""#,
                    #"[2].parameters.o: text, finite number, true, false or {"time": …} expected, not object"#,
                ])
        #expect(try failures("[]") == ["event: object expected, not array"])
    }

    @Test func `an unknown key is answered with the one that was meant, if any`() throws {
        #expect(try failures(#"{"Severity":1}"#) == ["Severity: unknown key; did you mean 'severity'?"])
        #expect(try failures(#"{"hots":1}"#) == ["hots: unknown key; did you mean 'host'?"])
        #expect(try failures(#"{"something":1}"#) == ["something: unknown key"])
        #expect(try failures(#"{"\u001b[2J":1}"#) == [#""\u001b[2J": unknown key"#])
    }

    @Test func `errors and items are bounded`() throws {
        let keys = (0..<500).map { "\"unknown\($0)\":0" }.joined(separator: ",")
        #expect(try failures("{\(keys)}").count == EventJSONErrors.maximumCount)
        let tags = [String](repeating: "\"\"", count: 65_537).joined(separator: ",")
        #expect(try failures("{\"tags\":[\(tags)]}") == ["tags: more than 65536 items"])
    }
}
