import EventModel
import EventText
import Foundation
import TestSupport
import Testing

/// The folder of the golden files.
let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

/// The lines of `events`, in one batch.
func lines(
    of events: [Event], _ dialect: EventLineEncoder.Dialect = .extended, offset: Int = 0
) throws -> [[UInt8]] {
    var encoder = EventLineEncoder(dialect: dialect) { _ in offset }
    var reader = BatchReader(events: events)
    var lines: [[UInt8]] = []
    encoder.beginBatch()
    while try reader.next() {
        var line: [UInt8] = []
        encoder.append(reader, to: &line)
        lines.append(line)
    }
    return lines
}

/// The line of `event`, without its LF.
func line(
    of event: Event, _ dialect: EventLineEncoder.Dialect = .extended, offset: Int = 0
) throws -> String {
    let bytes = try #require(try lines(of: [event], dialect, offset: offset).first)
    #expect(bytes.last == 0x0A)
    return String(decoding: bytes.dropLast(), as: UTF8.self)
}

/// An event of 2013-06-10T17:13:31Z with a given id.
func sampleEvent(
    microseconds: Int64 = 1_370_884_411_000_000, severity: Severity = .unknown, type: Text = .empty,
    code: UInt32? = nil,
    message: Text? = nil, objects: [AssociatedObject] = [], arguments: [Text] = [], parameters: [Parameter] = [],
    tags: [Text] = []
) -> Event {
    Event(
        id: EventID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210),
        time: Timestamp(microseconds: microseconds),
        observedTime: Timestamp(microseconds: Int64(0)), source: "s", type: type, severity: severity, code: code,
        message: message, objects: objects, arguments: arguments, parameters: parameters, tags: tags)
}

@Suite struct EventLineEncoderTests {
    /// What every line of `sampleEvent` has of ours.
    private let tail = #"id="0123456789abcdeffedcba9876543210" source="s" observedTime="1970-01-01T00:00:00.000000Z""#

    @Test func `an event with nothing but the necessary has only that`() throws {
        #expect(try line(of: sampleEvent()) == "2013-06-10T17:13:31.000+00:00 \(tail)")
        #expect(try line(of: sampleEvent(), .moab) == "2013-06-10T17:13:31.000+00:00 arguments=[]")
    }

    @Test func `every field has its place`() throws {
        let event = Event(
            id: EventID(high: 1, low: 2), time: Timestamp(microseconds: Int64(1_370_884_411_000_250)),
            observedTime: Timestamp(microseconds: Int64(1_370_884_411_500_000)), source: "moab", origin: "CSA Plugin",
            host: "h", kind: "Software.Vm.Provisioned", type: "VM Provision", severity: .info, classification: .sw,
            visibility: .external, isSystemEvent: true, code: 0x0DFF_FFFF, message: "", user: "u",
            tenant: Tenant(id: "7", name: "Research"),
            objects: [AssociatedObject(type: "VM", id: "vm1", name: "web"), AssociatedObject(type: "", id: "")],
            arguments: ["vm1", "", "b"],
            parameters: [
                Parameter("a", .text("")), Parameter("b c", .integer(WholeNumber(-5))), Parameter("n", .number(5)),
                Parameter("f", .boolean(false)), Parameter("t", .time(Timestamp(microseconds: Int64(0)))),
            ], tags: ["x", ""])
        #expect(
            try line(of: event, offset: -6 * 3600) == #"2013-06-10T11:13:31.000250-06:00 severity="INFO" "#
                + #"code="0x0dffffff" type="VM Provision" origin="CSA Plugin" associatedObject.0.type="VM" "#
                + #"associatedObject.0.id="vm1" associatedObject.1.type="" associatedObject.1.id="" "#
                + #"arguments=["vm1", "", "b"] message="" kind="Software.Vm.Provisioned" classification="sw" "#
                + #"visibility="external" systemEvent="true" id="00000000000000010000000000000002" source="moab" "#
                + #"host="h" user="u" tenant.id="7" tenant.name="Research" associatedObject.0.name="web" tag.0="x" "#
                + #"tag.1="" observedTime="2013-06-10T17:13:31.500000Z" parameter.a="" parameter.b_x20c="-5" "#
                + #"parameter.n="5.0" parameter.f="false" parameter.t="1970-01-01T00:00:00.000000Z" "#
                + #"parameterTypes="tinbd""#)
        #expect(
            try line(of: event, .moab) == #"2013-06-10T17:13:31.000+00:00 severity="INFO" code="0x0dffffff" "#
                + #"type="VM Provision" origin="CSA Plugin" associatedObject.0.type="VM" associatedObject.0.id="vm1" "#
                + #"associatedObject.1.type="" associatedObject.1.id="" arguments=["vm1", "", "b"] message="""#)
    }

    @Test func `repeated parameters are written the same, in any order and mix`() throws {
        let a = Parameter("a", .text("1"))
        let b = Parameter("b", .text("\"2\""))
        let c = Parameter("c", .integer(WholeNumber(3)))
        let long = Parameter("long", .text(Text([UInt8](repeating: 0x61, count: 600))))
        let mixes = [[a, b], [b, a], [a, long, b, c], [c], [a, b, c], [long, long], []]
        let together = try lines(of: mixes.map { sampleEvent(parameters: $0) })
        let alone = try mixes.map { try lines(of: [sampleEvent(parameters: $0)])[0] }
        #expect(together == alone)
    }

    @Test func `an encoder that begins another batch forgets the one before`() throws {
        var encoder = EventLineEncoder(dialect: .extended) { _ in 0 }
        var reader = BatchReader([])
        for text in ["one", "two"] as [Text] {
            var writer = BatchWriter()
            writer.append(sampleEvent(parameters: [Parameter("p", .text(text))]))
            reader.reset(writer.bytes)
            encoder.beginBatch()
            #expect(try reader.next())
            var buffer: [UInt8] = []
            encoder.append(reader, to: &buffer)
            #expect(String(decoding: buffer, as: UTF8.self).hasSuffix("parameter.p=\"\(text)\"\n"))
        }
    }

    @Test func `the zone is asked for once in each quarter of an hour`() throws {
        let asked = Counter()
        var encoder = EventLineEncoder(dialect: .moab) { _ in
            asked.increment()
            return 5400
        }
        var reader = BatchReader(events: (0..<1000).map { sampleEvent(microseconds: Int64($0) * 1_000_000) })
        var buffer: [UInt8] = []
        while try reader.next() { encoder.append(reader, to: &buffer) }
        #expect(asked.value == 2)
        #expect(String(decoding: buffer.prefix(29), as: UTF8.self) == "1970-01-01T01:30:00.000+01:30")
    }

    @Test func `a zone's odd seconds and a year outside of four digits do not change the moment`() throws {
        let decoder = EventLineDecoder()
        for time in [Timestamp.earliest, .latest, Timestamp(microseconds: Int64(-2_000_000_000_000_001))] {
            for offset in [3208, -3208, 14 * 3600, -12 * 3600] {
                let event = sampleEvent(microseconds: time.microseconds)
                let bytes = try lines(of: [event], offset: offset)[0]
                #expect(try decoder.decode(bytes.span).time == time)
            }
        }
    }

    @Test func `a number that is not finite is written as text`() throws {
        let line = try line(
            of: sampleEvent(parameters: [Parameter("n", .number(.nan)), Parameter("i", .number(.infinity))]))
        #expect(line.hasSuffix(#"parameter.n="nan" parameter.i="inf""#))
    }
}

@Suite struct LineRoomTests {
    @Test func `a line that outgrows the first room is written whole, behind what was there`() throws {
        var encoder = EventLineEncoder(dialect: .moab) { _ in 0 }
        for count in Array(4000...4110) + [8192, 100_000] {
            for last in ["a", "\"", "\u{7f}"] {
                var reader = BatchReader(events: [
                    sampleEvent(message: Text(String(repeating: "m", count: count) + last), arguments: ["\u{85}"])
                ])
                var buffer: [UInt8] = Array("before\n".utf8)
                #expect(try reader.next())
                encoder.append(reader, to: &buffer)
                let escaped = ["a": "a", "\"": "\\\"", "\u{7f}": "\\u007f"][last, default: ""]
                let expected =
                    "before\n2013-06-10T17:13:31.000+00:00 arguments=[\"\\u0085\"] message=\""
                    + String(repeating: "m", count: count) + escaped + "\"\n"
                #expect(buffer == Array(expected.utf8))
            }
        }
    }

    @Test(arguments: [UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x00, 0x1F, 0x7F, 0x80, 0xFF])
    func `a byte is found wherever it stands in a text of any length`(special: UInt8) throws {
        var texts: [[UInt8]] = []
        for count in 1...40 {
            for place in 0..<count {
                // Neighbors that a borrow or carry between bytes would reach.
                for neighbor in [UInt8(ascii: "#"), UInt8(ascii: "]"), 0x20, 0x7E] {
                    var text = [UInt8](repeating: neighbor, count: count)
                    text[place] = special
                    texts.append(text)
                }
            }
        }
        let lines = try lines(of: texts.map { sampleEvent(message: Text($0)) }, .moab)
        for (text, line) in zip(texts, lines) {
            var expected = Array("2013-06-10T17:13:31.000+00:00 arguments=[] message=".utf8)
            expected.append(UInt8(ascii: "\""))
            expected.append(escaping: text.span)
            #expect(line == expected + Array("\"\n".utf8))
        }
    }
}

@Suite struct EventLineGoldenTests {
    /// Seconds ahead of UTC that the stamp of `line` says.
    private func offset(of line: String) throws -> Int {
        let text = Array(line.utf8)[23..<29].map { Int($0) - 0x30 }
        let seconds = (text[1] * 10 + text[2]) * 3600 + (text[4] * 10 + text[5]) * 60
        return line.utf8[line.utf8.index(line.startIndex, offsetBy: 23)] == UInt8(ascii: "-") ? -seconds : seconds
    }

    @Test func `Moab's own lines come out byte for byte`() throws {
        let file = try String(contentsOf: golden.appending(path: "mws/events.log"), encoding: .utf8)
        let lines = file.split(separator: "\n").map(String.init)
        #expect(lines.count == 18)
        for text in lines {
            let event = try EventLineDecoder().decode(Array(text.utf8).span)
            #expect(try line(of: event, .moab, offset: try offset(of: text)) == text)
        }
    }

    @Test func `the escapes that only a reader knows are read`() throws {
        let bytes = [UInt8](try Data(contentsOf: golden.appending(path: "mws/events.log.mixed_escapes")))
        let event = try EventLineDecoder().decode(bytes.span)
        #expect(event.arguments == ["AB", "it's", "A\u{0}"])
        #expect(event.message == "smile 😀 lone \u{fffd} end \\q unknown")
        #expect(event.origin == "java escapes")
    }
}
