internal import Journal

extension SettingsTable {
    static let sources = [journald, maas, panko, pankoAuth, mws, iguazio, iguazioFilter]

    /// Keys that every source has.
    private static func everySource(_ type: String) -> [Key] {
        [
            Key(
                "type", .words(["journald", "maas", "panko", "mws", "iguazio"]), .required,
                "What kind of source it is: \(type)."),
            Key("enabled", .boolean, .value("true"), "Whether the source is read."),
        ]
    }

    private static let journald = Section(
        "sources.NAME", type: "journald", title: "Sources: journald",
        "The systemd journal. The name of a source is a part of every event's id: keep it once it is in use.",
        everySource("journald") + [
            Key("directory", .path, .meaning("this machine's journal"), "A folder of journal files to read instead."),
            Key(
                "files", .texts, .meaning("this machine's journal"), "Absolute paths of journal files to read instead."),
            Key("namespace", .text, .meaning("the default one"), "A journal namespace of this machine."),
            Key("boots", .words(["all", "current"]), .value("all"), "Which boots count."),
            Key("units", .texts, .meaning("any"), "systemd units, of which an entry must be about one."),
            Key(
                "identifiers", .texts, .meaning("any"), "Values of SYSLOG_IDENTIFIER, of which an entry must have one."),
            Key(
                "transports", .wordList(["audit", "driver", "journal", "kernel", "stdout", "syslog"]), .meaning("any"),
                "How entries came into the journal."),
            Key(
                "facilities", .texts, .meaning("any"),
                "Facilities as words of syslog.conf(5), kern to local7, or as numbers, 0 to 23."),
            Key(
                "minimum-priority",
                .words(
                    ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"] + (0...7).map(String.init)),
                .meaning("all entries, those without a priority too"), "Less urgent entries are left out."),
            Key(
                "match", .texts, .meaning("any"),
                """
                Fields that an entry must have, as FIELD=value. Several values of one field: any of them. Several \
                fields: all of them.
                """),
            Key("exclude-own", .boolean, .value("true"), "Whether to leave out what Tributary itself says."),
            Key(
                "start", .time(["now", "boot", "beginning"]), .value("now"),
                "Where to begin at the first start; later it goes on where it was."),
            Key(
                "maximum-field", .size("64KiB to 16MiB"), .value("1MiB"),
                "The longest field that is read whole; a longer one is cut."),
            Key(
                "parameters", .texts,
                .value("[\(JournalSettings.defaultParameters.map { "\"\($0)\"" }.joined(separator: ", "))]"),
                """
                Journal fields to keep as parameters of the event, as globs; one with ! in front leaves fields out; \
                the last that matches decides.
                """),
            Key(
                "stall-timeout", .duration("5s to 1h"), .value("1m"),
                "How long the process that reads the journal may be silent before it is started again."),
        ])

    private static let maas = Section(
        "sources.NAME", type: "maas", title: "Sources: maas",
        "The events of a MAAS region. Several filters must all hold.",
        everySource("maas") + remote(pageSize: 500, maximum: 1000) + [
            Key("api-key", .secret, .required, "The API key, as MAAS shows it."),
            Key(
                "level", .words(["AUDIT", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]), .value("DEBUG"),
                "The least level that is read; AUDIT reads these events only."),
            Key(
                "audit", .boolean, .value("true"),
                "Whether events of level AUDIT are read too, which no other includes."),
            Key("hostnames", .texts, .meaning("any"), "Names of nodes, without domain."),
            Key("domains", .texts, .meaning("any"), "DNS domains of nodes."),
            Key("zones", .texts, .meaning("any"), "Physical zones, at most 16; each is asked for by itself."),
            Key("macs", .texts, .meaning("any"), "MAC addresses of nodes' interfaces."),
            Key("system-ids", .texts, .meaning("any"), "System ids of nodes, such as e86c7h."),
            Key("agent-name", .text, .meaning("any"), "The agent name that was given when a node was allocated."),
            Key("owner", .text, .meaning("any"), "The user in the event."),
            Key(
                "time-zone", .text, .value("UTC"),
                "The zone that regions before 3.6 write times in, as Europe/Berlin or +02:00."),
        ])

    private static let panko = Section(
        "sources.NAME", type: "panko", title: "Sources: panko", "The events of an OpenStack cloud.",
        everySource("panko") + remote(pageSize: 1000, maximum: 10_000, url: .meaning("from the service catalog")) + [
            Key("auth", .mapping, .required, "Where Keystone is, and how to log in."),
            Key("region", .text, .meaning("the first of the catalog"), "The region of the service catalog."),
            Key(
                "interface", .words(["public", "internal", "admin"]), .value("public"), "The endpoint of the catalog."),
            Key(
                "all-tenants", .boolean, .value("false"),
                "Whether the events of all projects are read, for which the account needs the role admin."),
            Key(
                "event-types", .texts, .meaning("all"),
                "Globs such as identity.*, of which an event's type matches one."),
            Key(
                "traits", .mapping, .meaning("any"),
                """
                Traits that an event must have, as a mapping of names to a text, or to a list of texts of which any \
                will do.
                """),
            Key("keep-raw", .boolean, .value("false"), "Whether the whole notification becomes the parameter raw."),
        ])

    private static let pankoAuth = Section(
        "sources.NAME.auth", type: "panko", title: "Sources: panko, auth",
        "An application credential, or a user with a project.",
        [
            Key("url", .text, .required, "Keystone's address, such as https://keystone.example.com:5000/v3."),
            Key(
                "application-credential-id", .text, .meaning("none"),
                "The id of an application credential; its project is the credential's own."),
            Key("application-credential-secret", .secret, .meaning("none"), "Its secret."),
            Key("username", .text, .meaning("none"), "A user, in place of an application credential."),
            Key("user-domain", .text, .value("Default"), "The user's domain."),
            Key("password", .secret, .meaning("none"), "The user's password."),
            Key("project", .text, .meaning("none"), "The project to log in to."),
            Key("project-domain", .text, .meaning("the user's"), "The project's domain."),
        ])

    private static let mws = Section(
        "sources.NAME", type: "mws", title: "Sources: mws", "The events of Moab Web Services.",
        everySource("mws") + remote(pageSize: 500, maximum: 5000) + [
            Key("username", .text, .required, "The account, without a colon."),
            Key("password", .secret, .required, "Its password."),
            Key(
                "query", .text, .meaning("all events"),
                "Which events to read: a JSON object in Moab's query syntax, without eventDate."),
        ])

    private static let iguazio = Section(
        "sources.NAME", type: "iguazio", title: "Sources: iguazio", "The events of an Iguazio platform.",
        everySource("iguazio") + remote(pageSize: 200, maximum: 1000) + [
            Key("username", .text, .meaning("none"), "The account. Required with password."),
            Key("password", .secret, .meaning("none"), "Its password; this or access-key is required."),
            Key("access-key", .secret, .meaning("none"), "An access key of the control plane, in place of a password."),
            Key(
                "collections", .wordList(["events", "audit", "communication"]), .value("[events, audit]"),
                "Which of the platform's collections are read."),
            Key("filter", .mapping, .meaning("all events"), "What an event must have."),
        ])

    private static let iguazioFilter = Section(
        "sources.NAME.filter", type: "iguazio", title: "Sources: iguazio, filter", "What an event must have.",
        [
            Key(
                "severity", .words(["unknown", "debug", "info", "warning", "major", "critical"]), .meaning("any"),
                "Its severity."),
            Key("kind", .text, .meaning("any"), "Its kind, whole."),
            Key(
                "classification",
                .words(["unknown", "hw", "ua", "bg", "sw", "sla", "cap", "sec", "audit", "system"]), .meaning("any"),
                "Its classification."),
            Key("source", .text, .meaning("any"), "Its source, such as igz0.vn.3."),
            Key("tenant", .text, .meaning("any"), "The id of the tenant that an audit event is for."),
        ])

    /// Keys that every remote source has.
    private static func remote(pageSize: Int, maximum: Int, url: Absence = .required) -> [Key] {
        [
            Key("url", .text, url, "Where the server is: https://host[:port][/path], or http:// for this machine."),
            Key(
                "poll-interval", .duration("1s to 1d"), .value("10s"),
                "How long to wait when nothing more is there."),
            Key(
                "start", .time(["now", "beginning"]), .value("now"),
                "Where to begin at the first start; later it goes on where it was."),
            Key(
                "overlap", .duration("0ms to 1d"), .value("5m"),
                "How late an event may become visible and still be found."),
            Key(
                "page-size", .integer("1 to \(maximum)"), .value("\(pageSize)"), "How many records to ask for at once."),
            Key("timeout", .duration("1s to 10m"), .value("30s"), "How long the server may say nothing."),
            Key("ca-file", .path, .meaning("the system's"), "The authorities that vouch for the server, in PEM."),
            Key(
                "client-certificate", .path, .meaning("none"),
                "The certificate, with the chain behind it, that is shown to the server, in PEM. Needs client-key."),
            Key("client-key", .path, .meaning("none"), "Its private key, without a passphrase, in PEM."),
            Key(
                "allow-plaintext", .boolean, .value("false"),
                "Whether credentials may go over http:// to another machine."),
        ]
    }
}
