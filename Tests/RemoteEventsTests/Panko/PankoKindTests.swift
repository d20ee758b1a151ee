import EventModel
import Testing

@testable import RemoteEvents

private func kind(_ type: Text, outcome: String = "") -> PankoKind {
    PankoKind(of: PankoEventType(type), outcome: outcome)
}

@Suite struct PankoKindTests {
    @Test(arguments: [
        ("compute.instance.create.start", "Compute.Instance.Create.Started", Severity.info),
        ("compute.instance.create.end", "Compute.Instance.Created", .info),
        ("compute.instance.create.error", "Compute.Instance.Create.Failed", .major),
        ("compute.instance.soft_delete.end", "Compute.Instance.Deleted", .info),
        ("compute.instance.resize.prep.start", "Compute.Instance.Resize.Started", .info),
        ("compute.instance.finish_resize.end", "Compute.Instance.Resized", .info),
        ("compute.instance.live_migration.pre.start", "Compute.Instance.Migrate.Started", .info),
        ("compute.instance.live.migration.abort.end", "Compute.Instance.Migrated", .info),
        ("compute.instance.power_on.end", "Compute.Instance.PoweredOn", .info),
        ("compute.instance.shutdown.end", "Compute.Instance.PoweredOff", .info),
        ("compute.instance.shelve_offload.end", "Compute.Instance.Suspended", .info),
        ("compute.instance.unshelve.error", "Compute.Instance.Resume.Failed", .major),
        ("compute.instance.update", "Compute.Instance.Updated", .info),
        ("compute.instance.volume.attach", "Compute.Instance.Updated", .info),
        ("compute.instance.exists", "Compute.Instance.Usage.Audited", .debug),
        ("identity.user.disabled", "Security.User.Updated", .info),
        ("identity.group.created", "Security.Group.Created", .info),
        ("identity.domain.deleted", "Security.Domain.Deleted", .info),
        ("identity.OS-TRUST:trust.created", "Security.Trust.Created", .info),
        ("identity.trust.deleted", "Security.Trust.Deleted", .info),
        ("identity.role_assignment.created", "Security.Role.Granted", .warning),
        ("identity.role_assignment.deleted", "Security.Role.Revoked", .warning),
        ("identity.application_credential.created", "Security.Token.Created", .info),
        ("image.prepare", "Storage.Image.Created", .info), ("image.activate", "Storage.Image.Uploaded", .info),
        ("image.send", "Storage.Image.Sent", .info), ("volume.attach.end", "Storage.Volume.Attached", .info),
        ("volume.delete.error", "Storage.Volume.Delete.Failed", .major),
        ("volume.retype.start", "Storage.Volume.Update.Started", .info),
        ("snapshot.create.start", "Storage.Snapshot.Created", .info),
        ("network.create.end", "Network.Network.Created", .info),
        ("port.update.start", "Network.Port.Updated", .info),
        ("router.interface.create", "Network.Router.Created", .info),
        ("floatingip.delete.end", "Network.FloatingIp.Deleted", .info),
        ("security_group_rule.create.end", "Network.SecurityGroup.Created", .info),
        ("orchestration.stack.create.error", "Software.Stack.Create.Failed", .major),
        ("stack.suspend.end", "Software.Stack.Suspended", .info),
        ("objectstore.http.request", "Software.Api.Request.Served", .info),
        ("magnum.bay.create", "Software.OpenStack.Event.Logged", .info),
        ("dns.zone.create.error", "Software.OpenStack.Event.Logged", .warning),
        ("identity.region.created", "Software.OpenStack.Event.Logged", .info),
        ("", "Software.OpenStack.Event.Logged", .info), ("...", "Software.OpenStack.Event.Logged", .info),
        ("error", "Software.OpenStack.Event.Logged", .info),
    ])
    func `a type has its kind and severity`(type: String, name: String, severity: Severity) {
        let kind = kind(Text(type))
        #expect(kind.name == name)
        #expect(kind.severity == severity)
    }

    @Test(arguments: [
        ("success", "Security.User.Login.Succeeded", Severity.info),
        ("pending", "Security.User.Login.Succeeded", .debug), ("failure", "Security.User.Login.Failed", .warning),
        ("", "Software.OpenStack.Event.Logged", .info),
    ])
    func `a login has its outcome`(outcome: String, name: String, severity: Severity) {
        let kind = kind("identity.authenticate", outcome: outcome)
        #expect(kind.name == name)
        #expect(kind.severity == severity)
        #expect(kind.classification == (outcome.isEmpty ? .bg : .sec))
    }

    @Test func `words that say that something failed raise the severity to a warning`() {
        let updated = kind("compute.instance.update")
        #expect(updated.severity(phase: nil, outcome: "", state: "active") == .info)
        #expect(updated.severity(phase: nil, outcome: "", state: "ERROR") == .warning)
        #expect(updated.severity(phase: nil, outcome: "failure", state: "") == .warning)
        let failed = kind("compute.instance.create.error")
        #expect(failed.severity(phase: .error, outcome: "", state: "error") == .major)
    }
}
