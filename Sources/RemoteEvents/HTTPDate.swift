internal import EventModel

/// Dates of HTTP's headers, RFC 9110, section 5.6.7, in all three forms that a recipient must read.
enum HTTPDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`; `nil` for
    /// anything else.
    static func parse(_ text: String) -> Timestamp? {
        let words = text.lowercased().split { " ,-:".contains($0) }.map(String.init)
        guard text.utf8.count <= 64 else { return nil }
        if words.count == 8, words[7] == "gmt" {
            return time(day: words[1], month: words[2], year: words[3], clock: words[4...6])
        }
        if words.count == 7 { return time(day: words[2], month: words[1], year: words[6], clock: words[3...5]) }
        return nil
    }

    private static func time(day: String, month: String, year: String, clock: ArraySlice<String>) -> Timestamp? {
        guard let month = months.firstIndex(of: month), let day = UInt(day), var year = UInt(year) else { return nil }
        // Two digits: RFC 9110 leaves the century to the reader; dates of today's servers are of this one.
        if year < 100 { year += 2000 }
        return Timestamp(
            "\(padded(year, 4))-\(padded(UInt(month + 1), 2))-\(padded(day, 2))T\(clock.joined(separator: ":"))Z")
    }

    private static func padded(_ number: UInt, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

extension RemoteResponse {
    /// How long the server asks us to stay away: `Retry-After` in seconds or as a date, at most a day.
    ///
    /// A date counts from the server's own `Date`, so that a difference of the clocks does not matter.
    /// - Returns: `nil` without the header, for one that says nothing, and for no time at all.
    func retryAfter(now: Timestamp) -> Duration? {
        guard let text = header("Retry-After") else { return nil }
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        let seconds: Int64
        if !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) {
            seconds = Int64(String(decoding: digits, as: UTF8.self)) ?? .max
        } else if let date = HTTPDate.parse(text) {
            let start = header("Date").flatMap(HTTPDate.parse) ?? now
            // Rounded up: never earlier than asked.
            seconds = (date.microseconds - start.microseconds + 999_999) / 1_000_000
        } else {
            return nil
        }
        return seconds > 0 ? .seconds(min(seconds, 86_400)) : nil
    }
}
