import EventModel
import Testing

@testable import RemoteEvents

private func fields(_ settings: PankoSettings) -> [String] { PankoFilter(settings).clauses.map(\.field) }

private func trait(_ name: Text, _ type: Text, _ value: Text) -> PankoRecord.Trait {
    PankoRecord.Trait(name: name, type: type, value: value)
}

@Suite struct PankoFilterTests {
    @Test func `Panko is given one exact type, and several are told apart here`() {
        #expect(fields(pankoSettings { $0.eventTypes = [Glob("x.y")] }) == ["event_type", "all_tenants"])
        #expect(fields(pankoSettings { $0.eventTypes = [Glob("x.*")] }) == ["all_tenants"])
        #expect(fields(pankoSettings { $0.eventTypes = [Glob("x.y"), Glob("x.z")] }) == ["all_tenants"])
        #expect(fields(pankoSettings { $0.readsAllTenants = false }) == [])
    }

    @Test func `Panko is given a trait only where its stored type is sure`() {
        let names = { (value: String, name: String) in
            fields(
                pankoSettings { settings in
                    settings.readsAllTenants = false
                    settings.traits = [.init(name: name, values: [value])]
                })
        }
        #expect(names("compute-01", "host") == ["host"])
        #expect(names("2048", "memory_mb") == [])
        #expect(names("1e9", "ratio") == [])
        #expect(names("2024-05-17T08:00:00", "launched_at") == [])
        #expect(names("x", "event_type") == [])
    }

    @Test(arguments: [
        ("memory_mb", ["2048"], true), ("memory_mb", ["2047"], false), ("host", ["a", "b"], true),
        ("host", ["a"], false), ("ratio", ["0.50"], true), ("launched_at", ["2024-05-17T08:00:00Z"], true),
        ("none", ["b"], false),
    ])
    func `a trait is compared by its value, of whichever type it is`(name: String, values: [String], isWanted: Bool) {
        let record = PankoRecord(
            messageID: "m", eventType: "x.y", generated: second(0),
            traits: [
                trait("host", "string", "b"), trait("memory_mb", "integer", "2048"), trait("ratio", "float", "0.5"),
                trait("launched_at", "datetime", "2024-05-17T08:00:00"),
            ])
        let filter = PankoFilter(pankoSettings { $0.traits = [.init(name: name, values: values)] })
        #expect(filter.accepts(record) == isWanted)
    }
}
