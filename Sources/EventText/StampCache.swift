import EventModel

/// Writes stamps, most of which share their second with the one before.
struct StampCache: Sendable {
    private let offset: @Sendable (Int64) -> Int
    /// The quarter of an hour since the epoch that `offsetInQuarter` holds for: no zone changes within one.
    private var quarter = Int64.min
    private var offsetInQuarter = 0
    /// The second since the epoch that `prefix` and `suffix` are of.
    private var second = Int64.min
    /// `yyyy-mm-ddThh:mm:ss.`
    private var prefix: [UInt8] = []
    /// `+hh:mm`
    private var suffix: [UInt8] = []

    /// - Parameter offset: seconds ahead of UTC at a second since the epoch.
    init(offset: @escaping @Sendable (Int64) -> Int) {
        self.offset = offset
    }

    /// Appends the local time with its offset.
    mutating func append(_ time: Timestamp, fraction: SecondFraction, to output: inout some ByteOutput) {
        let subsecond = enter(time)
        output.append(copying: prefix.span)
        let milliseconds = subsecond / 1000
        let rest = subsecond % 1000
        output.append(threeDigits: milliseconds)
        if fraction == .microseconds || (fraction == .millisecondsOrMore && rest != 0) {
            output.append(threeDigits: rest)
        }
        output.append(copying: suffix.span)
    }

    /// Appends canonical JSON's form: UTC whatever the zone, six digits, `Z`.
    mutating func append(canonical time: Timestamp, to output: inout some ByteOutput) {
        let subsecond = enter(time)
        output.append(copying: prefix.span)
        output.append(threeDigits: subsecond / 1000)
        output.append(threeDigits: subsecond % 1000)
        output.append(UInt8(ascii: "Z"))
    }

    /// Makes the cache one of `time`'s second.
    ///
    /// - Returns: microseconds since that second.
    private mutating func enter(_ time: Timestamp) -> Int {
        var seconds = time.microseconds / 1_000_000
        var subsecond = Int(time.microseconds - seconds * 1_000_000)
        if subsecond < 0 {
            seconds -= 1
            subsecond += 1_000_000
        }
        if seconds != second { render(seconds) }
        return subsecond
    }

    private mutating func render(_ seconds: Int64) {
        second = seconds
        let moment = Timestamp(microseconds: seconds * 1_000_000)
        let offset = wholeMinuteOffset(at: seconds)
        prefix.removeAll(keepingCapacity: true)
        moment.append(to: &prefix, offset: offset, fraction: .milliseconds)
        prefix.removeLast(3)
        suffix.removeAll(keepingCapacity: true)
        Timestamp.append(offset: offset, to: &suffix)
    }

    /// Seconds ahead of UTC, without what `+hh:mm` cannot say, and zero where the local year would leave
    /// the four digits.
    private mutating func wholeMinuteOffset(at seconds: Int64) -> Int {
        let newQuarter = seconds >= 0 ? seconds / 900 : (seconds - 899) / 900
        if newQuarter != quarter {
            quarter = newQuarter
            offsetInQuarter = offset(seconds) / 60 * 60
        }
        let local = (seconds + Int64(offsetInQuarter)) * 1_000_000
        guard abs(offsetInQuarter) < 86_400, local >= Timestamp.earliest.microseconds,
            local <= Timestamp.latest.microseconds
        else { return 0 }
        return offsetInQuarter
    }
}
