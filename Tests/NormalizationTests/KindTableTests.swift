import EventModel
import Testing

@testable import Normalization

@Suite struct KindTableTests {
    @Test func `every kind of the taxonomy follows its grammar`() {
        #expect(KindTable.defaults.count > 370)
        for kind in KindTable.defaults.keys { #expect(KindTable.problem(of: kind) == nil) }
    }

    @Test func `a kind has the defaults of its row, and of a line that names it alone`() {
        let denied = KindTable.defaults(of: "Security.Privilege.Denied")
        #expect(denied.severity == SeverityBound(form: .exactly, severity: .major))
        #expect(denied.classification == .sec)
        #expect(KindTable.defaults(of: "Storage.Volume.Resize.Started").severity.severity == .info)
        #expect(KindTable.defaults(of: "Storage.Volume.Resize.Failed").severity.severity == .major)
        #expect(KindTable.defaults(of: "System.Time.Zone.Changed").severity.severity == .info)
        #expect(KindTable.defaults(of: "Network.FloatingIp.Deleted").visibility == .external)
        #expect(KindTable.defaults(of: "Hardware.Toaster.Burnt").classification == .hw)
    }

    @Test(arguments: [
        "", "Security", "Security.User", "Security.user.Login", "Security.User.Log-In", "Security..Login",
        "Security.A.B.C.D.E", "Safety.User.Login", "Security.User.L\u{f6}gin",
        "Security.User." + String(repeating: "A", count: 128),
    ])
    func `what breaks the grammar is refused`(kind: String) {
        #expect(KindTable.problem(of: kind) != nil)
    }
}
