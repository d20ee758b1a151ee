import EventModel
import Testing

@testable import Normalization

@Suite struct NormalizerTests {
    private static let time = Timestamp(microseconds: Int64(1_000_000))

    private func event(
        kind: Text = .empty, type: Text = "Thing", severity: Severity = .unknown, user: Text = .empty,
        objects: [AssociatedObject] = [], parameters: [Parameter] = []
    ) -> Event {
        Event(
            id: EventID(high: 1, low: 2), time: Self.time, observedTime: Self.time, source: "s", kind: kind, type: type,
            severity: severity, message: "Logged in bob from 10.0.0.1", user: user, objects: objects,
            parameters: parameters)
    }

    private func rules(_ source: SourceType, _ change: (inout Rule) throws -> Void = { _ in }) throws -> [Rule] {
        [
            try rule("a/login", "Logged in {user} from {address:ip}", kind: "Security.User.Login.Succeeded") {
                $0.source = source
                try change(&$0)
            }
        ]
    }

    @Test func `an event gets what its rule says, and keeps the rest`() throws {
        var normalizer = Normalizer(RuleSet(try rules(.maas)), for: .maas)
        let native = event(
            severity: .info, objects: [AssociatedObject(type: "node", id: "n")],
            parameters: [Parameter("address", .text("?")), Parameter("level", .text("AUDIT"))])
        let result = normalizer.normalized(native)
        #expect(result.kind == "Security.User.Login.Succeeded")
        #expect(result.classification == .audit, "MAAS's audit records are all audit")
        #expect(result.visibility == .external)
        #expect(result.user == "bob")
        #expect(result.objects == native.objects)
        #expect(
            result.parameters == [Parameter("address", .text("10.0.0.1")), Parameter("level", .text("AUDIT"))])
        #expect(result.id == native.id && result.message == native.message && result.type == native.type)
    }

    @Test func `a native user gives way only to one that the rule names`() throws {
        var normalizer = Normalizer(RuleSet(try rules(.maas)), for: .maas)
        #expect(normalizer.normalized(event(user: "carol")).user == "carol")
        normalizer = Normalizer(
            RuleSet(try rules(.maas) { $0.user = try template("{user}") }), for: .maas)
        #expect(normalizer.normalized(event(user: "carol")).user == "bob")
    }

    @Test func `Iguazio's kind, severity, classification and visibility stand`() throws {
        var normalizer = Normalizer(RuleSet(try rules(.iguazio)), for: .iguazio)
        let result = normalizer.normalized(event(kind: "Their.Own", severity: .debug))
        #expect(result.kind == "Their.Own")
        #expect(result.severity == .debug)
        #expect(result.classification == .unknown)
        #expect(result.visibility == .unknown)
        #expect(result.user == "bob")
        #expect(normalizer.normalized(event()).kind == "Security.User.Login.Succeeded")
    }

    @Test(arguments: [
        (SourceType.maas, "Compute.Machine.Event.Logged", Classification.bg),
        (.panko, "Software.OpenStack.Event.Logged", .bg), (.mws, "Compute.Moab.Event.Logged", .bg),
        (.iguazio, "Software.Iguazio.Event.Logged", .unknown),
    ])
    func `an event that no rule knows is complete`(source: SourceType, kind: String, class: Classification) {
        var normalizer = Normalizer(.empty, for: source)
        let result = normalizer.normalized(event(severity: .warning))
        #expect(result.kind == Text(kind))
        #expect(result.classification == `class`)
        #expect(result.severity == .warning)
    }

    @Test func `a fallback without a severity is info, and a failure of OpenStack a warning`() {
        var normalizer = Normalizer(.empty, for: .mws)
        #expect(normalizer.normalized(event()).severity == .info)
        normalizer = Normalizer(.empty, for: .panko)
        #expect(normalizer.normalized(event(type: "a.b.error")).severity == .warning)
        let failed = event(parameters: [Parameter("outcome", .text("failure"))])
        #expect(normalizer.normalized(failed).severity == .warning)
    }
}
