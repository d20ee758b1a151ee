package import EventModel
package import Settings

/// The keys that every remote source has: where the server is, how often and how far back it is asked, and by what it
/// is trusted.
package struct RemoteSettings: Equatable, Sendable {
    /// Where to begin when nothing was read before.
    package enum Start: Equatable, Sendable {
        /// With what comes from now on.
        case now
        /// With the oldest event that the server has.
        case beginning
        /// With the first event at or after a moment.
        case time(Timestamp)
    }

    /// Key `url`: `https://host[:port][/path]`, without slashes at its end. Required; empty only where the API can
    /// find its server itself (Panko, from the service catalog).
    package var url: String
    /// Key `poll-interval`: how long to wait when nothing more is there, 1s to 1d. Default: 10s.
    package var pollInterval = Duration.seconds(10)
    /// Key `start`: `now`, `beginning` or a time. Counts only while the source has no cursor. Default: `now`.
    package var start = Start.now
    /// Key `overlap`: how late an event may become visible on the server and still be found, 0s to 1d. Default: 5m.
    package var overlap = Duration.seconds(300)
    /// Key `page-size`: records that are asked for at once. Default and range are the API's.
    package var pageSize: Int
    /// Key `timeout`: how long to wait for the server to say something, 1s to 10m; a connection may take a third of
    /// it, a whole answer four times as long. Default: 30s.
    package var timeout = Duration.seconds(30)
    /// Key `ca-file`: certificates in PEM of the authorities that may vouch for the server, in place of the system's.
    package var authorities: String?
    /// Key `client-certificate`: the certificate, with the chain behind it, that we show; a PEM file. Needs
    /// `client-key`.
    package var clientCertificate: String?
    /// Key `client-key`: the private key of `client-certificate`, without a passphrase; a PEM file.
    package var clientKey: String?
    /// Key `allow-plaintext`: credentials may go over HTTP without TLS to another machine. Default: `false`.
    package var allowsPlaintext = false

    package init(url: String, pageSize: Int) {
        self.url = url
        self.pageSize = pageSize
    }
}

extension RemoteSettings {
    /// Reads the keys that every remote source has, and reports what is wrong.
    ///
    /// The API's own keys, and ``Settings/SettingsMapping/finish()`` after them, are the caller's.
    /// - Parameters:
    ///   - defaultPageSize: records in a page unless `page-size` says otherwise.
    ///   - maximumPageSize: the most that the server gives at once.
    ///   - requiresURL: whether `url` must be there.
    package init(
        reading mapping: SettingsMapping, defaultPageSize: Int, maximumPageSize: Int, requiresURL: Bool = true
    ) {
        self.init(url: "", pageSize: defaultPageSize)
        allowsPlaintext = mapping.boolean("allow-plaintext", default: allowsPlaintext)
        if requiresURL { mapping.require("url", "it is where the server is, such as https://host.example.com/") }
        url = Self.url("url", of: mapping, allowsPlaintext: allowsPlaintext) ?? ""
        pollInterval = mapping.duration(
            "poll-interval", in: .seconds(1)...Duration.seconds(86_400), default: pollInterval)
        switch mapping.timeOrWord("start", ["now", "beginning"]) {
        case .time(let time): start = .time(time)
        case .word("beginning"): start = .beginning
        case .word, .none: start = .now
        }
        overlap = mapping.duration("overlap", in: .zero...Duration.seconds(86_400), default: overlap)
        pageSize = mapping.integer("page-size", in: 1...maximumPageSize, default: defaultPageSize)
        timeout = mapping.duration("timeout", in: .seconds(1)...Duration.seconds(600), default: timeout)
        authorities = mapping.filePath("ca-file")
        clientCertificate = mapping.filePath("client-certificate")
        clientKey = mapping.filePath("client-key")
        if mapping.isSet("client-certificate"), !mapping.isSet("client-key") {
            mapping.mistake("client-certificate", "needs 'client-key', the file with its private key")
        } else if mapping.isSet("client-key"), !mapping.isSet("client-certificate") {
            mapping.mistake(
                "client-key", "needs 'client-certificate', the file with the certificate that it belongs to")
        }
    }

    /// Reads a URL that credentials are sent to.
    ///
    /// - Returns: the URL without slashes at its end; `nil` where it is absent, or after a mistake.
    package static func url(_ key: String, of mapping: SettingsMapping, allowsPlaintext: Bool) -> String? {
        guard let text = mapping.text(key) else { return nil }
        guard let url = RemoteURL(text) else {
            mapping.mistake(
                key, "is no URL that can be used; allowed is https://host[:port][/path], with http:// for this machine")
            return nil
        }
        guard !url.hasUserInformation else {
            mapping.mistake(key, "holds a user or a password; take it out, they have keys of their own")
            return nil
        }
        guard !url.hasQuery else {
            mapping.mistake(key, "holds a query; give the address only, without '?' and what follows it")
            return nil
        }
        guard allowsPlaintext || !url.isExposed else {
            mapping.mistake(
                key,
                "would send credentials readable over the network to '\(url.host)'; "
                    + "use https://, or set allow-plaintext: true if that is acceptable there")
            return nil
        }
        return url.text
    }
}
