internal import EventModel
package import EventText
package import Settings

/// A sink of type `syslog`: which receivers get events, and in what form.
package struct SyslogSettings: Equatable, Sendable {
    /// Most addresses of a sink.
    static let maximumAddressCount = 16
    /// Largest message where a receiver is a stream: what rsyslog takes by default. RFC 5425, section 4.3.1, asks
    /// receivers for 8192, which rsyslog's limit of 8096 cuts.
    static let streamByteCount = 8096
    /// Largest message where a receiver is UDP: what RFC 5426, section 3.2, says that receivers should take.
    static let datagramByteCount = 2048
    /// Largest payload of a datagram over IPv4.
    static let largestDatagramByteCount = 65_507

    /// Key `address`: one receiver, or a list of them: the first that can be reached gets the events, and the first
    /// of the list again when it is back. Required.
    package var addresses: [SyslogAddress]
    /// Keys `format`: `rfc5424` or `rfc3164`, default `rfc5424`; `timestamp`: `bsd` or `rfc3339`, for `rfc3164`,
    /// default `bsd`; `message`: `events-log`, `json`, `cef`, `leef` or `text`, default `events-log`;
    /// `structured-data`: `none`, `safe` or `full`, default `none`; `enterprise-id`: 1 to 4294967295, required with
    /// structured data; `facility`: a word of syslog.conf(5) or 0 to 23, default the event's own, else `user`;
    /// `app-name` and `hostname`: default the event's origin and host; `maximum-size`: 480B to 1MiB, default 8096, with
    /// UDP 2048; `utf8-bom`: default `false`.
    package var form = SyslogForm()
    /// Key `framing`: `octet-counting` or `newline`, for TCP and TLS. Default: `octet-counting`.
    package var framing = SyslogFraming.octetCounting
    /// Key `tls`.
    package var tls = SyslogTLSSettings()

    /// The defaults with an address.
    package init(addresses: [SyslogAddress]) {
        self.addresses = addresses
        form.maximumByteCount = Self.defaultByteCount(addresses)
    }

    private static func defaultByteCount(_ addresses: [SyslogAddress]) -> Int {
        addresses.contains { $0.transport == .udp } ? datagramByteCount : streamByteCount
    }
}

extension SyslogSettings {
    /// Reads the keys of a sink and reports what is wrong; the keys of every sink are the caller's.
    package init(reading mapping: SettingsMapping) {
        self.init(addresses: Self.addresses(mapping))
        readHeader(mapping)
        readMessage(mapping)
        framing = mapping.word("framing", default: framing)
        if mapping.isSet("framing") {
            if !addresses.isEmpty, addresses.allSatisfy({ $0.transport == .udp }) {
                mapping.note("framing", "has no meaning for UDP, where a datagram is a message")
            } else if framing == .newline, addresses.contains(where: { $0.transport == .tls }) {
                mapping.note("framing", "newline is not what RFC 5425 has for TLS; receivers may want octet-counting")
            }
        }
        if let section = mapping.optionalMapping("tls") {
            tls = SyslogTLSSettings(reading: section)
            if !addresses.isEmpty, !addresses.contains(where: { $0.transport == .tls }) {
                mapping.mistake(
                    "tls", "is set, but no address begins with tls://; change the address, or remove the key")
            }
        }
        mapping.finish()
    }

    /// Key `address`.
    private static func addresses(_ mapping: SettingsMapping) -> [SyslogAddress] {
        mapping.require("address", "name the receiver, such as tls://siem.example.com:6514")
        let mistakeCount = mapping.report.mistakeCount
        let addresses = mapping.values(
            "address",
            allowed: "udp://HOST:PORT, tcp://HOST:PORT and tls://HOST:PORT, a port being from 1 to 65535",
            SyslogAddress.init)
        guard mapping.report.mistakeCount == mistakeCount, mapping.isSet("address") else { return addresses }
        if addresses.isEmpty {
            mapping.mistake("address", "names no receiver; name one, such as tls://siem.example.com:6514")
        }
        if addresses.count > maximumAddressCount {
            mapping.mistake("address", "names \(addresses.count) receivers, allowed are \(maximumAddressCount)")
        }
        var seen: Set<SyslogAddress> = []
        if let twice = addresses.first(where: { !seen.insert($0).inserted }) {
            mapping.mistake("address", "names \(twice) twice; name each receiver once")
        }
        if let datagrams = addresses.dropLast().first(where: { $0.transport == .udp }) {
            mapping.note(
                "address",
                "has \(datagrams) before other receivers, which then get events only when the network refuses datagrams; put udp last"
            )
        }
        return addresses
    }

    private mutating func readHeader(_ mapping: SettingsMapping) {
        form.standard = mapping.word("format", default: form.standard)
        form.stamp = mapping.word("timestamp", default: form.stamp)
        if form.standard == .rfc5424, mapping.isSet("timestamp") {
            mapping.note("timestamp", "has no meaning for the format rfc5424")
        }
        if mapping.isSet("facility"), let word = mapping.text("facility") {
            form.facility = Facility(word: word) ?? UInt8(word).flatMap(Facility.init(rawValue:))
            if form.facility == nil {
                let words = Facility.allCases.map(\.word)
                let nearest = Spelling.nearest(to: word, in: words).map { "; did you mean '\($0)'?" } ?? ""
                mapping.mistake(
                    "facility", "is '\(word)', allowed are \(words.joined(separator: ", ")), or 0 to 23\(nearest)")
            }
        }
        let isShort = form.standard == .rfc3164
        form.appName = text("app-name", isShort ? .tag : .appName, mapping)
        form.hostName = text("hostname", isShort ? .shortHostName : .hostName, mapping)
    }

    /// A text that goes into the header as it is.
    private func text(_ key: String, _ field: SyslogField, _ mapping: SettingsMapping) -> String? {
        guard let text = mapping.text(key) else { return nil }
        if !field.takes(text) { mapping.mistake(key, "is '\(text)', allowed are \(field.allowed)") }
        return text
    }

    private mutating func readMessage(_ mapping: SettingsMapping) {
        form.message = mapping.word("message", default: form.message)
        form.structuredData = mapping.word("structured-data", default: form.structuredData)
        form.enterpriseID = UInt32(mapping.integer("enterprise-id", in: 1...Int(UInt32.max), default: 0))
        if form.structuredData != .none {
            if form.standard == .rfc3164 {
                mapping.mistake("structured-data", "does not exist in the format rfc3164; remove it, or use rfc5424")
            } else if !mapping.isSet("enterprise-id") {
                mapping.mistake(
                    "structured-data",
                    "needs 'enterprise-id', your organization's private enterprise number (www.iana.org), for its names"
                )
            }
        }
        form.hasByteOrderMark = mapping.boolean("utf8-bom", default: form.hasByteOrderMark)
        if form.standard == .rfc3164, form.hasByteOrderMark {
            mapping.note("utf8-bom", "has no meaning for the format rfc3164")
        }
        form.maximumByteCount = mapping.byteSize(
            "maximum-size", in: 480...1 << 20, default: Self.defaultByteCount(addresses))
        if form.maximumByteCount > Self.largestDatagramByteCount, addresses.contains(where: { $0.transport == .udp }) {
            mapping.mistake("maximum-size", "is more than a datagram holds, \(Self.largestDatagramByteCount) bytes")
        }
    }
}
