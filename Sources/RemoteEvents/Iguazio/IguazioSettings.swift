internal import EventModel
package import Settings

/// One of the three streams of events that an Iguazio system has, each with its own ids.
package enum IguazioCollection: String, CaseIterable, Sendable {
    case events, audit, communication

    /// Its name in the API's paths.
    var path: String {
        switch self {
        case .events: "events"
        case .audit: "audit_events"
        case .communication: "communication_events"
        }
    }

    /// The JSON:API type of its records.
    var recordType: Text {
        switch self {
        case .events: "event"
        case .audit: "audit_event"
        case .communication: "communication_event"
        }
    }

    /// Its number in a cursor.
    var number: UInt8 {
        switch self {
        case .events: 0
        case .audit: 1
        case .communication: 2
        }
    }
}

/// A source of type `iguazio`: the events of an Iguazio platform, versions 3.4 to 3.6.
package struct IguazioSettings: Equatable, Sendable {
    /// How to log in.
    package enum Credentials: Equatable, Sendable {
        /// Key `password`: a session of the control plane is opened with it.
        case password(Secret)
        /// Key `access-key`: an access key of the control plane, sent with every request.
        case accessKey(Secret)
    }

    /// What an event must have; `nil` takes any.
    package struct Filter: Equatable, Sendable {
        /// Key `filter.severity`, one of Iguazio's words.
        package var severity: String?
        /// Key `filter.kind`, whole.
        package var kind: String?
        /// Key `filter.classification`, one of Iguazio's words.
        package var classification: String?
        /// Key `filter.source`, such as `igz0.vn.3`.
        package var source: String?
        /// Key `filter.tenant`: the id of the tenant that an audit event is for. The server is not asked for it.
        package var tenant: String?

        package init() {}
    }

    /// Records in a page unless `page-size` says otherwise. The platform's own limit is not documented.
    package static let defaultPageSize = 200
    /// Most records in a page.
    package static let maximumPageSize = 1000

    /// The keys that every remote source has. `url` is the dashboard's, such as `https://dashboard.igz.example.com`.
    package var remote: RemoteSettings
    /// Key `username`: the account. Required with `password`.
    package var username: String?
    /// Keys `password` and `access-key`, of which there is one.
    package var credentials: Credentials
    /// Key `collections`: some of `events`, `audit`, `communication`. Default: `events` and `audit`.
    package var collections = [IguazioCollection.events, .audit]
    /// Key `filter`: which events to read. Default: all.
    package var filter = Filter()

    package init(remote: RemoteSettings, username: String?, credentials: Credentials) {
        self.remote = remote
        self.username = username
        self.credentials = credentials
    }
}

extension IguazioSettings {
    /// Reads the keys of a source and reports what is wrong; `type` and `enabled` are the caller's.
    package init(reading mapping: SettingsMapping) {
        let remote = RemoteSettings(
            reading: mapping, defaultPageSize: Self.defaultPageSize, maximumPageSize: Self.maximumPageSize)
        let username = mapping.text("username")
        self.init(remote: remote, username: username, credentials: Self.credentials(mapping))
        let words = IguazioCollection.allCases.map(\.rawValue)
        if mapping.isSet("collections") {
            let named = mapping.values("collections", allowed: words.joined(separator: ", "), known: words) {
                IguazioCollection(rawValue: $0)
            }
            collections = IguazioCollection.allCases.filter(named.contains)
            if named.isEmpty {
                mapping.mistake("collections", "names none; allowed are \(words.joined(separator: ", "))")
            }
        }
        if let nested = mapping.optionalMapping("filter") { filter = Filter(reading: nested) }
        mapping.finish()
    }

    private static func credentials(_ mapping: SettingsMapping) -> Credentials {
        let password = mapping.secret("password")
        let accessKey = mapping.secret("access-key")
        if mapping.isSet("password"), mapping.isSet("access-key") {
            mapping.mistake("access-key", "cannot be set together with 'password'; keep one of them")
        } else if mapping.isSet("password") {
            mapping.require("username", "it is the account that 'password' belongs to")
        } else if !mapping.isSet("access-key") {
            mapping.require("access-key", "give it, or 'username' and 'password'")
        }
        guard let accessKey else { return .password(password ?? Secret([])) }
        let isPlain = accessKey.reveal().allSatisfy { $0 > 0x20 && $0 < 0x7F && !Array("\"\\;,".utf8).contains($0) }
        if !isPlain {
            mapping.mistake("access-key", "holds a character that a key does not have; check what it refers to")
        }
        return .accessKey(accessKey)
    }
}

extension IguazioSettings.Filter {
    fileprivate init(reading mapping: SettingsMapping) {
        severity = mapping.word("severity", Severity.allCases.map(\.word))
        kind = mapping.text("kind")
        classification = mapping.word("classification", Classification.allCases.map(\.word))
        source = mapping.text("source")
        tenant = mapping.text("tenant")
        mapping.finish()
    }
}
