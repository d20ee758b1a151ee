import EventModel
import TestSupport
import Testing

@Suite struct EventFilterTests {
    private static let event = Event(
        id: EventID(high: 1, low: 0xAB), time: Timestamp(dateOrTime: "2026-01-31") ?? .earliest,
        observedTime: Timestamp("2026-02-01T10:00:00Z") ?? .earliest, source: "journal", origin: "sshd",
        host: "node1", kind: "Security.User.Login.Failed", type: "syslog", severity: .warning, classification: .sec,
        visibility: .external, isSystemEvent: false, code: 0x10, message: "Failed password for root", user: "root",
        tenant: Tenant(id: "t1", name: "ops"),
        objects: [
            AssociatedObject(type: "unit", id: "ssh.service"), AssociatedObject(type: "vm", id: "7", name: "db"),
        ],
        arguments: ["one", "two"],
        parameters: [
            Parameter("port", .text("1022")), Parameter("load", .number(1.5)),
            Parameter("count", .integer(WholeNumber(-3))),
            Parameter("ok", .boolean(true)),
            Parameter("until", .time(Timestamp(dateOrTime: "2026-03-01") ?? .earliest)),
            Parameter("word", .text("abc")),
        ],
        tags: ["red", "blue"])

    private static let bare = Event(id: EventID(high: 0, low: 0), time: .earliest, observedTime: .earliest, source: "x")

    private func matches(_ event: Event = Self.event, _ conditions: (String, [String])...) throws -> Bool {
        let filter = EventFilter(conditions: try conditions.map { try EventFilter.Condition(key: $0, values: $1) })
        var writer = BatchWriter()
        writer.append(event)
        var reader = BatchReader(writer.bytes)
        #expect(try reader.next())
        return filter.matches(reader)
    }

    @Test(arguments: [
        ("id", "000000000000000100000000000000ab"), ("id", "000000000000000100000000000000AB"),
        ("id", "!= 00000000000000000000000000000000"),
        ("time", "2026-01-31"), ("time", ">= 2026-01-31T00:00:00Z"), ("time", "< 2026-01-31T00:00:00.000001Z"),
        ("observedTime", "> 2026-02-01"), ("source", "journal"), ("origin", "ssh?"), ("host", "node*"),
        ("kind", "Security.*"), ("kind", "!= *.Succeeded"), ("type", "= syslog"), ("severity", "warning"),
        ("severity", ">= warning"), ("severity", "<=warning"), ("severity", "!= debug"), ("severity", "> info"),
        ("classification", "sec"), ("classification", "!= hw"), ("visibility", "external"), ("systemEvent", "false"),
        ("systemEvent", "!= true"), ("code", "16"), ("code", "0x10"), ("code", "> 15"), ("code", "!= 17"),
        ("code", "!= "), ("message", "*password*"), ("user", "root"), ("tenant.id", "t1"), ("tenant.name", "ops"),
        ("object.type", "vm"), ("object.id", "ssh.*"), ("object.name", "db"), ("object.name", ""), ("argument", "two"),
        ("tag", "blue"), ("tag", "!= green"), ("parameter.port", "< 1024"), ("parameter.port", "1022"),
        ("parameter.load", ">= 1.5"), ("parameter.load", "1.5"), ("parameter.count", "< -2"),
        ("parameter.count", "-3"), ("parameter.ok", "true"), ("parameter.until", "> 2026-02-28"),
        ("parameter.until", "2026-03-*"), ("parameter.none", ""), ("parameter.none", "!= x"),
    ])
    func `a condition that holds`(key: String, value: String) throws {
        #expect(try matches(Self.event, (key, [value])))
    }

    @Test(arguments: [
        ("id", "00000000000000000000000000000000"), ("time", "< 2026-01-31"), ("observedTime", "< 2026-02-01"),
        ("source", "Journal"), ("origin", "ssh"), ("kind", "!= Security.*"), ("severity", "> warning"),
        ("severity", "< warning"), ("classification", "hw"), ("visibility", "!= external"), ("systemEvent", "true"),
        ("code", "< 16"), ("code", ""), ("user", ""), ("object.type", "node"), ("argument", "!= one"),
        ("tag", "!= red"), ("tag", ""), ("parameter.port", "> 1022"), ("parameter.word", "> 1"),
        ("parameter.word", "< 1"), ("parameter.none", "> 1"), ("parameter.none", "?*"), ("parameter.ok", "> 1"),
    ])
    func `a condition that does not hold`(key: String, value: String) throws {
        #expect(try !matches(Self.event, (key, [value])))
    }

    @Test func `all conditions must hold, and one value of each`() throws {
        #expect(try matches(Self.event, ("user", ["alice", "root"]), ("severity", ["debug", ">= warning"])))
        #expect(try !matches(Self.event, ("user", ["alice", "bob"]), ("severity", [">= warning"])))
        #expect(try !matches(Self.event, ("user", ["root"]), ("severity", ["> warning"])))
    }

    @Test func `a filter without conditions matches everything`() throws {
        #expect(try matches(Self.event))
        #expect(try matches(Self.bare))
        #expect(EventFilter.all.canonicalText == "{}")
    }

    @Test func `what is absent reads as an empty text`() throws {
        for key in ["user", "tag", "argument", "object.id", "message", "code", "parameter.x", "tenant.id"] {
            #expect(try matches(Self.bare, (key, [""])), "\(key)")
            #expect(try !matches(Self.bare, (key, ["!= "])), "\(key)")
            #expect(try !matches(Self.bare, (key, ["1"])), "\(key)")
            #expect(try matches(Self.bare, (key, ["!= 1"])), "\(key)")
        }
        #expect(try !matches(Self.bare, ("code", ["< 5"])))
    }

    @Test func `a text that begins with an operator is written behind an equals sign`() throws {
        let event = Event(
            id: EventID(high: 0, low: 0), time: .earliest, observedTime: .earliest, source: "x", user: "<a*>")
        #expect(try matches(event, ("user", [#"= <a\*>"#])))
        #expect(throws: EventFilterError.notOrdered(operator: "<")) { try matches(event, ("user", ["<a*>"])) }
    }

    @Test func `what no filter can mean is an error`() {
        func error(_ key: String, _ value: String...) -> EventFilterError? {
            do {
                _ = try EventFilter.Condition(key: key, values: value)
                return nil
            } catch { return error }
        }
        #expect(error("sevrity", "info") == .unknownKey("sevrity"))
        #expect(error("parameter.", "info") == .unknownKey("parameter."))
        #expect(error("severity", "bad") == .unknownWord("bad", known: Severity.allCases.map(\.word)))
        #expect(error("severity") == .noValue)
        #expect(error("kind", "> a") == .notOrdered(operator: ">"))
        #expect(error("time", "yesterday") == .noTime("yesterday"))
        #expect(error("time", "2026-02-30") == .noTime("2026-02-30"))
        #expect(error("code", "-1") == .noCode("-1"))
        #expect(error("code", "4294967296") == .noCode("4294967296"))
        #expect(error("id", "12") == .noID("12"))
        #expect(error("parameter.x", "> nan") == .noNumberOrTime("nan"))
        #expect(error("user", String(repeating: "a", count: 5000)) == .tooLong(byteCount: 5000))
    }

    @Test func `the canonical text is one line and stands for the filter`() throws {
        let filter = EventFilter(conditions: [
            try .init(key: "severity", values: [">=  warning", "=debug"]),
            try .init(key: "kind", values: ["Security.*"]),
            try .init(key: "time", values: ["<2026-01-01"]),
            try .init(key: "message", values: ["a\n\"b\"", "= = c", #"\*"#]),
        ])
        #expect(
            filter.canonicalText
                == #"{"severity":[">= warning","debug"],"kind":["Security.*"],"time":["< 2026-01-01T00:00:00.000000Z"],"#
                + #""message":["a\u000a\"b\"","= = c","\\*"]}"#)
        #expect(try EventFilter(canonicalText: filter.canonicalText) == filter)
    }

    @Test(arguments: 0..<500)
    func `the canonical text reads back as the same filter`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let keys = EventFilter.Key.knownNames.dropLast() + ["parameter.a b", "parameter.é\"", "parameter.x"]
        let letters: [Character] = [
            "a", "=", "!", "<", ">", " ", "*", "?", "\\", "\"", "\n", "é", "1", ".", "-", "\u{7F}",
        ]
        let words =
            [
                "info", "= sec", "!= external", ">= warning", "true", "!= true", "< 2026-01-01", "0x1f", "> 12",
                "< 1e300", "", "!= ",
            ]
            + [
                "000000000000000100000000000000ab", "!= 000000000000000100000000000000ab", ">= -0.25",
                "<= -18446744073709551615",
            ]
        var conditions: [EventFilter.Condition] = []
        for _ in 0..<40 {
            let key = keys.randomElement(using: &random) ?? "id"
            let value =
                Bool.random(using: &random)
                ? words.randomElement(using: &random) ?? ""
                : String(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a"
                    })
            if let condition = try? EventFilter.Condition(key: key, values: [value, value]) {
                conditions.append(condition)
            }
        }
        let filter = EventFilter(conditions: conditions)
        let text = filter.canonicalText
        #expect(!conditions.isEmpty)
        #expect(!text.utf8.contains { $0 < 0x20 })
        let again = try EventFilter(canonicalText: text)
        #expect(again == filter)
        #expect(again.canonicalText == text)
    }

    @Test(arguments: [
        "", "{", "[]", "{\"kind\":}", "{\"kind\":[\"a\"}", "{\"kind\":\"\\ud800\"}", "{} x", "{\"nope\":\"a\"}",
    ])
    func `a damaged text is an error`(text: String) {
        #expect(throws: EventFilterError.self) { try EventFilter(canonicalText: text) }
    }

    @Test(arguments: 0..<200)
    func `no text ends the process`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array(
            #"{"severity":[">= warning","debug"],"time":"< 2026-01-01","parameter.x":["> 1e5","\u00e9"]}"#.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        _ = try? EventFilter(canonicalText: String(decoding: bytes, as: UTF8.self))
    }
}
