import Daemon
import EventModel
import EventText
import Foundation
import RemoteEvents
import Settings
import Testing

/// The remote sources of the sample, which are comments in it, with the comments taken away.
@Suite struct RemoteSampleTests {
    private static let names = ["maas", "panko", "moab", "igz"]
    private static let common = [
        "type", "enabled", "url", "poll-interval", "start", "overlap", "page-size", "timeout", "ca-file",
        "client-certificate", "client-key", "allow-plaintext",
    ]
    /// Every key by source, without those that all have.
    private static let keys = [
        "maas": [
            "api-key", "level", "audit", "hostnames", "domains", "zones", "macs", "system-ids", "agent-name", "owner",
            "time-zone",
        ],
        "panko": [
            "auth", "application-credential-id", "application-credential-secret", "username", "user-domain", "password",
            "project", "project-domain", "region", "interface", "all-tenants", "event-types", "traits", "keep-raw",
        ],
        "moab": ["username", "password", "query"],
        "igz": [
            "username", "password", "access-key", "collections", "filter", "severity", "kind", "classification",
            "source", "tenant",
        ],
    ]

    private func sample() throws -> [String] {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return try String(contentsOf: package.appendingPathComponent("packaging/tributary.yaml"), encoding: .utf8)
            .components(separatedBy: "\n")
    }

    /// The lines of a source, uncommented, but for those that begin with a key that is left out.
    private func lines(of name: String, without keys: [String] = []) throws -> [String] {
        let rest = try sample().drop { $0 != "  # \(name):" }
        let body = rest.dropFirst().prefix { $0.hasPrefix("  #   ") }
        return ([rest.first ?? ""] + body).map { "  " + $0.dropFirst(4) }.filter { line in
            !keys.contains { line.trimmingCharacters(in: .whitespaces).hasPrefix("\($0):") }
        }
    }

    /// The source, read with secrets from the environment.
    private func source(_ name: String, without keys: [String] = []) throws -> SourceSettings {
        let text = try lines(of: name, without: keys).joined(separator: "\n")
            .replacing(/\{credential: [a-z-]+\}/, with: "{environment: SECRET}")
        let surroundings = SettingsSurroundings(
            fileSystem: SettingsSurroundings.machine.fileSystem, environment: { $0 == "SECRET" ? "a:b:c" : nil },
            isReadableByOthers: { _ in false })
        let root = SettingsFile.read(
            [("t.yaml", Array((aSink + "sources:\n" + text + "\n").utf8))], surroundings: surroundings)
        let loaded = try DaemonSettings.load(root)
        #expect(loaded.notes == [])
        return try #require(loaded.settings.sources.first)
    }

    @Test(arguments: names)
    func `the sample names every key of a remote source`(name: String) throws {
        let lines = try lines(of: name).map { $0.trimmingCharacters(in: .whitespaces) }
        for key in Self.common + (Self.keys[name] ?? []) {
            #expect(lines.contains { $0.hasPrefix("\(key):") }, "\(key)")
        }
    }

    /// The values that the sample shows for keys with a default are the defaults.
    private func expectDefaults(_ remote: RemoteSettings, pageSize: Int) {
        var expected = RemoteSettings(url: remote.url, pageSize: pageSize)
        expected.authorities = "/etc/tributary/ca.pem"
        expected.clientCertificate = "/etc/tributary/own.pem"
        expected.clientKey = "/etc/tributary/own.key"
        #expect(remote == expected)
    }

    @Test func `a MAAS source of the sample loads`() throws {
        let source = try source("maas")
        guard case .maas(let maas) = source.kind else { throw WrongKind() }
        #expect(source.isEnabled && maas.level == .debug && maas.readsAudit && maas.timeZone == .utc)
        #expect(maas.remote.url == "https://maas.example.com:5443/MAAS" && maas.zones == ["default"])
        expectDefaults(maas.remote, pageSize: 500)
    }

    @Test(arguments: [
        ["username", "user-domain", "password", "project", "project-domain"],
        ["application-credential-id", "application-credential-secret"],
    ])
    func `a Panko source of the sample loads with either way to log in`(without: [String]) throws {
        guard case .panko(let panko) = try source("panko", without: without).kind else { throw WrongKind() }
        #expect(panko.interface == .public && !panko.readsAllTenants && !panko.keepsRaw && panko.traits.count == 2)
        #expect(panko.identityURL == "https://keystone.example.com:5000/v3")
        expectDefaults(panko.remote, pageSize: 1000)
    }

    @Test func `a Moab source of the sample loads`() throws {
        guard case .mws(let moab) = try source("moab").kind else { throw WrongKind() }
        #expect(moab.username == "tributary" && moab.query.map(\.name) == ["severity"])
        expectDefaults(moab.remote, pageSize: 500)
    }

    @Test(arguments: ["password", "access-key"])
    func `an Iguazio source of the sample loads with either way to log in`(without: String) throws {
        guard case .iguazio(let iguazio) = try source("igz", without: [without]).kind else { throw WrongKind() }
        #expect(iguazio.collections == [.events, .audit] && iguazio.filter.severity == "warning")
        expectDefaults(iguazio.remote, pageSize: 200)
    }

    private struct WrongKind: Error {}
}
