internal import EventText
package import Settings

/// A source of type `maas`: which region, with which key, and which of its events.
package struct MAASSettings: Equatable, Sendable {
    /// MAAS's levels, least first; `AUDIT` stands apart.
    package enum Level: String, CaseIterable, Sendable {
        case audit = "AUDIT"
        case debug = "DEBUG"
        case info = "INFO"
        case warning = "WARNING"
        case error = "ERROR"
        case critical = "CRITICAL"
    }

    /// The most that a region gives at once.
    package static let maximumPageSize = 1000
    /// Longest part of a query that the filters may make, in bytes: proxies refuse long URLs.
    private static let maximumFilterByteCount = 4000

    /// The keys of every remote source; `page-size` 1 to 1000, default 500.
    package var remote: RemoteSettings
    /// Key `api-key`: `consumer_key:token_key:token_secret`, as MAAS shows it. Required.
    package var key: MAASKey
    /// Key `level`: `DEBUG`, `INFO`, `WARNING`, `ERROR`, `CRITICAL`, and what is above; `AUDIT`: these events only.
    /// Default: `DEBUG`.
    package var level = Level.debug
    /// Key `audit`: whether the events of level AUDIT are read too, which no other level includes. Default: `true`.
    package var readsAudit = true
    /// Key `hostnames`: names of nodes, without domain. Default: any.
    package var hostnames: [String] = []
    /// Key `domains`: DNS domains of nodes. Default: any.
    package var domains: [String] = []
    /// Key `zones`: physical zones; each is asked for by itself, as a region takes one at a time. At most 16. Default:
    /// any.
    package var zones: [String] = []
    /// Key `macs`: MAC addresses of nodes' interfaces. Default: any.
    package var addresses: [String] = []
    /// Key `system-ids`: system ids of nodes, such as `e86c7h`. Default: any.
    package var systemIDs: [String] = []
    /// Key `agent-name`: agent name given when a node was allocated. Default: any.
    package var agentName: String?
    /// Key `owner`: user that an event was recorded with. Default: any.
    package var owner: String?
    /// Key `time-zone`: the zone that the region writes times in, `UTC`, a name such as `Europe/Berlin`, or an offset
    /// such as `+02:00`. Default: `UTC`, which regions from 3.6 on always write.
    package var timeZone = TimeZoneRule.utc

    package init(remote: RemoteSettings, key: MAASKey) {
        self.remote = remote
        self.key = key
    }
}

extension MAASSettings {
    /// Reads the keys of a source and reports what is wrong; `type` and `enabled` are the caller's.
    package init(reading mapping: SettingsMapping) {
        mapping.require("api-key", "make one in MAAS, user preferences, API keys")
        self.init(
            remote: RemoteSettings(
                reading: mapping, defaultPageSize: 500, maximumPageSize: Self.maximumPageSize),
            key: MAASKey(consumer: "", token: "", secret: Secret([])))
        if let secret = mapping.secret("api-key") {
            if let key = MAASKey(secret) {
                self.key = key
            } else {
                mapping.mistake(
                    "api-key", "refers to no key of MAAS: three parts joined by colons, consumer:token:secret")
            }
        }
        level = mapping.word("level", default: level)
        readsAudit = mapping.boolean("audit", default: readsAudit)
        hostnames = mapping.texts("hostnames")
        domains = mapping.texts("domains")
        zones = mapping.texts("zones")
        addresses = mapping.values("macs", allowed: "MAC addresses such as 52:54:00:12:34:56") {
            Self.isAddress($0) ? $0 : nil
        }
        systemIDs = mapping.texts("system-ids")
        agentName = mapping.text("agent-name")
        owner = mapping.text("owner")
        if owner == "unknown" {
            mapping.mistake("owner", "is 'unknown', which MAAS only shows and never matches; name a user")
        }
        if zones.count > 16 { mapping.mistake("zones", "names more than 16 zones; leave it out to read all") }
        if query.utf8.count > Self.maximumFilterByteCount {
            mapping.mistake("the filters make a query longer than servers take; name fewer hosts, domains or ids")
        }
        readTimeZone(mapping)
        mapping.finish()
    }

    private mutating func readTimeZone(_ mapping: SettingsMapping) {
        guard let name = mapping.text("time-zone") else { return }
        do {
            timeZone = try TimeZoneRule(name, fileSystem: mapping.surroundings.fileSystem)
        } catch {
            mapping.mistake("time-zone", error.description)
        }
    }

    /// The filters as a part of the query that all streams share, from its `&` on.
    var query: String {
        let parameters =
            hostnames.map { ("hostname", $0) } + domains.map { ("domain", $0) } + addresses.map { ("mac_address", $0) }
            + systemIDs.map { ("id", $0) }
            + [("agent_name", agentName), ("owner", owner)].compactMap { name, value in
                value.map { (name, $0) }
            }
        return parameters.map { "&\($0.0)=\(percentEncoded($0.1.utf8))" }.joined()
    }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        return parts.count == 6 && parts.allSatisfy { $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }
    }
}
