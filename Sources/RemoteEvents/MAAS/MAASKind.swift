internal import EventModel

/// What MAAS's types mean in our words (`kinds.md`, "Native to kind: MAAS").
struct MAASKind: Equatable, Sendable {
    let name: Text
    /// Default, `nil` for a kind that takes the native one.
    let severity: Severity?
    let classification: Classification
    let visibility: Visibility

    init(
        _ name: Text, _ severity: Severity? = .info, _ classification: Classification = .ua,
        _ visibility: Visibility = .external
    ) {
        self.name = name
        self.severity = severity
        self.classification = classification
        self.visibility = visibility
    }

    /// A type that nobody knows.
    static let fallback = MAASKind("Compute.Machine.Event.Logged", nil, .bg, .internal)

    /// The kind of an event.
    init(type: Text, isAudit: Bool, description: Text) {
        let word = Self.normalized(type)
        self =
            (isAudit ? Self.audit(word, Self.normalized(description)) : nil) ?? Self.table[word]
            ?? (word.hasPrefix("node ") && word.contains("hardware sync state cha") ? Self.inventoryChanged : .fallback)
    }

    /// Without regard to case and a final full stop. What is behind the first 256 bytes decides nothing.
    private static func normalized(_ text: Text) -> String {
        var bytes = text.bytes.prefix(256).map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
        if text.bytes.count <= 256, bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let inventoryChanged = MAASKind("Hardware.Inventory.Changed", .info, .hw)

    private static func started(_ operation: String) -> MAASKind {
        MAASKind(Text("Compute.Machine.\(operation).Started"))
    }
    private static func failed(_ operation: String) -> MAASKind {
        MAASKind(Text("Compute.Machine.\(operation).Failed"), .major, .bg)
    }
    private static func aborted(_ operation: String) -> MAASKind {
        MAASKind(Text("Compute.Machine.\(operation).Aborted"), .warning)
    }
    /// A machine's state, reached in the background.
    private static func reached(_ state: String) -> MAASKind { MAASKind(Text("Compute.Machine.\(state)"), .info, .bg) }
    /// A machine's state, set by a user.
    private static func set(_ state: String) -> MAASKind { MAASKind(Text("Compute.Machine.\(state)")) }
    private static func rescue(_ change: String) -> MAASKind {
        MAASKind(Text("Compute.Machine.Rescue.\(change)"), .warning)
    }
    private static func changed(_ name: Text) -> MAASKind { MAASKind(name, .info, .audit) }
}

extension MAASKind {
    /// By normalized type.
    private static let table: [String: MAASKind] = {
        var table: [String: MAASKind] = [:]
        for (kind, types) in rows { for type in types { table[type] = kind } }
        return table
    }()

    private static let rows: [(MAASKind, [String])] = [
        (reached("PoweredOn"), ["node powered on", "user powering up node"]),
        (reached("PoweredOff"), ["node powered off", "user powering down node"]),
        (reached("Rebooted"), ["rebooting"]),
        (
            MAASKind("Compute.Machine.Power.Failed", .major, .hw),
            ["failed to power on node", "failed to power off node", "failed to power cycle node"]
        ),
        // A management controller that does not answer is a warning, unlike a sensor out of range.
        (MAASKind("Hardware.Sensor.Failed", .warning, .hw), ["failed to query node's bmc"]),
        (reached("Enlisted"), ["new", "querying chassis and enlisting all machines"]),
        (started("Commission"), ["commissioning", "user starting node commissioning"]),
        (reached("Commissioned"), ["ready"]),
        (failed("Commission"), ["failed commissioning", "node commissioning failure"]),
        (aborted("Commission"), ["aborted commissioning", "user aborting node commissioning"]),
        (started("Test"), ["testing", "running test", "user starting node testing"]),
        (failed("Test"), ["failed testing"]),
        (aborted("Test"), ["aborted testing", "user aborting node testing"]),
        (reached("Tested"), ["user overrode 'failed testing' status"]),
        (started("Deploy"), ["deploying", "user starting deployment"]),
        (reached("Deployed"), ["deployed", "image deployed", "installation complete"]),
        (failed("Deploy"), ["node installation failure", "node post-installation failure"]),
        (aborted("Deploy"), ["aborted deployment", "user aborting deployment"]),
        (started("Release"), ["releasing", "user releasing node"]),
        (reached("Released"), ["released", "release scripts executed successfully"]),
        (set("Acquired"), ["user acquiring node"]),
        (MAASKind("Storage.Disk.Erased", .warning), ["disks erased", "user erasing disk"]),
        (aborted("Erase"), ["aborted disk erasing", "user aborting disk erase"]),
        (started("Rescue"), ["user starting rescue mode", "user stopping rescue mode"]),
        (rescue("Entered"), ["entering rescue mode", "rescue mode", "node entering rescue mode"]),
        (rescue("Exited"), ["exited rescue mode", "node exiting rescue mode"]),
        (
            failed("Rescue"),
            ["failed exiting rescue mode", "node entering rescue mode failure", "node exiting rescue mode failure"]
        ),
        (
            MAASKind("Compute.Machine.Broken", .major),
            ["user marking node failed", "marking node failed", "user marking node broken", "marking node broken"]
        ),
        (set("Fixed"), ["user marking node fixed", "marking node fixed"]),
        (set("Locked"), ["user locking node"]),
        (set("Unlocked"), ["user unlocking node"]),
        (
            MAASKind("Compute.Machine.Progressed", .debug, .bg, .internal),
            [
                "tftp request", "http request", "pxe request", "performing pxe boot", "loading ephemeral",
                "configuring storage", "installing os", "configuring os", "gathering information",
                "node changed status", "node status event", "node commissioning", "node installation",
                "starting refresh of controller hardware and networking information",
            ]
        ),
        (MAASKind("Compute.Script.Finished", .info, .bg, .internal), ["script result"]),
        (
            MAASKind("Compute.Script.Failed", .warning, .bg, .internal),
            ["script", "script result lookup or storage error"]
        ),
        (MAASKind("Storage.Image.Imported", .info, .bg), ["rack import info", "region import info"]),
        (
            MAASKind("Storage.Image.Import.Failed", .major, .bg),
            ["rack import warning", "region import warning", "rack import error", "region import error"]
        ),
        (changed("Compute.BootSource.Changed"), ["boot source", "boot source selection", "images"]),
        (changed("Software.Settings.Changed"), ["settings"]),
        (changed("Compute.VmHost.Changed"), ["pod"]),
        (changed("Compute.Tag.Changed"), ["tag"]),
        (changed("Compute.Zone.Changed"), ["zones"]),
        (changed("Network.Configuration.Changed"), ["networking"]),
    ]

    /// The kind of an audit record whose description decides; `nil` where the type is enough.
    private static func audit(_ type: String, _ description: String) -> MAASKind? {
        switch type {
        case "authorisation", "authorization": authorization(description)
        case "node": node(description)
        default: nil
        }
    }

    private static func authorization(_ text: String) -> MAASKind {
        let verb = text.prefix { $0 != " " }
        let change =
            switch verb {
            case "created", "retrieved", "added", "imported": "Created"
            case "updated", "modified", "changed": "Updated"
            case "deleted", "removed": "Deleted"
            default: ""
            }
        if text.hasPrefix("logged in") { return MAASKind("Security.User.Login.Succeeded", .info, .sec) }
        if text.hasPrefix("logged out") { return MAASKind("Security.User.Logout.Succeeded", .info, .sec) }
        if text.hasPrefix("failed") || text.hasSuffix(" failed") {
            return MAASKind("Security.User.Login.Failed", .warning, .sec)
        }
        if text.contains("ssh key") || text.contains("ssl key") {
            return changed(verb == "deleted" ? "Security.Key.Deleted" : "Security.Key.Created")
        }
        if text.contains(" token"), !change.isEmpty { return changed(Text("Security.Token.\(change)")) }
        if text.contains(" password") { return changed("Security.User.Password.Changed") }
        return change.isEmpty ? .fallback : changed(Text("Security.User.\(change)"))
    }

    private static func node(_ text: String) -> MAASKind {
        let operations = [
            ("commissioning", "Commission"), ("deploying", "Deploy"), ("releasing", "Release"), ("testing", "Test"),
        ]
        if text.hasPrefix("started "),
            let (_, operation) = operations.first(where: { text.dropFirst(8).hasPrefix($0.0) })
        {
            return started(operation)
        }
        if text.hasPrefix("aborted ") {
            let what = text.dropFirst(8).prefix(40)
            if what.contains("commission") { return aborted("Commission") }
            if what.contains("deploy") { return aborted("Deploy") }
            if what.contains("test") { return aborted("Test") }
            if what.contains("eras") { return aborted("Erase") }
        }
        if text.hasPrefix("acquired") { return set("Acquired") }
        if text.hasPrefix("powered on") { return reached("PoweredOn") }
        if text.hasPrefix("powered off") { return reached("PoweredOff") }
        return changed("Compute.Machine.Updated")
    }
}
