import EventModel
import EventText
import TestSupport
import Testing

/// Events and conditions that meet each other's traps.
private struct Traps {
    private static let texts: [String] = [
        "", "", "a", "ab", "kind=", "see kind=", " kind=", "x severity=", " tag.0=", "tag.0", " parameter.a=", "a=",
        " a=", "a=b", "\"a\"", " ", ",", "]", "[a]", "\\", "\\u0061", "é", "\u{1}", "5", "05", "-0", "5.0", "FATAL",
        "true", "2026-01-01T00:00:00Z", "_x61", " parameterTypes=", " associatedObject.0.id=", "a\nb", "*", "sec",
        "\",\"kind\":\"a", "{\"kind\":\"a\"}", " id=",
    ]
    private static let names = ["a", "ab", "kind", "severity", "a.b", "_x", "é", "type", "id", "tag.0"]
    private var random: SeededGenerator

    init(seed: Int) {
        random = SeededGenerator(seed: seed)
    }

    private mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: 0..<items.count, using: &random)] }

    private mutating func text() -> Text { Text(pick(Self.texts)) }

    private mutating func list<Item>(_ item: (inout Self) -> Item) -> [Item] {
        (0..<Int.random(in: 0...2, using: &random)).map { _ in item(&self) }
    }

    private mutating func time() -> Timestamp {
        Timestamp(microseconds: 1_767_225_600_000_000 + Int64.random(in: -2...2, using: &random) * 500_000)
    }

    private mutating func value() -> ParameterValue {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .integer(WholeNumber(Int.random(in: -5...5, using: &random)))
        case 1: .number(pick([5, -0.0, 0.5]))
        case 2: .boolean(true)
        case 3: .time(time())
        default: .text(text())
        }
    }

    mutating func event() -> Event {
        let parameters = Set(list { $0.pick(Self.names) }).sorted().map { Parameter(Text($0), value()) }
        return Event(
            id: EventID(high: 0, low: pick([0, 1])), time: time(), observedTime: time(), source: text(),
            origin: text(), host: text(), kind: text(), type: text(), severity: pick(Severity.allCases),
            classification: pick([.unknown, .sec, .audit]), visibility: pick(Visibility.allCases),
            isSystemEvent: pick([true, false]), code: pick([nil, 5]), message: pick([nil, text()]), user: text(),
            tenant: Tenant(id: text(), name: text()),
            objects: list { AssociatedObject(type: $0.text(), id: $0.text(), name: $0.text()) },
            arguments: list { $0.text() }, parameters: parameters, tags: list { $0.text() })
    }

    /// A line that holds an event, or held one before somebody changed it.
    mutating func line() throws -> [UInt8] {
        let event = event()
        var line: [UInt8] = []
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            var reader = BatchReader(events: [event])
            #expect(try reader.next())
            var encoder = EventJSONEncoder()
            encoder.append(reader, to: &line)
        case 1: line = Array(try lines(of: [event], .moab, offset: pick([0, 5400]))[0].dropLast())
        default: line = Array(try lines(of: [event], .extended, offset: pick([0, -19800]))[0].dropLast())
        }
        if pick([true, false]) { change(&line) }
        return line
    }

    private mutating func change(_ line: inout [UInt8]) {
        let parts: [(String, String)] = [
            (" parameter.a=", " a="), (" parameter.a=", " parameter._x61="), ("=\"a", "=\"\\u0061"),
            ("=\"a", "=\"\\141"),
            ("\"kind\":", "\"\\u006bind\":"), ("\"kind\":", "\"kind\" : "), (" kind=", " associatedObject.01.id="),
            ("\":\"a", "\":\"\\u0061"), ("5", "05"), (" kind=\"", " k="), ("severity=\"", "severity=\"X"),
            (" tag.0", " tag.9"),
            ("=\"5\"", "=\"\\u0035\""), (".000", ""), ("INFO", "info"),
        ]
        let (old, new) = pick(parts)
        let text = Array(old.utf8)
        if let start = line.indices.first(where: { line[$0...].starts(with: text) }) {
            line.replaceSubrange(start..<start + text.count, with: new.utf8)
        } else if !line.isEmpty {
            let place = Int.random(in: 0..<line.count, using: &random)
            if pick([true, false]) {
                line.removeSubrange(place...)
            } else {
                line[place] = UInt8.random(in: 0...255, using: &random)
            }
        }
    }

    mutating func condition() -> EventFilter.Condition {
        while true {
            let key = pick(EventFilter.Key.knownNames.dropLast() + Self.names.map { "parameter.\($0)" })
            let values = (0..<Int.random(in: 1...2, using: &random)).map { _ in
                pick(["", "", "!= ", "= ", ">= "])
                    + pick([
                        "\(pick(Self.texts))", "\(pick(Self.texts))*", "warning", "00000000000000000000000000000000",
                    ])
            }
            if let condition = try? EventFilter.Condition(key: key, values: values) { return condition }
        }
    }

    mutating func bound() -> Timestamp? { pick([nil, nil, time()]) }
}

@Suite struct LineSieveTests {
    /// The event that a line holds, by decoding all of it.
    private func event(of line: [UInt8]) -> Event? {
        guard line.first == UInt8(ascii: "{") else { return try? EventLineDecoder().decode(line.span) }
        guard let value = try? JSONParser().parse(line.span), let draft = try? EventJSONDecoder().decode(value),
            let id = draft.id, let time = draft.time
        else { return nil }
        return draft.event(id: id, time: time, observedTime: time, source: .empty)
    }

    @Test(arguments: 0..<60)
    func `what it wants is what the filter wants of the decoded event`(seed: Int) throws {
        var traps = Traps(seed: seed)
        var lines: [(bytes: [UInt8], event: Event?, reader: BatchReader)] = []
        for _ in 0..<30 {
            let line = try traps.line()
            let event = event(of: line)
            var reader = BatchReader(events: event.map { [$0] } ?? [])
            #expect(try reader.next() == (event != nil))
            lines.append((line, event, reader))
        }
        for _ in 0..<20 {
            let filter = EventFilter(conditions: (0..<(seed % 2 + 1)).map { _ in traps.condition() })
            let (since, until) = (traps.bound(), traps.bound())
            var sieve = LineSieve(filter, since: since, until: until)
            for (line, event, reader) in lines {
                let found = sieve.judge(line.span)
                guard let event else {
                    // It may be ruled out before that shows, by its stamp or by a field.
                    #expect(found != .wanted)
                    continue
                }
                let isWithin = event.time >= since ?? .earliest && event.time < until ?? .latest
                let isWanted = isWithin && filter.matches(reader)
                let text = String(decoding: line, as: UTF8.self)
                #expect(found == (isWanted ? .wanted : .unwanted), "by \(filter.canonicalText): \(text)")
                if isWanted { #expect(sieve.reader.event() == event) }
            }
        }
    }

    @Test func `every hostile event is found by each of its own texts`() throws {
        var generator = EventGenerator(seed: 7)
        for _ in 0..<300 {
            let event = generator.event()
            let line = Array(try lines(of: [event])[0].dropLast())
            let texts: [(String, Text)] = [
                ("kind", event.kind), ("message", event.message ?? .empty), ("tenant.id", event.tenant.id),
                ("tag", event.tags.last ?? .empty), ("object.id", event.objects.first?.id ?? .empty),
            ]
            for (key, text) in texts where String(validating: text.bytes, as: UTF8.self) != nil {
                guard key != "tag" || !event.tags.isEmpty, key != "object.id" || !event.objects.isEmpty else {
                    continue
                }
                let condition = try EventFilter.Condition(key: key, values: ["= \(Glob.escaped(text.bytes))"])
                var sieve = LineSieve(EventFilter(conditions: [condition]))
                #expect(sieve.judge(line.span) == .wanted, "\(key) of \(String(decoding: line, as: UTF8.self))")
                #expect(sieve.reader.id == event.id)
            }
        }
    }

    @Test(arguments: ["", "x", "{}", "{", "Nov 21 10:00:00 host sshd[1]: words", "2026-01-01T00:00:00Z severity=\"INF"])
    func `a line that is none of ours is foreign`(line: String) {
        var sieve = LineSieve(.all)
        #expect(sieve.judge(Array(line.utf8).span) == .foreign)
    }

    @Test func `times compare as moments whatever their zone`() throws {
        let line = Array(try lines(of: [sampleEvent()], offset: -6 * 3600)[0].dropLast())
        #expect(String(decoding: line, as: UTF8.self).hasPrefix("2013-06-10T11:13:31.000-06:00 "))
        let moment = try #require(Timestamp("2013-06-10T19:13:31+02:00"))
        let later = Timestamp(microseconds: moment.microseconds + 1)
        var sieve = LineSieve(.all, since: moment, until: later)
        #expect(sieve.judge(line.span) == .wanted)
        sieve = LineSieve(.all, since: later)
        #expect(sieve.judge(line.span) == .unwanted)
        sieve = LineSieve(.all, until: moment)
        #expect(sieve.judge(line.span) == .unwanted)
    }
}
