extension SettingsTable {
    static let root = Section(
        "", title: "Top Level",
        "Any of the files may have these keys. A name of a source or sink, and a key of the others, is set once.",
        [
            Key("spool", .mapping, .meaning("the defaults of its keys"), "The durable buffer."),
            Key("sources", .named, .meaning("none"), "Where events come from, by name."),
            Key("sinks", .named, .required, "Where events go, by name. One at least is enabled."),
            Key("normalization", .mapping, .meaning("the defaults of its keys"), "What events are called."),
            Key("api", .mapping, .meaning("the defaults of its keys"), "The local API."),
            Key("log", .mapping, .meaning("the defaults of its keys"), "The daemon's own messages."),
        ])

    static let spool = Section(
        "spool", title: "Spool",
        """
        The durable buffer between sources and sinks. Every event is on stable storage here before a sink sees it, and \
        stays until all sinks have delivered it.
        """,
        [
            Key("directory", .path, .value("/var/lib/tributary/spool"), "Where it lies. One daemon uses it."),
            Key("max-size", .size("64MiB and more"), .value("4GiB"), "The most that it takes on disk."),
            Key(
                "when-full", .words(["wait", "drop-oldest"]), .value("wait"),
                """
                What happens when it is full, for sinks that do not say it themselves. With wait, sources wait for the \
                sink that is behind; with drop-oldest, that sink loses its oldest events, which is counted and itself \
                becomes an event.
                """),
        ])

    static let normalization = Section(
        "normalization", title: "Normalization",
        "Rules say what events are called and who did it: the operator's first, then those that come with Tributary.",
        [
            Key(
                "rules", .texts, .meaning("none"),
                "Absolute paths of rule files, and of folders, of which files that end in .yaml are taken."),
            Key(
                "shipped-rules", .text, .value("true"),
                "Whether the rules that come with Tributary are used: true, false, or the folder that they are in."),
        ])

    static let api = Section(
        "api", title: "Local API",
        "Where the daemon takes events sent by hand. Under systemd the unit tributary.socket has the socket.",
        [
            Key(
                "socket", .path, .value("/run/tributary/tributary.sock"),
                "The Unix socket that it listens on; the path has at most 107 bytes."),
            Key("socket-mode", .mode, .value("\"0660\""), "Permissions of the socket."),
            Key("maximum-body", .size("64KiB to 16MiB"), .value("8MiB"), "The largest body of a request."),
            Key(
                "listen", .text, .meaning("none"),
                """
                HOST:PORT, where the same is served over TCP, for clients that show the token or a certificate. \
                Anywhere but on this machine it needs tls.
                """),
            Key("token", .secret, .meaning("none"), "What a request over TCP must show."),
            Key("tls", .mapping, .meaning("none"), "TLS over TCP."),
        ])

    static let apiTLS = Section(
        "api.tls", title: "Local API: tls",
        "How the API shows who it is over TCP, and whose certificates it believes. Files are read with the settings.",
        [
            Key("certificate", .path, .required, "Our certificate and its chain, in PEM."),
            Key("key", .pathOrSecret, .required, "Its private key, without a passphrase, in PEM."),
            Key(
                "ca-file", .path, .meaning("none; nobody is asked for a certificate"),
                "Authorities, in PEM: whoever has a certificate of one of them needs no token."),
        ])

    static let log = Section(
        "log", title: "Log",
        "The daemon's own messages, which go to standard error.",
        [
            Key(
                "level", .words(["debug", "info", "notice", "warning", "error"]), .value("info"),
                "How important a message must be."),
            Key(
                "format", .words(["auto", "text", "json"]), .value("auto"),
                "How it is written; auto is text, with priorities where standard error is the journal."),
        ])
}
