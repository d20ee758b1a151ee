import EventModel
import Testing

@testable import Journal

@Suite struct JournalFilterTests {
    private static let boot = String(repeating: "ab", count: 16)

    private func accepts(
        _ fields: [(String, String)], own: JournalFilter.Own? = nil, realtime: UInt64 = 100,
        _ change: (inout JournalSettings) -> Void = { _ in }
    ) -> Bool {
        var settings = JournalSettings()
        change(&settings)
        let filter = JournalFilter(settings, own: own, currentBoot: Self.boot)
        var bits: JournalFilter.Bits = []
        for (name, value) in fields {
            bits.formUnion(filter.bits(name: Array(name.utf8).span, value: Array(value.utf8).span))
        }
        return filter.accepts(bits, realtime: realtime)
    }

    @Test func `without settings everything passes`() {
        #expect(accepts([]))
        #expect(accepts([("PRIORITY", "7"), ("_SYSTEMD_UNIT", "a.service")]))
    }

    @Test(arguments: [
        "_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "UNIT", "USER_UNIT", "OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT",
    ])
    func `a unit is found in its own and in systemd's messages`(field: String) {
        #expect(accepts([(field, "ssh.service")]) { $0.units = ["ssh"] })
        #expect(!accepts([(field, "ssh.socket")]) { $0.units = ["ssh"] })
        #expect(accepts([(field, "ssh.socket")]) { $0.units = ["cron", "ssh.socket"] })
        #expect(accepts([(field, "ssh@7.service")]) { $0.units = ["ssh*"] })
        #expect(!accepts([("MESSAGE", "ssh.service")]) { $0.units = ["ssh"] })
    }

    @Test func `identifiers, transports and facilities each must hold`() {
        let fields = [("SYSLOG_IDENTIFIER", "sudo"), ("_TRANSPORT", "syslog"), ("SYSLOG_FACILITY", "10")]
        #expect(
            accepts(fields) { settings in
                settings.identifiers = ["su", "sudo"]
                settings.transports = ["syslog"]
                settings.facilities = [.auth, .authpriv]
            })
        #expect(!accepts(fields) { $0.identifiers = ["sud"] })
        #expect(
            !accepts(fields) { settings in
                settings.identifiers = ["sudo"]
                settings.transports = ["kernel"]
            })
        #expect(!accepts(fields) { $0.facilities = [.kern] })
    }

    @Test(arguments: 0...7) func `a minimum priority lets more important entries through`(minimum: Int) {
        for priority in 0...7 {
            #expect(accepts([("PRIORITY", "\(priority)")]) { $0.minimumPriority = minimum } == (priority <= minimum))
        }
        #expect(accepts([]) { $0.minimumPriority = minimum } == (minimum >= 6))
        #expect(accepts([("PRIORITY", "9")]) { $0.minimumPriority = minimum })
        #expect(accepts([("PRIORITY", "")]) { $0.minimumPriority = minimum })
    }

    @Test func `matches of one field are alternatives and those of several all hold`() {
        let matches = [("A", "1"), ("A", "2"), ("B", "x")].map { name, value in
            JournalSettings.FieldMatch(name: name, value: Array(value.utf8))
        }
        #expect(accepts([("A", "2"), ("B", "x")]) { $0.matches = matches })
        #expect(accepts([("A", "3"), ("A", "1"), ("B", "x")]) { $0.matches = matches })
        #expect(!accepts([("A", "1")]) { $0.matches = matches })
        #expect(!accepts([("A", "12"), ("B", "x")]) { $0.matches = matches })
    }

    @Test func `the current boot is told from others`() {
        #expect(accepts([("_BOOT_ID", Self.boot)]) { $0.boots = .current })
        #expect(!accepts([("_BOOT_ID", String(repeating: "cd", count: 16))]) { $0.boots = .current })
        #expect(!accepts([]) { $0.boots = .current })
    }

    @Test func `own messages are those of our unit, and of our processes since they run`() {
        let own = JournalFilter.Own(unit: "river.service", processes: [42], since: 100)
        #expect(!accepts([("_SYSTEMD_UNIT", "river.service")], own: own))
        #expect(!accepts([("_SYSTEMD_UNIT", "tributary.service")], own: own))
        #expect(accepts([("_SYSTEMD_UNIT", "tributary.service")]))
        #expect(!accepts([("_PID", "42"), ("_BOOT_ID", Self.boot)], own: own))
        #expect(accepts([("_PID", "42"), ("_BOOT_ID", Self.boot)], own: own, realtime: 99))
        #expect(accepts([("_PID", "42"), ("_BOOT_ID", "other")], own: own))
        #expect(accepts([("_PID", "43"), ("_BOOT_ID", Self.boot)], own: own))
    }
}

@Suite struct GlobListTests {
    @Test func `the last pattern of a list that matches decides`() {
        let list = GlobList(["*", "!_*", "_PID"])
        #expect(contains(list, "A"))
        #expect(!contains(list, "_UID"))
        #expect(contains(list, "_PID"))
        #expect(!contains(GlobList([]), "A"))
    }

    // The macro cannot hold a span.
    private func contains(_ list: GlobList, _ text: String) -> Bool { list.contains(Array(text.utf8).span) }
}
