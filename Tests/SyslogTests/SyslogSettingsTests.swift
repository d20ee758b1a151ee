import EventModel
import EventText
import Settings
import TestSupport
import Testing

@testable import Syslog

@Suite struct SyslogSettingsTests {
    private static func mapping(_ yaml: String) -> SettingsMapping {
        SettingsFile.read([("t.yaml", Array(yaml.utf8))])
    }

    private static func settings(_ keys: String) -> SyslogSettings {
        let mapping = mapping("{address: \"tcp://h\", \(keys)}")
        let settings = SyslogSettings(reading: mapping)
        #expect(mapping.report.mistakes.map(\.description) == [])
        return settings
    }

    @Test func `an address is all that is needed`() {
        let mapping = Self.mapping("address: tls://siem.example.com:6514")
        let settings = SyslogSettings(reading: mapping)
        #expect(mapping.report.mistakes.isEmpty)
        #expect(settings == SyslogSettings(addresses: [SyslogAddress(.tls, host: "siem.example.com", port: 6514)]))
        #expect(settings.form == SyslogForm())
        #expect(settings.framing == .octetCounting)
        #expect(settings.tls == SyslogTLSSettings())
    }

    @Test(arguments: [
        ("tcp://a", SyslogAddress(.tcp, host: "a", port: 514)), ("tls://a", SyslogAddress(.tls, host: "a", port: 6514)),
        ("udp://10.0.0.1:5140/", SyslogAddress(.udp, host: "10.0.0.1", port: 5140)),
        ("tcp://[fe80::1%eth0]:601", SyslogAddress(.tcp, host: "fe80::1%eth0", port: 601)),
    ])
    func `an address is read`(text: String, address: SyslogAddress) {
        #expect(SyslogAddress(text) == address)
        #expect(SyslogAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "a", "a:514", "http://a", "tcp:/a", "tcp://", "tcp://:514", "tcp://a:", "tcp://a:0", "tcp://a:65536",
        "tcp://a:-1", "tcp://a b", "tcp://a/b", "tcp://fe80::1", "tcp://[fe80::1", "tcp://[a]", "tcp://a:514:1",
        "tcp://é", "TCP://a",
    ])
    func `what is no address is refused`(text: String) {
        #expect(SyslogAddress(text) == nil)
    }

    @Test func `every key arrives`() {
        #expect(Self.settings("format: rfc3164").form.standard == .rfc3164)
        #expect(Self.settings("format: rfc3164, timestamp: rfc3339").form.stamp == .rfc3339)
        #expect(Self.settings("message: cef").form.message == .cef)
        let data = Self.settings("structured-data: safe, enterprise-id: 32473").form
        #expect(data.structuredData == .safe && data.enterpriseID == 32473)
        #expect(Self.settings("facility: local4").form.facility == .local4)
        #expect(Self.settings("facility: 20").form.facility == .local4)
        #expect(Self.settings("app-name: trib").form.appName == "trib")
        #expect(Self.settings("hostname: web1").form.hostName == "web1")
        #expect(Self.settings("maximum-size: 64KiB").form.maximumByteCount == 65_536)
        #expect(Self.settings("utf8-bom: true").form.hasByteOrderMark)
        #expect(Self.settings("framing: newline").framing == .newline)
    }

    @Test func `a list of addresses keeps its order, and one of UDP makes messages small`() {
        let mapping = Self.mapping("address: [tls://b, udp://a]")
        let settings = SyslogSettings(reading: mapping)
        #expect(mapping.report.mistakes.isEmpty)
        #expect(settings.addresses.map(\.description) == ["tls://b:6514", "udp://a:514"])
        #expect(settings.form.maximumByteCount == 2048)
    }

    @Test(arguments: [
        ("framing: newline", "address: is missing; name the receiver, such as tls://siem.example.com:6514"),
        ("address: siem", "address: holds 'siem', allowed are udp://HOST:PORT, tcp://HOST:PORT and tls://HOST:PORT"),
        ("address: []", "address: names no receiver"),
        ("{address: [], framing: nul}", "address: names no receiver"),
        ("address: [tcp://a, tls://b, tcp://a:514]", "address: names tcp://a:514 twice"),
        ("address: tcp://a:70000", "holds 'tcp://a:70000', allowed are"),
        ("address: tcp://a:70000", "a port being from 1 to 65535"),
        ("{address: tcp://a, format: rfc3164, app-name: \"abc:def\"}", "app-name: is 'abc:def', allowed are 1 to 32"),
        ("{address: tcp://a, format: rfc3164, hostname: a.}", "hostname: is 'a.', allowed are 1 to 255"),
        ("{address: tcp://a, app-name: \"a\\x0a\"}", "app-name:"),
        ("{address: tcp://a, message: \"text\\x0a\"}", "message: is 'text\u{FFFD}', allowed are events-log"),
        ("address: \((0..<17).map { "tcp://a\($0)" })", "names 17 receivers, allowed are 16"),
        ("{address: tcp://a, framming: newline}", "framming: is an unknown key; did you mean 'framing'?"),
        ("{address: tcp://a, framing: nul}", "framing: is 'nul', allowed are octet-counting, newline"),
        ("{address: tcp://a, facility: local9}", "facility: is 'local9', allowed are"),
        ("{address: tcp://a, facility: 24}", "facility: is '24'"),
        ("{address: tcp://a, message: xml}", "message: is 'xml', allowed are events-log, json, cef, leef, text"),
        ("{address: tcp://a, structured-data: full}", "needs 'enterprise-id'"),
        ("{address: tcp://a, structured-data: full, enterprise-id: 0}", "enterprise-id: is '0'"),
        (
            "{address: tcp://a, format: rfc3164, structured-data: full, enterprise-id: 1}",
            "does not exist in the format rfc3164"
        ),
        ("{address: tcp://a, app-name: a b}", "app-name: is 'a b', allowed are 1 to 48"),
        ("{address: tcp://a, hostname: é}", "hostname: is 'é', allowed are 1 to 255"),
        ("{address: tcp://a, maximum-size: 100B}", "maximum-size: is '100B'"),
        ("{address: udp://a, maximum-size: 64KiB}", "maximum-size: is more than a datagram holds"),
        ("{address: tcp://a, tls: {verify: full}}", "tls: is set, but no address begins with tls://"),
        ("{address: tls://a, tls: {verify: some}}", "tls.verify: is 'some', allowed are full, chain, none"),
        ("{address: tls://a, tls: {ca-file: /nowhere.pem}}", "tls.ca-file: there is no file '/nowhere.pem'"),
        ("{address: tls://a, tls: {ca-file: /etc/hostname}}", "tls.ca-file: '/etc/hostname' holds no certificate"),
        ("{address: tls://a, tls: {key: /etc/hostname}}", "tls.key: has no 'certificate' beside it"),
        ("{address: tls://a, tls: {fingerprint: \"sha-1:AB\"}}", "tls.fingerprint: is no SHA-256 fingerprint"),
        ("{address: tls://a, tls: {server-name: 10.0.0.1}}", "tls.server-name: is '10.0.0.1', allowed is a name"),
    ])
    func `a mistake is named`(yaml: String, mistake: String) {
        let mapping = Self.mapping(yaml)
        _ = SyslogSettings(reading: mapping)
        let mistakes = mapping.report.mistakes.map(\.description)
        #expect(mistakes.contains { $0.contains(mistake) }, "\(mistakes)")
    }

    @Test func `certificates and keys are looked at`() throws {
        let folder = TemporaryFolder()
        let certificates = try TestCertificates(in: folder.path)
        let pair = try certificates.issue("client")
        let mapping = Self.mapping(
            """
            address: tls://a
            tls:
              ca-file: \(certificates.authority)
              certificate: \(pair.certificate)
              key: \(pair.key)
              server-name: siem.example.com
              fingerprint: sha-256:\(Array(repeating: "0A", count: 32).joined(separator: ":"))
            """)
        let tls = SyslogSettings(reading: mapping).tls
        #expect(mapping.report.mistakes.map(\.description) == [])
        #expect(tls.authorityFile == certificates.authority)
        #expect(tls.certificateFile == pair.certificate)
        #expect(tls.key == .file(pair.key))
        #expect(tls.serverName == "siem.example.com")
        #expect(tls.fingerprint == [UInt8](repeating: 10, count: 32))
        #expect(tls.verification == .none)

        let swapped = Self.mapping(
            "{address: tls://a, tls: {certificate: \(pair.key), key: \(pair.certificate)}}")
        _ = SyslogSettings(reading: swapped)
        #expect(swapped.report.mistakes.count == 2)
    }

    @Test func `a key of another certificate is a mistake, an expired certificate is noted`() throws {
        let folder = TemporaryFolder()
        let certificates = try TestCertificates(in: folder.path)
        let pair = try certificates.issue("client")
        let other = try certificates.issue("other", days: -1)
        func report(_ keys: String) -> SettingsReport {
            let mapping = Self.mapping("{address: tls://a, tls: {\(keys)}}")
            _ = SyslogSettings(reading: mapping)
            return mapping.report
        }
        let mixed = report("certificate: \(pair.certificate), key: \(other.key)")
        #expect(
            mixed.mistakes.map(\.key) == ["tls.key"]
                && mixed.mistakes[0].text.contains("does not belong to the first certificate of 'certificate'"))
        for key in ["certificate", "ca-file"] {
            let old = report("\(key): \(other.certificate)\(key == "certificate" ? ", key: \(other.key)" : "")")
            #expect(old.mistakes.map(\.description) == [])
            #expect(old.notes.contains { $0.key == "tls.\(key)" && $0.text.contains("expired on ") }, "\(old.notes)")
        }
        #expect(report("certificate: \(pair.certificate), key: \(pair.key)").notes.isEmpty)
    }

    @Test(arguments: [
        ("{address: udp://a, framing: newline}", "framing: has no meaning for UDP"),
        ("{address: tls://a, framing: newline}", "framing: newline is not what RFC 5425 has for TLS"),
        ("address: [udp://a, tcp://b]", "address: has udp://a:514 before other receivers"),
        ("{address: tcp://a, timestamp: bsd}", "timestamp: has no meaning"),
        ("{address: tls://a, tls: {verify: none}}", "tls.verify: lets anybody pretend to be the receiver"),
    ])
    func `what is allowed but unwise is noted`(yaml: String, note: String) {
        let mapping = Self.mapping(yaml)
        _ = SyslogSettings(reading: mapping)
        #expect(mapping.report.mistakes.isEmpty)
        #expect(mapping.report.notes.contains { $0.description.contains(note) }, "\(mapping.report.notes)")
    }
}
