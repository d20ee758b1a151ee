package import EventModel
package import Settings

/// A source of type `panko`: OpenStack's events API, and whom it believes us to be.
package struct PankoSettings: Equatable, Sendable {
    /// What proves to Keystone who we are.
    package enum Credential: Equatable, Sendable {
        /// Keys `username`, `user-domain` (default: `Default`), `password`, `project` and `project-domain` (default:
        /// that of the user).
        case password(user: String, userDomain: String, password: Secret, project: String, projectDomain: String)
        /// Keys `application-credential-id` and `application-credential-secret`; the project is the credential's own.
        case applicationCredential(id: String, secret: Secret)
    }

    /// Which of a service's endpoints in the catalog is used.
    package enum Interface: String, CaseIterable, Sendable {
        case `public`, `internal`, admin
    }

    /// A trait that an event must have.
    package struct TraitFilter: Equatable, Sendable {
        package let name: String
        /// At least one; any of them will do.
        package let values: [String]

        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// Events that are asked for at once unless `page-size` says otherwise: with traits about 2 KiB each.
    package static let defaultPageSize = 1000
    /// Largest `page-size`; the server itself has no limit.
    package static let maximumPageSize = 10_000

    /// The keys of every remote source. `url` may be left out: the service catalog has it.
    package var remote: RemoteSettings
    /// Key `auth.url`: Keystone's address, with or without `/v3` at its end. Here always with it.
    package var identityURL: String
    /// The other keys of `auth`.
    package var credential: Credential
    /// Key `region`: where the catalog lists several. Default: the first that is listed.
    package var region: String?
    /// Key `interface`: `public`, `internal` or `admin`, for the catalog. Default: `public`.
    package var interface = Interface.public
    /// Key `all-tenants`: the events of all projects, for which the account needs the role `admin`. Default: `false`.
    package var readsAllTenants = false
    /// Key `event-types`: globs such as `identity.*`, of which an event's type must match one. Default: any.
    package var eventTypes: [Glob] = []
    /// Key `traits`: a mapping of names to a value, or a list of which any will do; an event must have all of them.
    package var traits: [TraitFilter] = []
    /// Key `keep-raw`: the notification as the collector stored it becomes the parameter `raw`, as JSON text.
    /// Default: `false`.
    package var keepsRaw = false

    package init(remote: RemoteSettings, identityURL: String, credential: Credential) {
        self.remote = remote
        self.identityURL = identityURL
        self.credential = credential
    }
}

extension PankoSettings {
    /// Reads the keys of a source and reports what is wrong; `type` and `enabled` are the caller's.
    package init(reading mapping: SettingsMapping) {
        let remote = RemoteSettings(
            reading: mapping, defaultPageSize: Self.defaultPageSize, maximumPageSize: Self.maximumPageSize,
            requiresURL: false)
        mapping.require(
            "auth", "it says where Keystone is and how to log in: url, and username or application-credential-id")
        let auth = mapping.mapping("auth")
        let isGiven = mapping.isSet("auth")
        let url = RemoteSettings.url("url", of: auth, allowsPlaintext: remote.allowsPlaintext)
        let credential = Credential(reading: auth, isGiven: isGiven)
        if isGiven { auth.require("url", "it is Keystone's address, such as https://keystone.example.com:5000/v3") }
        auth.finish()
        self.init(remote: remote, identityURL: Self.withVersion(url ?? ""), credential: credential)
        if !self.remote.url.isEmpty { self.remote.url = Self.withoutVersion(self.remote.url) }
        region = mapping.text("region")
        interface = mapping.word("interface", default: interface)
        readsAllTenants = mapping.boolean("all-tenants", default: readsAllTenants)
        eventTypes = mapping.texts("event-types").map { Glob($0) }
        if mapping.isSet("event-types"), eventTypes.isEmpty {
            mapping.mistake("event-types", "names no type; name one, or remove the key to read all")
        }
        readTraits(mapping)
        keepsRaw = mapping.boolean("keep-raw", default: keepsRaw)
        mapping.finish()
    }

    private mutating func readTraits(_ mapping: SettingsMapping) {
        guard let names = mapping.optionalMapping("traits") else { return }
        traits = names.keys.map { TraitFilter(name: $0, values: names.texts($0)) }
        for trait in traits where trait.name.isEmpty {
            names.mistake(trait.name, "has no name; the key is the trait's name")
        }
        for trait in traits where !trait.name.isEmpty && trait.values.isEmpty {
            names.mistake(trait.name, "names no value; name one, or remove the trait")
        }
    }

    /// Keystone's address with its version: `/v3` is added where it is missing, and stands in place of `/v2.0`.
    static func withVersion(_ url: String) -> String {
        if url.isEmpty || url.hasSuffix("/v3") { return url }
        return (url.hasSuffix("/v2.0") ? String(url.dropLast("/v2.0".count)) : url) + "/v3"
    }

    /// Panko's address without a version, which some catalogs have.
    static func withoutVersion(_ url: String) -> String {
        var url = url[...]
        while url.hasSuffix("/") { url.removeLast() }
        if url.hasSuffix("/v2") { url = url.dropLast("/v2".count) }
        return String(url)
    }
}

extension PankoSettings.Credential {
    private static let passwordKeys = ["username", "user-domain", "password", "project", "project-domain"]
    private static let applicationKeys = ["application-credential-id", "application-credential-secret"]
    /// Stands for a secret after a mistake, which keeps the settings from being used.
    private static let noSecret = Secret([])

    /// - Parameter isGiven: whether the mapping is there at all; if not, that is the one mistake.
    init(reading auth: SettingsMapping, isGiven: Bool) {
        let password = Self.passwordKeys.filter { auth.isSet($0) }
        let application = Self.applicationKeys.filter { auth.isSet($0) }
        if let key = application.first, let other = password.first {
            auth.mistake(key, "cannot be set together with '\(other)'; log in with one of the two")
        }
        guard application.isEmpty else {
            for key in Self.applicationKeys { auth.require(key, "an application credential has an id and a secret") }
            for key in password where key != "password" { _ = auth.text(key) }
            self = .applicationCredential(
                id: auth.text("application-credential-id") ?? "",
                secret: auth.secret("application-credential-secret") ?? Self.noSecret)
            return
        }
        if isGiven {
            auth.require("username", "give it, or application-credential-id")
            auth.require("password", "refer to it as {credential: NAME}, {file: PATH} or {environment: NAME}")
            auth.require("project", "Panko answers only within a project; for all projects name one with role admin")
        }
        let domain = auth.text("user-domain", default: "Default")
        self = .password(
            user: auth.text("username") ?? "", userDomain: domain,
            password: auth.secret("password") ?? Self.noSecret, project: auth.text("project") ?? "",
            projectDomain: auth.text("project-domain", default: domain))
    }
}
