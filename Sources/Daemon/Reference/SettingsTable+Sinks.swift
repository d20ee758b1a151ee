extension SettingsTable {
    static let sinks = [file, rotation, syslog, syslogTLS]

    /// Keys that every sink has.
    private static func everySink(_ type: String) -> [Key] {
        [
            Key("type", .words(["file", "syslog"]), .required, "What kind of sink it is: \(type)."),
            Key("enabled", .boolean, .value("true"), "Whether the sink is written."),
            Key("where", .mapping, .meaning("all events"), "Which events it gets; see FILTERS."),
            Key(
                "when-full", .words(["wait", "drop-oldest"]), .meaning("the spool's"),
                "What happens when the spool is full and this sink is behind."),
        ]
    }

    private static let file = Section(
        "sinks.NAME", type: "file", title: "Sinks: file",
        "A rotated file that has every event exactly once. Each sink reads the spool at its own pace.",
        everySink("file") + [
            Key("path", .path, .required, "The file."),
            Key(
                "format", .words(["events-log", "json"]), .value("events-log"),
                "Lines of Moab's events.log, or a JSON object a line."),
            Key(
                "dialect", .words(["extended", "moab"]), .value("extended"),
                "Which fields an events-log line has: Moab's and Tributary's, or Moab's alone."),
            Key("time-zone", .words(["utc", "local"]), .value("utc"), "The zone of an events-log line's stamp."),
            Key("mode", .mode, .value("\"0640\""), "Permissions of the file; its owner may read and write."),
            Key("owner", .text, .meaning("the service's user"), "Name or number of the user who owns the file."),
            Key("group", .text, .meaning("the service's group"), "Name or number of the group that owns the file."),
            Key(
                "rotate", .mapping, .meaning("the defaults of its keys"),
                "When the next file is begun, and how long the old ones stay; or never, and SIGUSR1 reopens the file."),
        ])

    private static let rotation = Section(
        "sinks.NAME.rotate", type: "file", title: "Sinks: file, rotate",
        "When a file is closed and the next one begun, and how long the closed ones stay.",
        [
            Key("size", .size("64KiB and more"), .value("100MiB"), "The largest file, or never."),
            Key("every", .duration("1m and more"), .value("1d"), "The longest time that a file is written, or never."),
            Key(
                "keep", .integer("0 and more"), .value("14"),
                "How many closed files stay, or all, which is the default where keep-for or keep-size is set."),
            Key("keep-for", .duration("1m and more"), .meaning("no limit"), "How long a closed file stays."),
            Key("keep-size", .size("64KiB and more"), .meaning("no limit"), "How much closed files take together."),
            Key("compress", .words(["gzip", "none"]), .value("gzip"), "How closed files are compressed."),
        ])

    private static let syslog = Section(
        "sinks.NAME", type: "syslog", title: "Sinks: syslog", "A receiver of syslog messages over UDP, TCP or TLS.",
        everySink("syslog") + [
            Key(
                "address", .texts, .required,
                """
                udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, or a list of at most 16: the first that can be \
                reached gets the events.
                """),
            Key("format", .words(["rfc5424", "rfc3164"]), .value("rfc5424"), "The standard of the header."),
            Key("timestamp", .words(["bsd", "rfc3339"]), .value("bsd"), "The stamp of an rfc3164 header."),
            Key(
                "framing", .words(["octet-counting", "newline"]), .value("octet-counting"),
                "How messages are told apart over TCP and TLS."),
            Key(
                "message", .words(["events-log", "json", "cef", "leef", "text"]), .value("events-log"),
                "What the message is."),
            Key(
                "structured-data", .words(["none", "safe", "full"]), .value("none"),
                "What of the event becomes structured data of an rfc5424 header; needs enterprise-id."),
            Key(
                "enterprise-id", .integer("1 to 4294967295"), .meaning("none"),
                "Your organization's private enterprise number, for the names of structured data."),
            Key(
                "facility", .text, .meaning("the event's own, else user"),
                "A word of syslog.conf(5), kern to local7, or a number, 0 to 23."),
            Key("app-name", .text, .meaning("the event's origin"), "The name of the program in the header."),
            Key("hostname", .text, .meaning("the event's host"), "The host in the header."),
            Key(
                "maximum-size", .size("480 to 1MiB"), .meaning("8096B, with UDP 2048B"),
                "The largest message; a longer one is made shorter."),
            Key("utf8-bom", .boolean, .value("false"), "Whether a byte order mark precedes the message of rfc5424."),
            Key("tls", .mapping, .meaning("the defaults of its keys"), "Whom it believes, for tls:// addresses."),
        ])

    private static let syslogTLS = Section(
        "sinks.NAME.tls", type: "syslog", title: "Sinks: syslog, tls",
        "Whom a sink of type syslog believes, and how it shows itself. Files are read at each connect.",
        [
            Key("ca-file", .path, .meaning("the system's"), "Authorities that vouch for the receiver, in PEM."),
            Key("certificate", .path, .meaning("none"), "Our certificate and its chain, in PEM. Needs key."),
            Key("key", .pathOrSecret, .meaning("none"), "Its private key, without a passphrase, in PEM."),
            Key("server-name", .text, .meaning("the address's host"), "The name that the receiver's certificate has."),
            Key(
                "verify", .words(["full", "chain", "none"]), .meaning("full, or none where fingerprint is set"),
                "What is looked at: chain, dates and name; chain and dates; nothing but the fingerprint."),
            Key(
                "fingerprint", .text, .meaning("none"),
                "SHA-256 digest of the receiver's certificate, as sha-256:AB:CD:…"),
        ])
}
