internal import EventModel
package import EventText
package import Settings

/// A source of type `mws`: the events of Moab Web Services.
package struct MWSSettings: Equatable, Sendable {
    /// Records in a page unless `page-size` says otherwise. MWS documents no limit.
    package static let defaultPageSize = 500
    /// Most records in a page.
    package static let maximumPageSize = 5000

    /// The keys that every remote source has. `url` is MWS's own, such as `https://moab.example.com:8443/mws`.
    package var remote: RemoteSettings
    /// Key `username`: the account. Required; without a colon.
    package var username: String
    /// Key `password`: its password. Required.
    package var password: Secret
    /// Key `query`: a JSON object in Moab's query syntax, such as `'{"severity":{"$in":["WARN","ERROR"]}}'`; only events
    /// that it matches are read. Without `eventDate`, which is ours. Default: all events.
    package var query: [JSONMember] = []

    package init(remote: RemoteSettings, username: String, password: Secret) {
        self.remote = remote
        self.username = username
        self.password = password
    }
}

extension MWSSettings {
    /// Reads the keys of a source and reports what is wrong; `type` and `enabled` are the caller's.
    package init(reading mapping: SettingsMapping) {
        let remote = RemoteSettings(
            reading: mapping, defaultPageSize: Self.defaultPageSize, maximumPageSize: Self.maximumPageSize)
        mapping.require("username", "it is the account that events are read with")
        mapping.require("password", "it is the password of 'username', such as {credential: mws-password}")
        self.init(
            remote: remote, username: mapping.text("username") ?? "", password: mapping.secret("password") ?? Secret([])
        )
        if username.contains(":") {
            mapping.mistake("username", "holds a colon, which Basic authentication cannot send")
        }
        if let text = mapping.text("query") { query = Self.query(text, of: mapping) }
        mapping.finish()
    }

    private static func query(_ text: String, of mapping: SettingsMapping) -> [JSONMember] {
        do throws(JSONError) {
            let bytes = Array(text.utf8)
            guard case .object(let members) = try JSONParser().parse(bytes.span) else {
                mapping.mistake("query", "is no JSON object; allowed is one such as '{\"severity\":\"ERROR\"}'")
                return []
            }
            guard !members.contains(where: { $0.name == "eventDate" }) else {
                mapping.mistake("query", "holds 'eventDate', which is how new events are found; use 'start' instead")
                return []
            }
            return members
        } catch {
            mapping.mistake("query", "is no JSON: \(error); allowed is an object such as '{\"severity\":\"ERROR\"}'")
            return []
        }
    }
}
