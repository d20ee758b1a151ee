/// A moment in microseconds since 1970-01-01T00:00:00Z, within the years 0000 to 9999 that RFC 3339
/// can write.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since the epoch.
    package let microseconds: Int64

    /// 0000-01-01T00:00:00Z.
    package static let earliest = Timestamp(unchecked: -62_167_219_200_000_000)
    /// 9999-12-31T23:59:59.999999Z.
    package static let latest = Timestamp(unchecked: 253_402_300_799_999_999)

    private init(unchecked microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment, or the nearest one that RFC 3339 can write.
    package init(microseconds: Int64) {
        self.microseconds = min(max(microseconds, Self.earliest.microseconds), Self.latest.microseconds)
    }

    /// A moment of a clock that counts without a sign, such as the journal's.
    package init(microseconds: UInt64) {
        self.init(microseconds: Int64(clamping: microseconds))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }
}

/// How many digits a stamp has after the second.
package enum SecondFraction: Sendable {
    /// Three; what is smaller is cut off. Moab's form.
    case milliseconds
    /// Three where that says all, else six.
    case millisecondsOrMore
    /// Six. Canonical JSON's form.
    case microseconds
}

extension Timestamp {
    /// Appends the stamp in RFC 3339, section 5.6, form `yyyy-mm-ddThh:mm:ss.ffffff`, without an offset.
    ///
    /// - Parameter offset: seconds that local time is ahead of UTC, less than a day.
    package func append(to buffer: inout [UInt8], offset: Int = 0, fraction: SecondFraction) {
        let local = Timestamp(microseconds: microseconds + Int64(offset) * 1_000_000)
        let seconds = local.seconds
        let subsecond = Int(local.microseconds - seconds * 1_000_000)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let second = Int(seconds - days * 86_400)
        let date = CivilDate(daysSinceEpoch: Int(days))
        buffer.append(decimal: date.year, width: 4)
        buffer.append(0x2D)
        buffer.append(decimal: date.month, width: 2)
        buffer.append(0x2D)
        buffer.append(decimal: date.day, width: 2)
        buffer.append(0x54)
        buffer.append(decimal: second / 3600, width: 2)
        buffer.append(0x3A)
        buffer.append(decimal: second / 60 % 60, width: 2)
        buffer.append(0x3A)
        buffer.append(decimal: second % 60, width: 2)
        buffer.append(0x2E)
        if fraction == .microseconds || (fraction == .millisecondsOrMore && subsecond % 1000 != 0) {
            buffer.append(decimal: subsecond, width: 6)
        } else {
            buffer.append(decimal: subsecond / 1000, width: 3)
        }
    }

    /// Appends `+hh:mm` or `-hh:mm`, seconds cut off.
    package static func append(offset: Int, to buffer: inout [UInt8]) {
        buffer.append(offset < 0 ? 0x2D : 0x2B)
        buffer.append(decimal: abs(offset) / 3600, width: 2)
        buffer.append(0x3A)
        buffer.append(decimal: abs(offset) / 60 % 60, width: 2)
    }

    /// RFC 3339 in UTC with six digits and `Z`: the form of canonical JSON.
    package var canonicalText: String {
        var bytes: [UInt8] = []
        append(to: &bytes, fraction: .microseconds)
        return String(decoding: bytes, as: UTF8.self) + "Z"
    }

    /// Reads a date and time as RFC 3339 has it and as the remote APIs write it.
    ///
    /// Accepted: `T`, `t` or a space between date and time; a fraction of one to nine digits; an
    /// offset `Z`, `z`, ` UTC`, `+hh:mm`, `+hhmm` or `+hh`; a leap second, read as the second before it.
    /// - Returns: `nil` for anything else, an offset left out included.
    package init?(parsing text: Span<UInt8>) {
        var reader = StampReader(text: text)
        guard let year = reader.number(digits: 4), reader.skip(0x2D),
            let month = reader.number(digits: 2), reader.skip(0x2D),
            let day = reader.number(digits: 2),
            reader.skip(0x54) || reader.skip(0x74) || reader.skip(0x20),
            let hour = reader.number(digits: 2), reader.skip(0x3A),
            let minute = reader.number(digits: 2), reader.skip(0x3A),
            let second = reader.number(digits: 2),
            (1...12).contains(month), day >= 1, day <= CivilDate.dayCount(year: year, month: month),
            hour < 24, minute < 60, second <= 60,
            let subsecond = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let days = CivilDate.daysSinceEpoch(year: year, month: month, day: day)
        let total = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + min(second, 59) - offset)
        self.init(microseconds: total * 1_000_000 + Int64(second == 60 ? 999_999 : subsecond))
    }

    /// Reads a date and time; see ``init(parsing:)``.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(parsing: bytes.span)
    }
}

/// Walks over a stamp's digits and separators.
private struct StampReader: ~Escapable {
    let text: Span<UInt8>
    var index = 0

    @_lifetime(copy text)
    init(text: Span<UInt8>) {
        self.text = text
    }

    var isAtEnd: Bool { index == text.count }

    @_lifetime(self: copy self)
    mutating func skip(_ byte: UInt8) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    @_lifetime(self: copy self)
    mutating func digit() -> Int? {
        guard index < text.count, case 0x30...0x39 = text[index] else { return nil }
        index += 1
        return Int(text[index - 1] &- 0x30)
    }

    @_lifetime(self: copy self)
    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Microseconds; zero without a fraction, `nil` for a dot without digits or more than nine.
    @_lifetime(self: copy self)
    mutating func fraction() -> Int? {
        guard skip(0x2E) || skip(0x2C) else { return 0 }
        var value = 0
        var digits = 0
        while let digit = digit() {
            digits += 1
            if digits <= 6 { value = value * 10 + digit }
        }
        guard (1...9).contains(digits) else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }

    /// Seconds ahead of UTC.
    @_lifetime(self: copy self)
    mutating func offset() -> Int? {
        if skip(0x5A) || skip(0x7A) { return 0 }
        if skip(0x20) { return skip(0x55) && skip(0x54) && skip(0x43) ? 0 : nil }
        let sign: Int
        if skip(0x2B) { sign = 1 } else if skip(0x2D) { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24 else { return nil }
        if isAtEnd { return sign * hours * 3600 }
        _ = skip(0x3A)
        guard let minutes = number(digits: 2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CivilDate {
    let year: Int
    let month: Int
    let day: Int

    /// Counts from 1 March, so that the leap day is a year's last: H. Hinnant, "chrono-compatible
    /// low-level date algorithms".
    init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}
