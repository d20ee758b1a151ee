import EventModel
import TestSupport
import Testing

/// The words of severities, classifications, visibilities and facilities.
@Suite struct VocabularyTests {
    @Test func `every word is read back, and only as it is spelled`() {
        for value in Severity.allCases { #expect(Severity(word: value.word) == value) }
        for value in Classification.allCases { #expect(Classification(word: value.word) == value) }
        for value in Visibility.allCases { #expect(Visibility(word: value.word) == value) }
        for value in Facility.allCases { #expect(Facility(word: value.word) == value) }
        for word in ["", "Info", "fatal", "internal ", "local8", "solarisCron"] {
            #expect(Severity(word: word) == nil)
            #expect(Classification(word: word) == nil)
            #expect(Visibility(word: word) == nil)
            #expect(Facility(word: word) == nil)
        }
    }

    @Test func `the words are those of canonical JSON`() {
        #expect(Severity.allCases.map(\.word) == ["unknown", "debug", "info", "warning", "major", "critical"])
        #expect(
            Classification.allCases.map(\.word)
                == ["unknown", "hw", "ua", "bg", "sw", "sla", "cap", "sec", "audit", "system"])
        #expect(Visibility.allCases.map(\.word) == ["unknown", "internal", "external", "customerOnly"])
    }

    @Test func `facilities have the numbers of RFC 5424`() {
        let numbers =
            [
                "kern": 0, "user": 1, "mail": 2, "daemon": 3, "auth": 4, "syslog": 5, "cron": 9, "authpriv": 10,
                "ftp": 11, "solaris-cron": 15, "local0": 16, "local7": 23,
            ] as [String: UInt8]
        for (word, number) in numbers { #expect(Facility(word: word)?.rawValue == number, "\(word)") }
        #expect(Facility.allCases.map(\.rawValue) == Array(0...23))
    }

    @Test func `severities are ordered by how bad they are`() {
        #expect(Severity.allCases == Severity.allCases.sorted())
        #expect(Severity.unknown < .debug)
        #expect(Severity.major < .critical)
    }

    @Test func `syslog's numbers map as the event page says`() {
        let expected: [Severity] = [.critical, .critical, .critical, .major, .warning, .info, .info, .debug]
        #expect((0...7).map { Severity(syslog: $0) } == expected)
        for number in [-1, 8, Int.min, Int.max] { #expect(Severity(syslog: number) == .unknown) }
    }

    @Test(arguments: [
        ("TRACE", Severity.debug), ("debug", .debug), ("Info", .info), ("WARN", .warning), ("eRRor", .major),
        ("fatal", .critical),
    ])
    func `Moab's words are read in any case`(word: String, severity: Severity) {
        #expect(Severity(moab: Array(word.utf8).span) == severity)
    }

    @Test(arguments: ["", "WARNING", "INF", "INFO ", "fatal\u{0}", "CRITICAL"])
    func `other words are not Moab's`(word: String) {
        #expect(Severity(moab: Array(word.utf8).span) == nil)
    }

    @Test func `what is written in Moab's words is read back`() throws {
        for severity in Severity.allCases where severity != .unknown {
            let word = try #require(severity.moabWord)
            #expect(Severity(moab: Array(word.description.utf8).span) == severity)
        }
        #expect(Severity.unknown.moabWord == nil)
    }
}

@Suite struct WholeNumberTests {
    @Test(arguments: [
        "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "-18446744073709551615",
    ])
    func `digits are read exactly and written back`(text: String) throws {
        let read = WholeNumber(parsing: Array(text.utf8).span)
        let number = try #require(read)
        var bytes: [UInt8] = []
        number.append(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [
        "", "-", "--1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "18446744073709551616", "99999999999999999999",
        "100000000000000000000", "000000000000000000001", "\u{661}",
    ])
    func `anything else is no whole number`(text: String) {
        #expect(WholeNumber(parsing: Array(text.utf8).span) == nil)
    }

    @Test func `zero has no sign`() {
        #expect(WholeNumber(isNegative: true, magnitude: 0) == WholeNumber(0))
        #expect(WholeNumber(parsing: Array("-0".utf8).span) == WholeNumber(0))
        #expect(WholeNumber(parsing: Array("007".utf8).span) == WholeNumber(7))
    }

    @Test func `the limits of signed numbers fit`() {
        #expect(WholeNumber(Int.min) == WholeNumber(isNegative: true, magnitude: 1 << 63))
        #expect(WholeNumber(Int.max) == WholeNumber(magnitude: UInt64(Int.max)))
    }
}

@Suite struct EventIDTests {
    @Test func `an id is 32 lower-case digits and is read in either case`() {
        let id = EventID(high: 0x0012_3456_789A_BCDE, low: 0xFEDC_BA98_7654_3210)
        #expect(id.description == "00123456789abcdefedcba9876543210")
        #expect(EventID(parsing: Array(id.description.utf8).span) == id)
        #expect(EventID(parsing: Array(id.description.uppercased().utf8).span) == id)
    }

    @Test(arguments: [
        "", "0", "00123456789abcdefedcba987654321", "00123456789abcdefedcba98765432100",
        "0x123456789abcdefedcba9876543210",
        "00123456-789a-bcde-fedc-ba98765432", "g0123456789abcdefedcba9876543210",
        "00123456789abcdefedcba987654321\u{0}",
    ])
    func `anything else is no id`(text: String) {
        #expect(EventID(parsing: Array(text.utf8).span) == nil)
    }
}
