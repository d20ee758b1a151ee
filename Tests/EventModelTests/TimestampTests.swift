import EventModel
import Foundation
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"), (1_709_164_800_123_456, "2024-02-29T00:00:00.123456Z"),
        (-2_203_891_200_000_000, "1900-03-01T00:00:00.000000Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        (-62_162_035_200_000_000, "0000-03-01T00:00:00.000000Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ])
    func `a moment has one canonical text and comes back from it`(microseconds: Int64, text: String) {
        let moment = Timestamp(microseconds: microseconds)
        #expect(moment.canonicalText == text)
        #expect(Timestamp(text) == moment)
    }

    @Test func `a moment that RFC 3339 cannot write becomes the nearest that it can`() {
        #expect(Timestamp(microseconds: Int64.min) == .earliest)
        #expect(Timestamp(microseconds: Int64.max) == .latest)
        #expect(Timestamp(microseconds: UInt64.max) == .latest)
        #expect(Timestamp("0000-01-01T00:00:00+01:00") == .earliest)
        #expect(Timestamp("9999-12-31T23:59:59.999999-01:00") == .latest)
    }

    @Test(arguments: 0..<20)
    func `random moments agree with the system's calendar and come back`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let moment = Timestamp(
                microseconds: Int64.random(in: -2_208_988_800_000_000...Timestamp.latest.microseconds, using: &random))
            let text = moment.canonicalText
            #expect(Timestamp(text) == moment)
            var seconds = time_t(moment.seconds)
            var fields = unsafe tm()
            unsafe gmtime_r(&seconds, &fields)
            let expected = unsafe [
                Int(fields.tm_year) + 1900, Int(fields.tm_mon) + 1, Int(fields.tm_mday), Int(fields.tm_hour),
                Int(fields.tm_min), Int(fields.tm_sec),
            ]
            #expect(text.prefix(19).split { "-T:".contains($0) }.compactMap { Int($0) } == expected)
            let offset = Int.random(in: -1439...1439, using: &random) * 60
            guard moment.seconds > Timestamp.earliest.seconds + 86_400,
                moment.seconds < Timestamp.latest.seconds - 86_400
            else { continue }
            var local: [UInt8] = []
            moment.append(to: &local, offset: offset, fraction: .microseconds)
            Timestamp.append(offset: offset, to: &local)
            #expect(Timestamp(parsing: local.span) == moment, "\(String(decoding: local, as: UTF8.self))")
        }
    }

    @Test(arguments: [
        "2013-06-10T17:13:31Z", "2013-06-10t17:13:31z", "2013-06-10 17:13:31Z", "2013-06-10 17:13:31 UTC",
        "2013-06-10T11:13:31-06:00", "2013-06-10T11:13:31-0600", "2013-06-10T11:13:31-06", "2013-06-10T22:43:31+05:30",
        "2013-06-10T17:13:31.0Z", "2013-06-10T17:13:31.000000000Z", "2013-06-10T17:13:31+00:00",
        "2013-06-10T17:13:31-00:00", "2013-06-11T17:12:31+23:59",
    ])
    func `forms that remote systems write are one moment`(text: String) {
        #expect(Timestamp(text)?.canonicalText == "2013-06-10T17:13:31.000000Z")
    }

    @Test(arguments: [
        (".1", 100_000), (".12", 120_000), (".123456", 123_456), (".123456789", 123_456), (".9999999", 999_999),
        (".000001", 1), (".0000009", 0), (",5", 500_000),
    ])
    func `a fraction has one to nine digits, of which six count`(fraction: String, microseconds: Int64) {
        #expect(Timestamp("1970-01-01T00:00:00\(fraction)Z")?.microseconds == microseconds)
    }

    @Test func `a leap second reads as the end of the second before it`() {
        #expect(Timestamp("2016-12-31T23:59:60Z")?.canonicalText == "2016-12-31T23:59:59.999999Z")
        #expect(Timestamp("2016-12-31T23:59:60.5Z")?.canonicalText == "2016-12-31T23:59:59.999999Z")
    }

    @Test(arguments: ["2000-02-29", "2024-02-29", "2400-02-29", "0000-02-29", "2023-12-31", "2023-04-30"])
    func `days that exist are read`(day: String) {
        #expect(Timestamp(day + "T00:00:00Z")?.canonicalText.hasPrefix(day) == true)
        #expect(Timestamp(dateOrTime: day) == Timestamp(day + "T00:00:00Z"))
    }

    @Test(arguments: [
        "", "2013", "2013-06-10", "2013-06-10T17:13:31", "2013-06-10T17:13Z", "2013-6-10T17:13:31Z",
        "13-06-10T17:13:31Z",
        "2013-06-10T17:13:31.Z", "2013-06-10T17:13:31.1234567890Z", "2013-06-10T24:00:00Z", "2013-06-10T17:60:31Z",
        "2013-06-10T17:13:61Z", "2013-00-10T17:13:31Z", "2013-13-10T17:13:31Z", "2013-06-00T17:13:31Z",
        "2013-06-31T17:13:31Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2013-06-10T17:13:31+24:00", "2013-06-10T17:13:31+06:60", "2013-06-10T17:13:31+6", "2013-06-10T17:13:31+06:0",
        "2013-06-10T17:13:31+06:00x", "2013-06-10T17:13:31Zx", " 2013-06-10T17:13:31Z", "2013-06-10T17:13:31 Z",
        "2013-06-10T17:13:31 GMT", "-013-06-10T17:13:31Z", "2013-06-10T17:13:31\u{2212}06:00", "２013-06-10T17:13:31Z",
        "2013-06-10T17:13:3\u{661}Z", "2013-06-10\u{0}17:13:31Z", "20130610T171331Z",
    ])
    func `anything else is no moment`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `no text harms the parser`() {
        var random = SeededGenerator(seed: 5)
        let whole = Array("2013-06-10T17:13:31.123456+06:00".utf8)
        for _ in 0..<20_000 {
            var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            if !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let moment = Timestamp(parsing: bytes.span) else { continue }
            #expect(Timestamp(moment.canonicalText) == moment)
        }
    }

    @Test(arguments: [
        (SecondFraction.milliseconds, Int64(1_999_999), "1970-01-01T00:00:01.999"),
        (.milliseconds, -1, "1969-12-31T23:59:59.999"),
        (.millisecondsOrMore, 5_000, "1970-01-01T00:00:00.005"),
        (.millisecondsOrMore, 5_001, "1970-01-01T00:00:00.005001"),
        (.microseconds, 0, "1970-01-01T00:00:00.000000"),
    ])
    func `digits after the second are cut, never rounded`(fraction: SecondFraction, microseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        Timestamp(microseconds: microseconds).append(to: &bytes, fraction: fraction)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [(0, "+00:00"), (-21_600, "-06:00"), (19_800, "+05:30"), (-1, "-00:00"), (-2_700, "-00:45")])
    func `an offset has hours and minutes`(offset: Int, text: String) {
        var bytes: [UInt8] = []
        Timestamp.append(offset: offset, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test func `seconds are rounded down, also before the epoch`() {
        #expect(Timestamp(microseconds: Int64(-1)).seconds == -1)
        #expect(Timestamp(microseconds: Int64(-1_000_000)).seconds == -1)
        #expect(Timestamp(microseconds: Int64(1_999_999)).seconds == 1)
        #expect(Timestamp(microseconds: Int64(1)) < Timestamp(microseconds: Int64(2)))
    }
}
