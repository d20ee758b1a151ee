import EventModel
import Testing

@testable import Journal

@Suite struct EntryMapperTests {
    private func event(_ texts: String..., parameters: [String] = JournalSettings().parameters) throws -> Event {
        var settings = JournalSettings()
        settings.parameters = parameters
        var frame = TestFrame(settings)
        frame.add(1, texts.map { Array($0.utf8) })
        var mapper = EntryMapper(source: "journal", parameters: parameters)
        let events = try mapper.events(of: frame.content())
        return try #require(events.first)
    }

    @Test func `the well-known fields become keys and are not repeated`() throws {
        let event = try event(
            "MESSAGE=hello", "_HOSTNAME=h", "_TRANSPORT=syslog", "SYSLOG_IDENTIFIER=sshd", "PRIORITY=4", "_COMM=ssh",
            "_SYSTEMD_UNIT=ssh.service", "_SOURCE_REALTIME_TIMESTAMP=1600000000000001", "_PID=7", "_BOOT_ID=x")
        #expect(event.message == "hello")
        #expect(event.host == "h")
        #expect(event.type == "syslog")
        #expect(event.origin == "sshd")
        #expect(event.severity == .warning)
        #expect(event.source == "journal")
        #expect(event.time.microseconds == 1_600_000_000_000_001)
        #expect(event.observedTime.microseconds == 7)
        #expect(event.objects == [AssociatedObject(type: "unit", id: "ssh.service")])
        #expect(event.visibility == .internal)
        let kept = [("_COMM", "ssh"), ("_PID", "7"), ("_BOOT_ID", "x")] as [(Text, Text)]
        #expect(event.parameters == kept.map { Parameter($0, .text($1)) })
    }

    @Test func `origin falls back to the program and then to the unit`() throws {
        #expect(try event("_COMM=c", "_SYSTEMD_UNIT=u.service").origin == "c")
        #expect(try event("_SYSTEMD_UNIT=u.service").origin == "u.service")
        #expect(try event("MESSAGE=m").origin == "")
    }

    @Test func `the unit falls back to the user's and then to the one that is named`() throws {
        #expect(try event("_SYSTEMD_USER_UNIT=a", "UNIT=b").objects.map(\.id) == ["a"])
        #expect(try event("UNIT=b").objects.map(\.id) == ["b"])
        #expect(try event("MESSAGE=m").objects.isEmpty)
    }

    @Test(arguments: [
        ("0", Severity.critical, true), ("1", .critical, true), ("2", .critical, false), ("3", .major, false),
        ("4", .warning, false), ("5", .info, true), ("6", .info, false), ("7", .debug, false), ("9", .unknown, true),
        ("", .unknown, true), ("high", .unknown, true), ("66", .unknown, true),
    ])
    func `a priority that says more than the severity stays`(priority: String, severity: Severity, isKept: Bool) throws
    {
        let event = try event("PRIORITY=\(priority)")
        #expect(event.severity == severity)
        #expect(event.parameters == (isKept ? [Parameter("PRIORITY", .text(Text(priority)))] : []))
    }

    @Test func `without a priority it is information`() throws {
        #expect(try event("MESSAGE=m").severity == .info)
    }

    @Test func `a source time that is no number stays and the entry's counts`() throws {
        let event = try event("_SOURCE_REALTIME_TIMESTAMP=soon", "MESSAGE=m")
        #expect(event.time.microseconds == 1_700_000_000_000_001)
        #expect(event.text("_SOURCE_REALTIME_TIMESTAMP") == Array("soon".utf8))
    }

    @Test(arguments: [
        (["_TRANSPORT=kernel"], "System.Kernel.Message.Logged", Classification.system),
        (["_TRANSPORT=audit"], "Security.Audit.Record.Logged", .audit),
        (["SYSLOG_FACILITY=4"], "Security.Service.Message.Logged", .sec),
        (["SYSLOG_FACILITY=10", "SYSLOG_IDENTIFIER=systemd"], "Security.Service.Message.Logged", .sec),
        (["SYSLOG_IDENTIFIER=systemd"], "System.Service.Message.Logged", .system),
        (["SYSLOG_IDENTIFIER=systemd-logind"], "System.Service.Message.Logged", .system),
        (["SYSLOG_IDENTIFIER=init"], "System.Service.Message.Logged", .system),
        (["SYSLOG_IDENTIFIER=systemdx", "SYSLOG_FACILITY=3"], "Software.Service.Message.Logged", .sw),
    ])
    func `the fallback kind`(texts: [String], kind: String, classification: Classification) throws {
        var frame = TestFrame()
        frame.add(1, texts.map { Array($0.utf8) })
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        let event = try #require(try mapper.events(of: frame.content()).first)
        #expect(event.kind == Text(kind))
        #expect(event.classification == classification)
    }

    @Test func `a missing message differs from an empty one`() throws {
        #expect(try event("PRIORITY=6").message == nil)
        #expect(try event("MESSAGE=").message == "")
    }

    @Test func `a field that comes again has its number behind the name`() throws {
        let event = try event("MESSAGE=a", "X=1", "MESSAGE=b", "X=2", "X=3")
        #expect(event.message == "a")
        #expect(event.text("X") == Array("1".utf8))
        #expect(event.text("MESSAGE.2") == Array("b".utf8))
        #expect(event.text("X.2") == Array("2".utf8))
        #expect(event.text("X.3") == Array("3".utf8))
    }

    @Test func `parameters obey the patterns`() throws {
        let event = try event("A=1", "AB=2", "B=3", parameters: ["A*", "!AB"])
        #expect(event.parameters == [Parameter("A", .text("1"))])
    }

    @Test func `a long text is cut between characters and its length is told`() throws {
        // Two bytes each, after one: the limit falls inside one.
        let event = try event("LONG=a" + String(repeating: "é", count: 40_000))
        #expect(event.text("LONG")?.count == (64 << 10) - 1)
        #expect(event.parameters.last == Parameter("truncated.LONG", .integer(WholeNumber(80_001))))
    }

    @Test func `what the reader cut is told as well`() throws {
        var frame = TestFrame(maximumField: 10)
        frame.add(1, fields("MESSAGE=0123456789abcdef", "A=0123456789"))
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        let event = try #require(try mapper.events(of: frame.content()).first)
        #expect(event.message == "0123456789")
        #expect(
            event.parameters == [
                Parameter("A", .text("0123456789")), Parameter("truncated.MESSAGE", .integer(WholeNumber(16))),
            ])
    }

    @Test func `fields over the limit are counted`() throws {
        var frame = TestFrame()
        frame.add(1, (0..<2100).map { Array("F\($0)=v".utf8) })
        frame.add(2, fields("MESSAGE=next"))
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        let events = try mapper.events(of: frame.content())
        #expect(events[0].parameters.count == 2049)
        #expect(events[0].parameters.last == Parameter("truncated.fields", .integer(WholeNumber(52))))
        #expect(events[1].message == "next")
    }

    @Test func `an entry has the same id in every frame and another one elsewhere`() throws {
        let first = try event("MESSAGE=m")
        var frame = TestFrame()
        frame.add(0, fields("MESSAGE=other"))
        frame.add(1, fields("MESSAGE=m"))
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        let events = try mapper.events(of: frame.content())
        #expect(events[1].id == first.id)
        #expect(events[0].id != first.id)
        // It must never change: G5.
        #expect("\(first.id)" == "beaa36f89f78789f4118a277be29df72")
        var other = EntryMapper(source: "elsewhere", parameters: ["*"])
        #expect(try other.events(of: frame.content())[1].id != first.id)
    }
}
