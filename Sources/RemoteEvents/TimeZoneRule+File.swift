internal import EventModel

// A zone's file, RFC 9636, big-endian:
//
//   header    44 bytes: "TZif", version, 15 unused, six counts of 4: UT flags, standard flags, leap seconds,
//             transitions, types, characters
//   block     transition times, their types (1 each), types (offset 4, daylight 1, name 1), names, leap seconds, flags;
//             with times of 4 bytes
//   header and block again, with times of 8 bytes
//   footer    line feed, rule for the time after the last transition as POSIX's TZ has it, line feed

extension TimeZoneRule {
    /// Reads a zone's file; `nil` for anything else, and for version 1, which nobody writes any more.
    init?(file bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let old = reader.header(), reader.skip(old.byteCount(timeSize: 4)), let counts = reader.header() else {
            return nil
        }
        var times: [Int64] = []
        for _ in 0..<counts.transitions {
            guard let time = reader.number(8) else { return nil }
            times.append(time)
        }
        guard let types = reader.take(counts.transitions) else { return nil }
        var offsets: [Int] = []
        for _ in 0..<counts.types {
            guard let offset = reader.number(4), abs(offset) < 100_000, reader.skip(2) else { return nil }
            offsets.append(Int(offset))
        }
        guard let first = offsets.first, types.allSatisfy({ Int($0) < offsets.count }), times == times.sorted(),
            reader.skip(counts.tail(timeSize: 8))
        else { return nil }
        let footer = String(decoding: reader.rest.dropFirst().prefix { $0 != 0x0A }, as: UTF8.self)
        self.init(
            transitions: zip(times, types).map { Transition(start: $0, offset: offsets[Int($1)]) }, first: first,
            yearly: YearlyRule(footer))
    }

    private struct Counts {
        let flags: Int
        let leapSeconds: Int
        let transitions: Int
        let types: Int
        let characters: Int

        func tail(timeSize: Int) -> Int { characters + leapSeconds * (timeSize + 4) + flags }
        func byteCount(timeSize: Int) -> Int {
            transitions * (timeSize + 1) + types * 6 + tail(timeSize: timeSize)
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var rest: ArraySlice<UInt8> { bytes[index...] }

        mutating func skip(_ count: Int) -> Bool { take(count) != nil }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count >= 0, count <= bytes.count - index else { return nil }
            defer { index += count }
            return bytes[index..<index + count]
        }

        /// A signed number of 4 or 8 bytes.
        mutating func number(_ byteCount: Int) -> Int64? {
            guard let digits = take(byteCount) else { return nil }
            let value = digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return byteCount == 8 ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
        }

        mutating func header() -> Counts? {
            guard let mark = take(20), mark.starts(with: Array("TZif".utf8)), mark[mark.startIndex + 4] >= 0x32 else {
                return nil
            }
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = number(4), 0...65_536 ~= count else { return nil }
                counts.append(Int(count))
            }
            return Counts(
                flags: counts[0] + counts[1], leapSeconds: counts[2], transitions: counts[3], types: counts[4],
                characters: counts[5])
        }
    }
}

/// The rule that a zone goes by every year: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule: Equatable, Sendable {
    /// The `week`th `weekday` (0: Sunday) of a month, 5 for the last, so many seconds after midnight.
    private struct Day: Equatable, Sendable {
        let month: Int
        let week: Int
        let weekday: Int
        let time: Int
    }

    private let standard: Int
    private let summer: Int
    private let days: [Day]

    /// Reads a rule; `nil` for forms that no zone of today has.
    init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard let names = parts.first.map(Substring.init), parts.count == 1 || parts.count == 3 else { return nil }
        var rest = Self.withoutName(names)
        guard let west = Self.clock(&rest) else { return nil }
        standard = -west
        let hasSummer = !rest.isEmpty
        rest = Self.withoutName(rest)
        summer = rest.isEmpty ? standard + 3600 : -(Self.clock(&rest) ?? 0)
        days = parts.dropFirst().compactMap(Self.day)
        guard rest.isEmpty, hasSummer == (days.count == 2) else { return nil }
    }

    func offset(at moment: Int64) -> Int {
        guard days.count == 2, let year = Self.year(of: moment),
            let start = Self.moment(days[0], year: year), let end = Self.moment(days[1], year: year)
        else { return standard }
        let summerStart = start - Int64(standard)
        let summerEnd = end - Int64(summer)
        let isSummer =
            summerStart < summerEnd
            ? summerStart <= moment && moment < summerEnd : !(summerEnd <= moment && moment < summerStart)
        return isSummer ? summer : standard
    }

    private static func withoutName(_ text: Substring) -> Substring {
        if text.hasPrefix("<") { return text.drop { $0 != ">" }.dropFirst() }
        return text.drop { $0.isLetter }
    }

    /// Reads `[+-]hh[:mm[:ss]]`, in seconds.
    private static func clock(_ text: inout Substring) -> Int? {
        let sign = text.first == "-" ? -1 : 1
        if text.first == "-" || text.first == "+" { text.removeFirst() }
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == ":" }
        let numbers = digits.split(separator: ":").map { Int($0) ?? 1000 }
        text = text.dropFirst(digits.count)
        guard !numbers.isEmpty, numbers.count <= 3, numbers.allSatisfy({ $0 <= 167 }) else { return nil }
        return sign * zip(numbers, [3600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Reads `Mmonth.week.weekday[/time]`.
    private static func day(_ text: Substring) -> Day? {
        let sides = text.split(separator: "/")
        guard let date = sides.first, date.hasPrefix("M"), sides.count <= 2 else { return nil }
        let numbers = date.dropFirst().split(separator: ".").compactMap { Int($0) }
        var time = sides.count == 2 ? sides[1] : "2"
        guard numbers.count == 3, 1...12 ~= numbers[0], 1...5 ~= numbers[1], 0...6 ~= numbers[2],
            let seconds = clock(&time)
        else { return nil }
        return Day(month: numbers[0], week: numbers[1], weekday: numbers[2], time: seconds)
    }

    private static func year(of moment: Int64) -> Int? {
        let (microseconds, overflow) = moment.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? nil : Int(Timestamp(microseconds: microseconds).canonicalText.prefix(4))
    }

    /// The day's moment as local clocks show it.
    private static func moment(_ day: Day, year: Int) -> Int64? {
        let month = (day.month < 10 ? "0" : "") + String(day.month)
        let padded = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        guard let first = Timestamp("\(padded)-\(month)-01T00:00:00Z")?.seconds else { return nil }
        // 1970-01-01 was a Thursday.
        let weekday = Int(((first / 86_400 + 4) % 7 + 7) % 7)
        var number = (day.weekday - weekday + 7) % 7 + (day.week - 1) * 7
        // The fifth is the last one, be it the fourth.
        if day.week == 5, Timestamp("\(padded)-\(month)-\(number + 1)T00:00:00Z") == nil { number -= 7 }
        return first + Int64(number) * 86_400 + Int64(day.time)
    }
}
