import EventModel
import EventText
import TestSupport
import Testing

private let stamp = "2013-06-10T11:13:31.000-06:00"

private func decode(_ line: String) throws -> Event {
    try EventLineDecoder().decode(Array(line.utf8).span)
}

private func failure(_ line: String) -> EventLineError? {
    do {
        _ = try EventLineDecoder().decode(Array(line.utf8).span)
        return nil
    } catch {
        return error
    }
}

/// A line that is none, and why.
private struct Mistake: Sendable {
    let line: String
    let error: EventLineError

    init(_ rest: String, _ error: EventLineError, stamp: String = stamp) {
        line = stamp + rest
        self.error = error
    }
}

private let mistakes: [Mistake] = [
    Mistake("", .unexpected(offset: 0, expected: "date and time with an offset from UTC"), stamp: ""),
    Mistake("x=\"y\"", .unexpected(offset: 0, expected: "date and time with an offset from UTC"), stamp: ""),
    Mistake(#"type="a""#, .unexpected(offset: 0, expected: "date and time with an offset from UTC")),
    Mistake(" ", .unexpected(offset: 0, expected: "date and time with an offset from UTC")),
    Mistake(#" type="a" "#, .unexpected(offset: 39, expected: "ASCII letter, digit or underscore of a key")),
    Mistake(#" type="a"  b="c""#, .unexpected(offset: 39, expected: "ASCII letter, digit or underscore of a key")),
    Mistake(#" type="a" b..c="d""#, .unexpected(offset: 41, expected: "ASCII letter, digit or underscore of a key")),
    Mistake(#" type=a"#, .unexpected(offset: 35, expected: "quote that begins a value")),
    Mistake(#" type="a"#, .unexpected(offset: 37, expected: "quote that ends a value")),
    Mistake(#" type="a\"#, .unexpected(offset: 38, expected: "quote that ends a value")),
    Mistake(" type=\"a\tb\"", .unexpected(offset: 37, expected: "escape of a control character")),
    Mistake(#" type="a"b"#, .unexpected(offset: 38, expected: "space before a key")),
    Mistake(#" arguments="a""#, .unexpected(offset: 40, expected: "bracket that begins a list")),
    Mistake(#" arguments=["a" "b"]"#, .unexpected(offset: 44, expected: "comma or bracket after a list's item")),
    Mistake(#" type="a" type="b""#, .repeated(offset: 39, key: "type")),
    Mistake(#" tag.0="a" tag.0="b""#, .repeated(offset: 40, key: "tag.0")),
    Mistake(#" parameter.a="a" parameter.a="b""#, .repeated(offset: 46, key: "a")),
    Mistake(#" tag.1="a""#, .gap(key: "tag", index: 0)),
    Mistake(#" tag.65535="a""#, .gap(key: "tag", index: 0)),
    Mistake(#" tag.65536="a""#, .unexpected(offset: 30, expected: "number below 65536 in a key")),
    Mistake(#" code="12""#, .unexpected(offset: 30, expected: "0x and up to eight hexadecimal digits of a code")),
    Mistake(#" id="12""#, .unexpected(offset: 30, expected: "32 hexadecimal digits of an id")),
    Mistake(
        #" parameterTypes="i" parameter.a="x""#,
        .unexpected(offset: 49, expected: "whole number as the parameter's value")),
    Mistake(
        #" parameterTypes="n" parameter.a="1e999""#,
        .unexpected(offset: 49, expected: "finite number as the parameter's value")),
    Mistake(
        #" parameterTypes="q" parameter.a="x""#,
        .unexpected(offset: 30, expected: "letter t, i, n, b or d for a type")),
    Mistake(#" parameterTypes="tt" parameter.a="x" y="z""#, .typeCount(letters: 2, parameters: 1)),
]

@Suite struct EventLineDecoderTests {
    @Test func `a line of Moab's lacks our fields, and they are filled in`() throws {
        let event = try decode(stamp + #" severity="warn" code="0xFF" message="m""# + "\n")
        #expect(event.time == Timestamp("2013-06-10T17:13:31Z"))
        #expect(event.observedTime == event.time)
        #expect(event.id == EventID(high: 0, low: 0))
        #expect(event.source.isEmpty)
        #expect(event.severity == .warning)
        #expect(event.code == 255)
        #expect(event.message == "m")
        #expect(try decode(stamp).message == nil)
    }

    @Test(arguments: ["2013-06-10 17:13:31 UTC", "2013-06-10T10:13:31.000-0700", "2013-06-10T17:13:31Z"])
    func `a stamp in any of Moab's forms is read`(stamp: String) throws {
        #expect(try decode("\(stamp) type=\"a b=c\"").time == Timestamp("2013-06-10T17:13:31Z"))
        #expect(try decode("\(stamp) type=\"a b=c\"").type == "a b=c")
    }

    @Test func `what has no key of its own becomes a parameter`() throws {
        let event = try decode(
            stamp
                + #" error.message="e" severity="odd" list=["a","b"] associatedObject.00.id="z" visibility="x""#)
        #expect(
            event.parameters == [
                Parameter("error.message", .text("e")), Parameter("list", .text(#"["a","b"]"#)),
                Parameter("associatedObject.00.id", .text("z")), Parameter("severity", .text("odd")),
                Parameter("visibility", .text("x")),
            ])
        #expect(event.severity == .unknown)
    }

    @Test func `numbered keys may come in any order`() throws {
        let event = try decode(
            stamp + #" tag.1="b" associatedObject.1.id="2" associatedObject.0.name="n" tag.0="a""#)
        #expect(event.tags == ["a", "b"])
        #expect(
            event.objects == [AssociatedObject(type: "", id: "", name: "n"), AssociatedObject(type: "", id: "2")])
    }

    @Test func `types may come before the parameters`() throws {
        let event = try decode(
            stamp + #" parameterTypes="ntbdi" parameter.a="5.0" x="y" parameter.b="5" parameter.c="true" "#
                + #"parameter.d="1970-01-01T00:00:00.000000Z" parameter.e="-18446744073709551615""#)
        #expect(
            event.parameters == [
                Parameter("a", .number(5)), Parameter("x", .text("y")), Parameter("b", .text("5")),
                Parameter("c", .boolean(true)), Parameter("d", .time(Timestamp(microseconds: Int64(0)))),
                Parameter("e", .integer(WholeNumber(isNegative: true, magnitude: .max))),
            ])
    }

    @Test(arguments: [
        (#"\u0041\uuu0042\'"#, "AB'"), (#"\101\0\08\377\400"#, "A\u{0}\u{0}8\u{ff}\u{20}0"), (#"\ud83d\ude00"#, "😀"),
        (#"\ud83d"#, "\u{fffd}"), (#"\ud83dx"#, "\u{fffd}x"), (#"\ud83d\ud83d\ude00"#, "\u{fffd}😀"),
        (#"\udfff"#, "\u{fffd}"),
        (#"\q"#, "\\q"), (#"\u12"#, "\\u12"), (#"\u00e9\u2028"#, "\u{e9}\u{2028}"), (#"\ud83d\n"#, "\u{fffd}\n"),
    ])
    func `escapes are read as Java does`(escaped: String, text: String) throws {
        #expect(try decode("\(stamp) message=\"\(escaped)\"").message == Text(text))
    }

    @Test func `an escaped byte comes back as that byte`() throws {
        #expect(try decode(stamp + #" message="a\udcff\udc80b""#).message == Text([0x61, 0xFF, 0x80, 0x62]))
    }

    @Test(arguments: mistakes)
    fileprivate func `what is wrong is named with its place`(mistake: Mistake) {
        #expect(failure(mistake.line) == mistake.error)
    }

    @Test func `a line that is too long is refused before it is read`() {
        #expect(throws: EventLineError.tooLong(byteCount: 5, limit: 4)) {
            try EventLineDecoder(maximumByteCount: 4).decode([0, 0, 0, 0, 0].span)
        }
    }

    @Test func `a message to people shows what came from outside escaped and cut`() {
        let key = Text(String(repeating: "k", count: 70))
        let text = EventLineError.repeated(offset: 3, key: key).description
        #expect(text == "byte 3: key \"\(String(repeating: "k", count: 64))…\" comes a second time")
    }
}

@Suite struct EventLinePropertyTests {
    @Test(arguments: 0..<40)
    func `decoding undoes encoding, one event being one line`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<50).map { _ in generator.event() }
        let offset = [0, -6 * 3600, 14 * 3600, 20_700][seed % 4]
        for (event, line) in zip(events, try lines(of: events, offset: offset)) {
            #expect(line.count(where: { $0 < 0x20 || $0 == 0x7F }) == 1)
            #expect(line.last == 0x0A)
            #expect(String(validating: line, as: UTF8.self) != nil)
            #expect(try EventLineDecoder().decode(line.span) == event)
        }
    }

    @Test(arguments: 0..<10)
    func `Moab's fields come back from Moab's dialect`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<50).map { _ in generator.event() }
        for (event, line) in zip(events, try lines(of: events, .moab)) {
            let read = try EventLineDecoder().decode(line.span)
            #expect(read.time.microseconds <= event.time.microseconds)
            #expect(event.time.microseconds - read.time.microseconds < 1000)
            #expect(read.severity == event.severity)
            #expect(read.code == event.code)
            #expect(read.type == event.type)
            #expect(read.origin == event.origin)
            #expect(read.objects == event.objects.map { AssociatedObject(type: $0.type, id: $0.id) })
            #expect(read.arguments == event.arguments)
            #expect(read.message == event.message)
            #expect(read.parameters.isEmpty && read.tags.isEmpty && read.kind.isEmpty)
        }
    }

    @Test(arguments: 0..<20)
    func `no bytes end the process, and what is read from a mutated line is stable`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        var random = SeededGenerator(seed: seed)
        let decoder = EventLineDecoder()
        for _ in 0..<25 {
            let whole = try lines(of: [generator.event()])[0]
            for _ in 0..<40 {
                let mutated = mutation(of: whole, &random)
                guard let event = try? decoder.decode(mutated.span) else { continue }
                let again = try lines(of: [event])[0]
                #expect(try decoder.decode(again.span) == event)
            }
        }
    }

    @Test(arguments: 0..<10)
    func `random bytes after a stamp are read or refused`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("abtag.01=\"\\u[], \n\u{7f}\u{e9}".utf8)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...30, using: &random)
            let rest = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            _ = try? EventLineDecoder().decode((Array("\(stamp) ".utf8) + rest).span)
            _ = try? EventLineDecoder().decode(rest.span)
        }
    }
}

/// `bytes` with one to three bytes changed, left out, added, or its end cut off.
func mutation(of bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !result.isEmpty {
        let place = Int.random(in: 0..<result.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: result[place] = UInt8.random(in: 0...255, using: &random)
        case 1: result.remove(at: place)
        case 2: result.insert(Array("\"\\=. u[0".utf8).randomElement(using: &random) ?? 0, at: place)
        default: result.removeSubrange((Bool.random(using: &random) ? place : max(place, result.count - 5))...)
        }
    }
    return result
}
