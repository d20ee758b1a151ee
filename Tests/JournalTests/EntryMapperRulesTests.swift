import EventModel
import Normalization
import Testing

@testable import Journal

/// What rules make of entries on their way into a batch.
@Suite struct EntryMapperRulesTests {
    private func rule(_ name: String, _ pattern: String?, _ change: (inout Rule) throws -> Void = { _ in }) throws
        -> Rule
    {
        var rule = Rule(name: "test/\(name)", kind: "Security.User.Login.Failed")
        rule.identifiers = [Glob("sshd")]
        if let pattern { rule.patterns = [try Pattern(pattern)] }
        try change(&rule)
        return rule
    }

    private func template(_ text: String) throws -> Template { try #require(Template(text)) }

    /// The events of entries in one frame.
    private func events(
        _ rules: [Rule], _ entries: [[String]], parameters: [String] = JournalSettings.defaultParameters
    ) throws -> [Event] {
        let rules = RuleSet(rules)
        var settings = JournalSettings()
        settings.parameters = parameters
        var frame = TestFrame(settings, ruleFields: rules.fieldNames.map(\.string))
        for (number, entry) in entries.enumerated() { frame.add(UInt64(number + 1), entry.map { Array($0.utf8) }) }
        var mapper = EntryMapper(source: "journal", parameters: parameters, rules: rules)
        return try mapper.events(of: frame.content())
    }

    @Test func `an entry becomes what its rule says, and another one stays what it was`() throws {
        let failed = try rule("failed", "Failed {method} for {user} from {address:ip} port {port:int}") {
            $0.parameters = [("service", try template("sshd")), ("text", try template("{method} of {user}"))]
            $0.tags = ["one"]
        }
        let entry = [
            "MESSAGE=Failed password for root from 10.0.0.1 port 22", "SYSLOG_IDENTIFIER=sshd", "PRIORITY=6",
            "_TRANSPORT=syslog", "_PID=7",
        ]
        let events = try events([failed], [entry, ["MESSAGE=x", "SYSLOG_IDENTIFIER=sshd", "PRIORITY=6"], entry])
        let event = events[0]
        #expect(event.kind == "Security.User.Login.Failed")
        #expect(event.severity == .warning)
        #expect(event.classification == .sec)
        #expect(event.visibility == .external)
        #expect(event.user == "root")
        #expect(event.tags == ["one"])
        #expect(
            event.parameters == [
                Parameter("_PID", .text("7")), Parameter("service", .text("sshd")),
                Parameter("text", .text("password of root")), Parameter("method", .text("password")),
                Parameter("address", .text("10.0.0.1")), Parameter("port", .integer(WholeNumber(22))),
            ])
        #expect(events[1].kind == "Software.Service.Message.Logged")
        #expect(events[1].user.isEmpty && events[1].parameters.isEmpty && events[1].tags.isEmpty)
        #expect(events[2].parameters == event.parameters && events[2].kind == event.kind)
    }

    @Test func `a unit that the rule names is the event's, and not the one that wrote the entry`() throws {
        let started = try rule("started", "Started {unit}.")
        let events = try events(
            [started],
            [
                ["MESSAGE=Started a.service.", "SYSLOG_IDENTIFIER=sshd", "_SYSTEMD_UNIT=init.scope"],
                ["MESSAGE=Other", "SYSLOG_IDENTIFIER=sshd", "_SYSTEMD_UNIT=init.scope"],
            ])
        #expect(events[0].objects == [AssociatedObject(type: "unit", id: "a.service")])
        #expect(events[1].objects == [AssociatedObject(type: "unit", id: "init.scope")])
    }

    @Test func `a parameter of a rule takes the place of a field of its name`() throws {
        let named = try rule("named", "hello {rest}") { $0.parameters = [("_PID", try template("{rest}"))] }
        let events = try events(
            [named],
            [
                ["MESSAGE=hello you", "SYSLOG_IDENTIFIER=sshd", "_PID=7", "_UID=0"],
                ["MESSAGE=hello", "SYSLOG_IDENTIFIER=sshd", "_PID=7"],
            ])
        #expect(events[0].parameters.map(\.name) == ["_UID", "_PID", "rest"])
        #expect(events[0].text("_PID") == Array("you".utf8))
        #expect(events[1].text("_PID") == Array("7".utf8))
    }

    @Test func `a field that is no parameter can decide all the same`() throws {
        let shell = try rule("shell", nil) { $0.conditions = [Rule.Condition(field: "_EXE", values: [Glob("/bin/*")])] }
        let entries = ["/bin/sh", "/usr/bin/sh"].map { ["MESSAGE=m", "SYSLOG_IDENTIFIER=sshd", "_EXE=\($0)"] }
        let events = try events([shell], entries, parameters: [])
        #expect(events.map(\.kind) == ["Security.User.Login.Failed", "Software.Service.Message.Logged"])
        #expect(events.allSatisfy { $0.parameters.isEmpty })
    }

    @Test func `what a rule adds to an event has a limit`() throws {
        let long = try rule("long", "{a} {b} {c} {d} {e} {f}")
        let word = String(repeating: "x", count: 100_000)
        let events = try events(
            [long],
            [
                [
                    "MESSAGE=" + Array(repeating: word, count: 6).joined(separator: " "), "SYSLOG_IDENTIFIER=sshd",
                ]
            ])
        #expect(events[0].kind == "Security.User.Login.Failed")
        let sizes = events[0].parameters.map { $0.value.text.bytes.count }
        #expect(sizes == [65_536, 65_536, 65_536, 65_536])
    }

    @Test func `a converter makes the event that the source makes`() throws {
        let failed = try rule("failed", "Failed for {user} as {_x}")
        let fields = ["MESSAGE=Failed for root as y", "SYSLOG_IDENTIFIER=sshd", "_PID=7", "PRIORITY=4"]
        let expected = try events([failed], [fields])[0]
        var converter = EntryConverter(source: "journal", rules: RuleSet([failed]))
        let entry = EntryConverter.Entry(
            realtime: 1_700_000_000_000_001,
            fields: fields.map {
                let parts = $0.split(separator: "=", maxSplits: 1)
                return (Text(String(parts[0])), Text(String(parts[1])))
            })
        let result = try converter.convert(entry, observed: Timestamp(microseconds: Int64(7)))
        #expect(result.event.kind == expected.kind && result.event.user == expected.user)
        #expect(result.event.time == expected.time && result.event.parameters == expected.parameters)
        #expect(result.captures.map(\.name) == ["user", "_x"])
        #expect(result.captures.map(\.value) == ["root", "y"])
        #expect(result.outcome?.pattern == 0)
        #expect(throws: EntryConverter.Failure.malformed) {
            _ = try converter.convert(
                EntryConverter.Entry(realtime: 0, fields: [("A=B", "c"), ("", "x")]),
                observed: Timestamp(microseconds: Int64(7)))
        }
    }
}
