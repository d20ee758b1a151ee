import EventModel
import Settings
import Testing

@testable import RemoteEvents

private let surroundings = SettingsSurroundings(
    fileSystem: SettingsSurroundings.machine.fileSystem, environment: { $0 == "KEY" ? "a:b:c" : nil },
    isReadableByOthers: { _ in false })

/// What is wrong with a source of type `maas` that has these lines.
private func mistakes(_ yaml: String) -> [String] {
    let root = SettingsFile.read([("t.yaml", Array(yaml.utf8))], surroundings: surroundings)
    _ = MAASSettings(reading: root)
    return root.report.mistakes.map { $0.key + ": " + $0.text }
}

@Suite struct RemoteSettingsTests {
    private let key = "api-key: {environment: KEY}\n"

    @Test func `the least is an address and a key`() {
        let root = SettingsFile.read(
            [("t.yaml", Array((key + "url: https://maas.example.com/MAAS/\n").utf8))], surroundings: surroundings)
        let settings = MAASSettings(reading: root)
        #expect(root.report.mistakes.isEmpty)
        #expect(settings.remote == RemoteSettings(url: "https://maas.example.com/MAAS", pageSize: 500))
        #expect(settings.remote.pollInterval == .seconds(10) && settings.remote.overlap == .seconds(300))
        #expect(settings.remote.timeout == .seconds(30) && settings.remote.start == .now)
        #expect(settings.level == .debug && settings.readsAudit && settings.timeZone == .utc)
    }

    @Test func `credentials over plain HTTP to another machine need allow-plaintext`() {
        let plain = key + "url: http://maas.example.com:5240/MAAS\n"
        #expect(mistakes(plain).count == 1 && mistakes(plain)[0].contains("allow-plaintext"))
        #expect(mistakes(plain + "allow-plaintext: true\n").isEmpty)
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            #expect(mistakes(key + "url: http://\(host):5240/MAAS\n").isEmpty)
        }
        for host in ["127.0.0.1.example.com", "128.0.0.1", "localhost.example.com"] {
            #expect(mistakes(key + "url: http://\(host)/MAAS\n").count == 1)
        }
    }

    @Test(arguments: [
        "url: ftp://a/", "url: https:///MAAS", "url: https://u:p@a/", "url: https://a/?x=1", "url: https://a:99999/",
        "url: maas.example.com", "client-key: /k", "ca-file: relative.pem", "page-size: 1001", "poll-interval: 0s",
        "macs: [nonsense]", "owner: unknown", "time-zone: Nowhere/Land", "level: debug", "levle: INFO",
    ])
    func `a mistake is told`(line: String) {
        let address = line.hasPrefix("url") ? "" : "url: https://a/MAAS\n"
        #expect(mistakes(key + address + line + "\n").count == 1)
    }

    @Test func `a key of another form is told and not shown`() {
        let text = mistakes("url: https://a/MAAS\napi-key: {environment: KEYS}\n")
        #expect(text.count == 1)
        #expect(MAASKey(Secret(Array("a:b".utf8))) == nil)
        #expect(MAASKey(Secret(Array("a::c".utf8))) == nil)
        #expect(MAASKey(Secret(Array("a:b:c:d".utf8))) == nil)
    }
}

@Suite struct TimeZoneRuleTests {
    private func utc(_ local: String, in zone: TimeZoneRule) -> String? {
        Timestamp(local + "Z").map { zone.moment(ofLocal: $0).canonicalText }
    }

    @Test func `offsets are subtracted`() throws {
        let zone = try TimeZoneRule("+05:30", fileSystem: SettingsSurroundings.machine.fileSystem)
        #expect(utc("2024-05-17T08:00:00", in: zone) == "2024-05-17T02:30:00.000000Z")
    }

    @Test func `a yearly rule knows summer and winter on both halves of the Earth`() throws {
        let berlin = TimeZoneRule(
            transitions: [], first: 3600, yearly: YearlyRule("CET-1CEST,M3.5.0,M10.5.0/3"))
        #expect(utc("2040-01-15T12:00:00", in: berlin) == "2040-01-15T11:00:00.000000Z")
        #expect(utc("2040-07-15T12:00:00", in: berlin) == "2040-07-15T10:00:00.000000Z")
        // 2024: 31 March and 27 October, at 01:00 UTC.
        #expect(utc("2024-03-31T01:59:59", in: berlin) == "2024-03-31T00:59:59.000000Z")
        #expect(utc("2024-03-31T03:00:00", in: berlin) == "2024-03-31T01:00:00.000000Z")
        #expect(utc("2024-10-27T03:00:00", in: berlin) == "2024-10-27T02:00:00.000000Z")
        let sydney = TimeZoneRule(
            transitions: [], first: 36_000, yearly: YearlyRule("AEST-10AEDT,M10.1.0,M4.1.0/3"))
        #expect(utc("2040-01-15T12:00:00", in: sydney) == "2040-01-15T01:00:00.000000Z")
        #expect(utc("2040-07-15T12:00:00", in: sydney) == "2040-07-15T02:00:00.000000Z")
    }

    @Test func `what is no file of a zone is none`() {
        #expect(TimeZoneRule(file: []) == nil)
        #expect(TimeZoneRule(file: Array("TZif2".utf8) + [UInt8](repeating: 0xFF, count: 200)) == nil)
        #expect(throws: TimeZoneRule.Mistake.self) {
            try TimeZoneRule("../../../etc/passwd", fileSystem: SettingsSurroundings.machine.fileSystem)
        }
    }
}
