package import EventModel

/// Events that no sane system sends: invalid UTF-8, every control character, texts that look like
/// escapes, keys and lines, odd names, numbers and times at their limits. A seed decides all of it.
package struct EventGenerator: Sendable {
    private var random: SeededGenerator

    package init(seed: Int) {
        random = SeededGenerator(seed: seed)
    }

    /// The next event; its parameters have each name once.
    package mutating func event() -> Event {
        Event(
            id: EventID(high: random.next(), low: random.next()), time: time(), observedTime: time(), source: text(),
            origin: text(), host: text(), kind: text(), type: text(), severity: pick(Severity.allCases),
            classification: pick(Classification.allCases), visibility: pick(Visibility.allCases),
            isSystemEvent: chance(4), code: chance(2) ? pick([0, 1, 0x0DFF_FFFF, UInt32.max]) : nil,
            message: chance(4) ? nil : text(), user: text(), tenant: Tenant(id: text(), name: text()),
            objects: list { AssociatedObject(type: $0.text(), id: $0.text(), name: $0.text()) },
            arguments: list { $0.text() }, parameters: parameters(), tags: list { $0.text() })
    }

    /// A text of up to a dozen awkward pieces, often empty.
    package mutating func text() -> Text {
        guard !chance(4) else { return .empty }
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) { bytes += piece() }
        return Text(bytes)
    }

    /// A name that is hard to put into a key.
    package mutating func name() -> Text {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return text()
        case 1: return Text("NAME_\(Int.random(in: 0..<1000, using: &random))")
        default:
            let alphabet = Array("_x41F.Aa =\"\u{e9}".utf8)
            return Text((0..<Int.random(in: 0...9, using: &random)).map { _ in pick(alphabet) })
        }
    }

    private mutating func piece() -> [UInt8] {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: [UInt8.random(in: 0...255, using: &random)]
        case 1: Array(repeating: UInt8.random(in: 0x20...0x7E, using: &random), count: chance(8) ? 100 : 5)
        case 2: pick(Self.pieces)
        case 3: Array(String(anyScalar()).utf8)
        default: Array("plain words ".utf8)
        }
    }

    private mutating func anyScalar() -> Character {
        let range: ClosedRange<UInt32> = pick([
            0...0x9F, 0xA0...0x7FF, 0x2000...0x2030, 0x800...0xD7FF, 0xE000...0x10FFFF,
        ])
        return Character(Unicode.Scalar(UInt32.random(in: range, using: &random)) ?? "?")
    }

    private mutating func parameters() -> [Parameter] {
        var seen = Set<Text>()
        let count = chance(3) ? Int.random(in: 0...40, using: &random) : Int.random(in: 0...3, using: &random)
        let isAllText = chance(3)
        return (0..<count).compactMap { _ in
            let name = name()
            guard seen.insert(name).inserted else { return nil }
            return Parameter(name, isAllText ? .text(text()) : value())
        }
    }

    private mutating func value() -> ParameterValue {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return .text(text())
        case 1:
            let magnitude = chance(2) ? pick([0, 1, 1 << 63, .max]) : random.next()
            return .integer(WholeNumber(isNegative: chance(2), magnitude: magnitude))
        case 2:
            let number = Double(bitPattern: random.next())
            let limits = [0, -0.0, 5, 1e15, 1e16, 1e300, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
            return .number(chance(2) || !number.isFinite ? pick(limits) : number)
        case 3: return .boolean(chance(2))
        default: return .time(time())
        }
    }

    private mutating func time() -> Timestamp {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: pick([.earliest, .latest, Timestamp(microseconds: Int64(0)), Timestamp(microseconds: Int64(-1))])
        case 1: Timestamp(microseconds: Int64.random(in: 0...2_000_000_000, using: &random) * 1_000_000)
        case 2: Timestamp(microseconds: Int64.random(in: -60_000_000_000_000...2_000_000_000_000_000, using: &random))
        default: Timestamp(microseconds: Int64(bitPattern: random.next()))
        }
    }

    private mutating func list<Item>(_ item: (inout EventGenerator) -> Item) -> [Item] {
        guard chance(2) else { return [] }
        return (0..<Int.random(in: 1...4, using: &random)).map { _ in item(&self) }
    }

    private mutating func chance(_ oneIn: Int) -> Bool {
        Int.random(in: 0..<oneIn, using: &random) == 0
    }

    private mutating func pick<Item>(_ items: [Item]) -> Item {
        items[Int.random(in: 0..<items.count, using: &random)]
    }

    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "\\\\", "\n", "\r\n", "\t", "\u{8}", "\u{c}", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{80}",
            "\u{85}",
            "\u{9f}", "\u{a0}", "\u{2027}", "\u{2028}", "\u{2029}", "\u{202e}", "\u{fffd}", "\u{feff}", "\u{10ffff}",
            "😀", "👨‍👩‍👧", "e\u{301}", "שלום", "\\u0041", "\\udc80", "\\ud83d", "\\101", "\\'", "\\", "u0041", "dc80",
            "a=\"b\"", " id=\"", "\"] ", "[", "{\"time\":\"", "'", "_x41", "2013-06-10T11:13:31.000-06:00 ",
        ].map { Array($0.utf8) } + [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE2, 0x80], [0xE2, 0x28, 0xA1],
            [0xED, 0xA0, 0x80], [0xED, 0xB2, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF, 0xFF],
        ]
}

extension BatchReader {
    /// A reader of a batch of `events`, before the first.
    package init(events: [Event]) {
        var writer = BatchWriter()
        for event in events { writer.append(event) }
        self.init(writer.bytes)
    }
}
