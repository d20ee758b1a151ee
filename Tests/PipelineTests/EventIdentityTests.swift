import EventModel
import Pipeline
import Testing

@Suite struct EventIdentityTests {
    /// Computed with another implementation of SHA-256. They may never change: they name events on disk (G5).
    @Test(arguments: [
        ("journal", Array("s=abc;i=1".utf8), "f1c8b34412c405f6bd96c106280d8785"),
        ("maas", Array("42".utf8), "5cf020a252b8567b7e5f6a3b35e46d13"),
        ("", [], "6e340b9cffb37a989ca544e6bb780a2c"),
        ("journal", [], "533a392d69004dfe329c8dd70d32756e"),
        ("caf\u{e9}", Array(UInt8.min...UInt8.max), "6cdd31a5116da045c93e742caf64dde1"),
    ])
    func `a record has the same id in every run and on every host`(source: String, native: [UInt8], id: String) {
        #expect(EventIdentity(source: source).id(of: native.span).description == id)
    }

    @Test func `one identity serves many records`() {
        let identity = EventIdentity(source: "maas")
        let first = identity.id(of: [1].span)
        #expect(identity.id(of: [2].span) != first)
        #expect(identity.id(of: [1].span) == first)
    }

    @Test func `source and record do not run into each other`() {
        let left = EventIdentity(source: "a").id(of: Array("bc".utf8).span)
        let right = EventIdentity(source: "ab").id(of: Array("c".utf8).span)
        #expect(left != right)
    }
}
