internal import EventModel

/// The type of an OpenStack notification, `service.subject.operation.phase`, taken apart.
struct PankoEventType: Equatable, Sendable {
    /// How far an operation is.
    enum Phase: String, Sendable {
        case start, end, error
    }

    /// All words but the phase.
    let words: [String]
    /// `nil` where the last word is none.
    let phase: Phase?

    init(_ text: Text) {
        var words = text.string.split(separator: ".").map(String.init)
        phase = words.count > 1 ? words.last.flatMap(Phase.init(rawValue:)) : nil
        if phase != nil { words.removeLast() }
        // Extensions of Keystone have a prefix: `identity.OS-TRUST:trust.created`.
        self.words = words.map { $0.hasPrefix("OS-") ? $0.split(separator: ":").last.map(String.init) ?? $0 : $0 }
    }

    /// What was done: the last word.
    var operation: String { words.last ?? "" }
    /// What it was done to: the word before, where there is one besides the service; else the service.
    var subject: String { words.count > 1 ? words[words.count - 2] : "" }
    /// The words without the operation, with dots.
    var family: String { words.dropLast().joined(separator: ".") }
}

/// What an event is called and how it is classed, by its type (`kinds.md`, "OpenStack").
struct PankoKind: Equatable, Sendable {
    let name: String
    /// The kind's default, raised by what the event itself says.
    let severity: Severity
    let classification: Classification
    let visibility: Visibility

    init(_ name: String, _ severity: Severity, _ classification: Classification, _ visibility: Visibility = .external) {
        self.name = name
        self.severity = severity
        self.classification = classification
        self.visibility = visibility
    }

    /// - Parameter outcome: of CADF, `success`, `failure` or `pending`; empty where there is none.
    init(of type: PankoEventType, outcome: String) {
        self = Self.identity(type, outcome) ?? Self.resource(type) ?? Self.other(type)
    }

    /// The kind's severity, raised to at least warning by words that say that something failed.
    func severity(phase: PankoEventType.Phase?, outcome: String, state: String) -> Severity {
        if phase == .error || outcome == "failure" || state.lowercased() == "error" { return max(severity, .warning) }
        return severity
    }

    private static func other(_ type: PankoEventType) -> PankoKind {
        PankoKind("Software.OpenStack.Event.Logged", type.phase == .error ? .warning : .info, .bg, .internal)
    }
}

extension PankoKind {
    private static let pastTenses = [
        "created": "Created", "updated": "Updated", "disabled": "Updated", "enabled": "Updated", "deleted": "Deleted",
    ]
    /// Subjects of Keystone whose changes have kinds of their own.
    private static let identitySubjects = [
        "user": "User", "group": "Group", "project": "Project", "role": "Role", "domain": "Domain", "trust": "Trust",
        "credential": "Token", "application_credential": "Token", "access_token": "Token",
    ]

    private static func identity(_ type: PankoEventType, _ outcome: String) -> PankoKind? {
        guard type.words.first == "identity" else { return nil }
        if type.words == ["identity", "authenticate"] {
            switch outcome {
            case "success": return PankoKind("Security.User.Login.Succeeded", .info, .sec)
            case "pending": return PankoKind("Security.User.Login.Succeeded", .debug, .sec)
            case "failure": return PankoKind("Security.User.Login.Failed", .warning, .sec)
            default: return nil
            }
        }
        guard type.words.count == 3, let action = pastTenses[type.operation] else { return nil }
        switch (type.subject, action) {
        case ("role_assignment", "Created"): return PankoKind("Security.Role.Granted", .warning, .audit)
        case ("role_assignment", "Deleted"): return PankoKind("Security.Role.Revoked", .warning, .audit)
        default: return identitySubjects[type.subject].map { PankoKind("Security.\($0).\(action)", .info, .audit) }
        }
    }
}

extension PankoKind {
    /// A kind's operation, and the word for its good end.
    private typealias Verb = (operation: String, past: String)

    private static func resource(_ type: PankoEventType) -> PankoKind? {
        switch type.words.first {
        case "compute": instance(type)
        case "volume" where type.words.count == 2: operation(type, "Storage.Volume", volumeVerbs[type.operation])
        case "snapshot" where type.words.count == 2: outcome(type, "Storage.Snapshot")
        case "image": image(type)
        case "stack", "orchestration": stack(type)
        case "objectstore" where type.words == ["objectstore", "http", "request"]:
            PankoKind("Software.Api.Request.Served", .info, .sw, .internal)
        default: networkSubjects[type.family].flatMap { outcome(type, "Network.\($0)") }
        }
    }

    /// `X.Create.Started`, `X.Created`, `X.Create.Failed`.
    private static func operation(_ type: PankoEventType, _ prefix: String, _ verb: Verb?) -> PankoKind? {
        guard let verb else { return nil }
        switch type.phase {
        case .start?: return PankoKind("\(prefix).\(verb.operation).Started", .info, .ua)
        case .end?, nil: return PankoKind("\(prefix).\(verb.past)", .info, .ua)
        case .error?: return PankoKind("\(prefix).\(verb.operation).Failed", .major, .ua)
        }
    }

    /// `X.Created` also for the start, which a parameter `phase` tells apart; `X.Create.Failed`.
    private static func outcome(_ type: PankoEventType, _ prefix: String) -> PankoKind? {
        guard let verb = simpleVerbs[type.operation] else { return nil }
        if type.phase == .error { return PankoKind("\(prefix).\(verb.operation).Failed", .major, .ua) }
        return PankoKind("\(prefix).\(verb.past)", .info, .ua)
    }

    private static func instance(_ type: PankoEventType) -> PankoKind? {
        guard type.words.count > 2, type.words[1] == "instance" else { return nil }
        let name = type.words.dropFirst(2).joined(separator: ".")
        if name == "exists" || name.hasPrefix("exists.") {
            return PankoKind("Compute.Instance.Usage.Audited", .debug, .bg, .internal)
        }
        let family = instanceFamilies.first { name.hasPrefix($0.prefix) }
        return operation(type, "Compute.Instance", instanceVerbs[name] ?? family?.verb ?? ("Update", "Updated"))
    }

    private static func image(_ type: PankoEventType) -> PankoKind? {
        guard type.words.count == 2 else { return nil }
        let actions = [
            "create": "Created", "prepare": "Created", "upload": "Uploaded", "activate": "Uploaded",
            "update": "Updated", "delete": "Deleted", "send": "Sent",
        ]
        return actions[type.operation].map { PankoKind("Storage.Image.\($0)", .info, .ua) }
    }

    private static func stack(_ type: PankoEventType) -> PankoKind? {
        guard ["stack", "orchestration.stack"].contains(type.family) else { return nil }
        return operation(type, "Software.Stack", stackVerbs[type.operation])
    }

    private static let simpleVerbs: [String: Verb] = [
        "create": ("Create", "Created"), "update": ("Update", "Updated"), "delete": ("Delete", "Deleted"),
    ]
    private static let volumeVerbs: [String: Verb] = [
        "create": ("Create", "Created"), "delete": ("Delete", "Deleted"), "update": ("Update", "Updated"),
        "resize": ("Resize", "Resized"), "attach": ("Attach", "Attached"), "detach": ("Detach", "Detached"),
        "retype": ("Update", "Updated"),
    ]
    private static let stackVerbs: [String: Verb] = [
        "create": ("Create", "Created"), "update": ("Update", "Updated"), "delete": ("Delete", "Deleted"),
        "suspend": ("Suspend", "Suspended"), "resume": ("Resume", "Resumed"),
    ]
    private static let networkSubjects = [
        "network": "Network", "subnet": "Subnet", "port": "Port", "router": "Router", "router.interface": "Router",
        "floatingip": "FloatingIp", "security_group": "SecurityGroup", "security_group_rule": "SecurityGroup",
    ]
    private static let instanceVerbs: [String: Verb] = [
        "create": ("Create", "Created"), "delete": ("Delete", "Deleted"), "soft_delete": ("Delete", "Deleted"),
        "resize": ("Resize", "Resized"), "resize.prep": ("Resize", "Resized"), "resize.confirm": ("Resize", "Resized"),
        "resize.revert": ("Resize", "Resized"), "finish_resize": ("Resize", "Resized"),
        "evacuate": ("Migrate", "Migrated"), "migrate": ("Migrate", "Migrated"), "rebuild": ("Rebuild", "Rebuilt"),
        "reboot": ("Reboot", "Rebooted"), "power_on": ("PowerOn", "PoweredOn"), "power_off": ("PowerOff", "PoweredOff"),
        "shutdown": ("PowerOff", "PoweredOff"), "suspend": ("Suspend", "Suspended"), "pause": ("Suspend", "Suspended"),
        "resume": ("Resume", "Resumed"), "unpause": ("Resume", "Resumed"), "unshelve": ("Resume", "Resumed"),
        "restore": ("Resume", "Resumed"), "snapshot": ("Snapshot", "Snapshotted"),
    ]
    /// Operations of Nova that come in several forms: `live_migration.pre`, `live.migration.abort`, `shelve_offload`.
    private static let instanceFamilies: [(prefix: String, verb: Verb)] = [
        ("live_migration", ("Migrate", "Migrated")), ("live.migration", ("Migrate", "Migrated")),
        ("shelve", ("Suspend", "Suspended")),
    ]
}
