package import EventModel

/// What records of a source are like, and which rules are for them.
package enum SourceType: String, CaseIterable, Sendable {
    case journal, maas, panko, mws, iguazio
}

/// One rule of a rule file (`packaging/docs/rules.md`).
package struct Rule: Sendable {
    /// Fields that must have one of some values; a field that is absent has the empty text.
    package struct Condition: Equatable, Sendable {
        package let field: String
        package let values: [Glob]

        package init(field: String, values: [Glob]) {
            self.field = field
            self.values = values
        }
    }

    /// Text that is taken off before patterns are tried.
    package struct Strip: Hashable, Sendable {
        package var prefixes: [String] = []
        package var suffixes: [String] = []

        package init() {}
    }

    /// A value that a field of the record has: the first of `fields` that is there.
    package struct FieldValue: Equatable, Sendable {
        package let name: String
        package let fields: [String]

        package init(name: String, fields: [String]) {
            self.name = name
            self.fields = fields
        }
    }

    package struct Object: Equatable, Sendable {
        package let type: String
        package let id: Template
        package let name: Template?

        package init(type: String, id: Template, name: Template? = nil) {
            self.type = type
            self.id = id
            self.name = name
        }
    }

    /// A record of the rule's own, and what must come of it.
    package struct Example: Sendable {
        package var line = ""
        /// Identifier, or native type; the file's first where it is absent.
        package var identifier: String?
        package var type: String?
        package var fields: [(name: String, value: String)] = []
        package var expected: [(name: String, value: String)] = []
        /// Where it stands: `file:line:column`.
        package var place = ""

        package init() {}
    }

    /// `FILE/NAME`, the file without its extension.
    package var name: String
    /// Where it stands: `file:line:column`.
    package var place = ""
    package var source = SourceType.journal
    /// Journal: `SYSLOG_IDENTIFIER`, else `_COMM`, else the unit without its suffix. Empty: any.
    package var identifiers: [Glob] = []
    /// Journal: `_SYSTEMD_UNIT`. Empty: any.
    package var units: [Glob] = []
    /// Remote sources: the native type; journal: the transport. Empty: any.
    package var types: [Glob] = []
    package var strip = Strip()
    /// Any of them, the first that matches. Empty: any text, also none.
    package var patterns: [Pattern] = []
    package var messageID: EventID?
    /// Who may send the rule's message ID: all conditions of one of the lists hold. Empty: anybody.
    package var owners: [[Condition]] = Rule.systemdOwners
    package var conditions: [Condition] = []
    package var fieldValues: [FieldValue] = []

    package var kind: String
    package var severity = SeverityChoice.ofKind
    /// `nil`: the default of the kind.
    package var classification: Classification?
    package var visibility: Visibility?
    /// `nil`: what a placeholder named `user` caught.
    package var user: Template?
    package var objects: [Object] = []
    /// Parameters in order.
    package var parameters: [(name: String, value: Template)] = []
    package var tags: [String] = []
    package var examples: [Example] = []

    package init(name: String, kind: String) {
        self.name = name
        self.kind = kind
    }

    /// systemd itself: by fields that journald writes and no sender can.
    package static let systemdOwners: [[Condition]] = [
        [Condition(field: "_TRANSPORT", values: [Glob("driver")])],
        [
            Condition(
                field: "_EXE",
                values: ["/usr/lib/systemd/*", "/lib/systemd/*", "/usr/bin/systemd*", "/bin/systemd*"].map(Glob.init))
        ],
        [Condition(field: "_SYSTEMD_UNIT", values: ["init.scope", "systemd-*.service"].map(Glob.init))],
        [
            Condition(field: "_UID", values: [Glob("0")]),
            Condition(field: "_COMM", values: [Glob("systemd"), Glob("systemd-*")]),
        ],
    ]

    /// Types of objects: a placeholder with such a name names an object.
    package static let objectTypes: Set<String> = [
        "job", "node", "machine", "instance", "image", "volume", "snapshot", "network", "subnet", "networkPort",
        "router", "stack", "container", "pod", "reservation", "unit",
    ]

    /// Parameters that are whole numbers wherever their text is one.
    package static let integerNames: Set<String> = [
        "port", "destinationPort", "pid", "uid", "gid", "exitCode", "count", "sector",
    ]
}
