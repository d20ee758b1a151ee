import EventModel
import EventText
import TestSupport
import Testing

/// The messages of `events`, in one batch; `nil` where one is too large.
func messages(of events: [Event], _ form: SyslogForm, offset: Int = 0) throws -> [(SyslogEncoder.Outcome, [UInt8])] {
    var encoder = SyslogEncoder(form, machine: "machine.example", offset: { _ in offset })
    var reader = BatchReader(events: events)
    encoder.beginBatch()
    var messages: [(SyslogEncoder.Outcome, [UInt8])] = []
    while try reader.next() {
        var bytes: [UInt8] = []
        messages.append((encoder.append(reader, to: &bytes), bytes))
    }
    return messages
}

/// The message of `event`, whole.
func message(of event: Event, _ form: SyslogForm, offset: Int = 0) throws -> String {
    let (outcome, bytes) = try messages(of: [event], form, offset: offset)[0]
    #expect(outcome == .whole)
    return try #require(String(validating: bytes, as: UTF8.self))
}

/// An event of 2013-06-10T17:13:31.000250Z with the fields that a header shows.
func loginEvent(message: Text? = "Failed password for root", parameters: [Parameter] = []) -> Event {
    Event(
        id: EventID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210),
        time: Timestamp(microseconds: Int64(1_370_884_411_000_250)), observedTime: .earliest, source: "journal",
        origin: "sshd", host: "db1", kind: "Security.User.Login.Failed", type: "syslog", severity: .warning,
        classification: .sec, visibility: .external, message: message, user: "root",
        objects: [AssociatedObject(type: "unit", id: "ssh.service")], parameters: parameters)
}

func form(_ message: SyslogForm.Message = .text, _ change: (inout SyslogForm) -> Void = { _ in }) -> SyslogForm {
    var form = SyslogForm()
    form.message = message
    form.enterpriseID = 32473
    change(&form)
    return form
}

@Suite struct SyslogEncoderTests {
    @Test func `an RFC 5424 message has every field in its place`() throws {
        let event = loginEvent(parameters: [Parameter("_PID", .text("812")), Parameter("address", .text("192.0.2.7"))])
        #expect(
            try message(of: event, form()) == "<12>1 2013-06-10T17:13:31.000250Z db1 sshd 812 "
                + "Security.User.Login.Failed - Failed password for root")
        #expect(
            try message(of: event, form { $0.structuredData = .full }) == "<12>1 2013-06-10T17:13:31.000250Z db1 sshd "
                + #"812 Security.User.Login.Failed [event@32473 id="0123456789abcdeffedcba9876543210" "#
                + #"kind="Security.User.Login.Failed" type="syslog" source="journal" origin="sshd" host="db1" "#
                + #"severity="warning" classification="sec" visibility="external" user="root" "#
                + #"associatedObject.0.type="unit" associatedObject.0.id="ssh.service"]"#
                + #"[parameters@32473 _PID="812" address="192.0.2.7"] Failed password for root"#)
    }

    @Test func `of an event that was sent by hand only the kernel says who sent it`() throws {
        let parameters = [
            Parameter("SYSLOG_FACILITY", .text("10")), Parameter("PRIORITY", .integer(WholeNumber(0))),
            Parameter("_PID", .integer(WholeNumber(4711))),
        ]
        let sender = ["sender.uid", "sender.gid", "sender.pid"].enumerated().map { index, name in
            Parameter(Text(name), .integer(WholeNumber(1001 + index)))
        }
        let event = loginEvent(parameters: parameters + sender)
        #expect(
            try message(of: event, form()) == "<12>1 2013-06-10T17:13:31.000250Z db1 sshd 1003 "
                + "Security.User.Login.Failed - Failed password for root")
        let filler = (0..<40).map { Parameter(Text("filler\($0)"), .text(Text(String(repeating: "x", count: 60)))) }
        let mark = Parameter("truncated.record", .integer(WholeNumber(1)))
        let long = loginEvent(parameters: parameters + filler + [mark] + sender)
        let small = form { form in
            form.maximumByteCount = 1024
            form.structuredData = .safe
        }
        let (outcome, bytes) = try messages(of: [long], small)[0]
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(outcome == .cut && text.hasPrefix("<12>1 ") && text.contains(" 1003 "))
        for name in ["uid", "gid", "pid"] { #expect(text.contains("sender.\(name)=\"100")) }
        #expect(text.ranges(of: "truncated.record=").count == 1)
    }

    @Test func `an RFC 3164 message has the BSD stamp in local time, or the other one`() throws {
        let event = loginEvent(parameters: [Parameter("_PID", .text("812"))])
        #expect(
            try message(of: event, form { $0.standard = .rfc3164 }, offset: -6 * 3600)
                == "<12>Jun 10 11:13:31 db1 sshd[812]: Failed password for root")
        #expect(
            try message(
                of: event,
                form {
                    $0.standard = .rfc3164
                    $0.stamp = .rfc3339
                }, offset: -6 * 3600)
                == "<12>2013-06-10T17:13:31.000250Z db1 sshd[812]: Failed password for root")
        let first = Event(
            id: EventID(high: 0, low: 0), time: Timestamp(microseconds: Int64(0)), observedTime: .earliest, source: "s")
        #expect(
            try message(of: first, form { $0.standard = .rfc3164 }) == "<14>Jan  1 00:00:00 machine.example tributary: "
        )
    }

    @Test func `settings stand above the event's own host, program and facility`() throws {
        let changed = form {
            $0.facility = .local4
            $0.appName = "tributary app"
            $0.hostName = "relay"
        }
        let event = loginEvent(parameters: [Parameter("SYSLOG_FACILITY", .text("10"))])
        #expect(
            try message(of: event, changed)
                == "<164>1 2013-06-10T17:13:31.000250Z relay tributary_app - Security.User.Login.Failed - "
                + "Failed password for root")
    }

    @Test func `a journal entry's own facility and priority are exact`() throws {
        func priority(_ severity: Severity, _ parameters: [Parameter]) throws -> Int {
            let event = Event(
                id: EventID(high: 0, low: 0), time: .earliest, observedTime: .earliest, source: "s", severity: severity,
                parameters: parameters)
            return try SyslogReading(messages(of: [event], form())[0].1).priority
        }
        let mail = Parameter("SYSLOG_FACILITY", .text("2"))
        #expect(try priority(.info, [mail]) == 2 * 8 + 6)
        #expect(try priority(.info, [mail, Parameter("PRIORITY", .text("5"))]) == 2 * 8 + 5)
        #expect(try priority(.critical, [Parameter("PRIORITY", .integer(WholeNumber(0)))]) == 8)
        // A rule has raised it: the native priority says less than the event.
        #expect(try priority(.warning, [Parameter("PRIORITY", .text("5"))]) == 8 + 4)
        for wrong in ["24", "-1", "x", "", "99999999999999999999999"] as [Text] {
            #expect(try priority(.major, [Parameter("SYSLOG_FACILITY", .text(wrong))]) == 8 + 3)
        }
        #expect(try Severity.allCases.map { try priority($0, []) % 8 } == [6, 7, 6, 4, 3, 2])
    }

    @Test func `CEF and LEEF escape what would end a field`() throws {
        let event = Event(
            id: EventID(high: 1, low: 2), time: Timestamp(microseconds: Int64(1_370_884_411_000_250)),
            observedTime: .earliest, source: "s", host: "h", kind: "A|b\\c", severity: .critical,
            message: "x=1|y\\z\n^\u{1}", user: "u",
            parameters: [Parameter("a.b", .text("=")), Parameter("port", .text("22"))])
        #expect(
            try message(of: event, form(.cef)).hasSuffix(
                #" - CEF:0|Tributary|Tributary|1|A\|b\\c|A\|b\\c|10|rt=1370884411000 "#
                    + #"externalId=00000000000000010000000000000002 dvchost=h suser=u msg=x\=1|y\\z\n^\\u0001 spt=22 "#
                    + #"cs1=s cs1Label=source parameter_a_x2Eb=\= parameter_port=22"#))
        #expect(
            try message(of: event, form(.leef)).hasSuffix(
                #" - LEEF:2.0|Tributary|Tributary|1|A\u007cb\c|^|devTime=2013-06-10T17:13:31.000+00:00^"#
                    + #"devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX^sev=10^id=00000000000000010000000000000002^"#
                    + #"identHostName=h^usrName=u^msg=x=1|y\z\n\u005e\u0001^source=s^srcPort=22^parameter_a_x2Eb==^"#
                    + #"parameter_port=22"#))
    }

    @Test(arguments: [
        ("192.0.2.7", "src=192.0.2.7", "src=192.0.2.7"), ("::ffff:192.0.2.7", "src=192.0.2.7", "src=192.0.2.7"),
        ("fe80::7%eth0", "c6a2=fe80::7 c6a2Label=Source IPv6 Address", "src=fe80::7"),
        ("999.1.1.1", "shost=999.1.1.1", "srcHostName=999.1.1.1"),
        ("00:11:22:33:44:55", "shost=00:11:22:33:44:55", "srcHostName=00:11:22:33:44:55"),
        ("db1.example.com", "shost=db1.example.com", "srcHostName=db1.example.com"),
    ])
    func `only what is an address goes where SIEMs expect one`(text: String, cef: String, leef: String) throws {
        let event = loginEvent(parameters: [Parameter("address", .text(Text(text)))])
        #expect(try message(of: event, form(.cef)).contains(" \(cef) cs1="))
        #expect(try message(of: event, form(.leef)).contains("^\(leef)^parameter_address=\(text)"))
    }

    @Test func `a line feed at the end of an event's message ends no frame`() throws {
        let bytes = try messages(of: [loginEvent(message: "over\n")], form())[0].1
        var stream: [UInt8] = []
        SyslogFraming.newline.append(bytes.span, to: &stream)
        #expect(String(decoding: stream, as: UTF8.self).hasSuffix(" - over\\n\n"))
        #expect(stream.count { $0 == 0x0A } == 1)
    }

    @Test func `the byte order mark is a switch`() throws {
        let bytes = Array(try message(of: loginEvent(), form { $0.hasByteOrderMark = true }).utf8)
        #expect(try SyslogReading(bytes).hasByteOrderMark)
        #expect(try !SyslogReading(Array(message(of: loginEvent(), form()).utf8)).hasByteOrderMark)
    }

    @Test func `frames are a length in front or a line feed behind`() {
        var bytes: [UInt8] = []
        SyslogFraming.octetCounting.append(Array("<1>é".utf8).span, to: &bytes)
        SyslogFraming.newline.append(Array("<2>".utf8).span, to: &bytes)
        #expect(bytes == Array("5 <1>é<2>\n".utf8))
    }
}

@Suite struct SyslogPropertyTests {
    /// What a text reads as in structured data, in a message of type `text`, and in LEEF but for its delimiter.
    private static func visible(_ text: Text) -> String {
        var result = ""
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = text.bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                offset += encoded.count
                switch scalar {
                case "\n": result += "\\n"
                case "\r": result += "\\r"
                case "\t": result += "\\t"
                case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}"..."\u{2029}":
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                default: result.unicodeScalars.append(scalar)
                }
            case .error(let length):
                for byte in text.bytes[offset..<offset + length] { result += "\\udc" + String(byte, radix: 16) }
                offset += length
            case .emptyInput: return result
            }
        }
    }

    private static func field(_ text: Text, limit: Int, fallback: String) -> String {
        guard !text.isEmpty else { return fallback }
        return String(
            decoding: text.bytes.prefix(limit).map { (0x21...0x7E).contains($0) ? $0 : 0x5F }, as: UTF8.self)
    }

    /// Percent-encoding undone, as any library does it.
    private static func unpercented(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test(arguments: 0..<60)
    func `an independent parser reads what was sent`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<40).map { _ in generator.event() }
        let kinds = SyslogForm.StructuredData.allCases
        let wanted = form(.text) {
            $0.structuredData = kinds[seed % kinds.count]
            $0.maximumByteCount = 1 << 24
        }
        for (event, (outcome, bytes)) in zip(events, try messages(of: events, wanted)) {
            #expect(outcome == .whole)
            let reading = try SyslogReading(bytes)
            #expect(reading.stamp == event.time.canonicalText)
            #expect(reading.host == Self.field(event.host, limit: 255, fallback: "machine.example"))
            #expect(reading.app == Self.field(event.origin, limit: 48, fallback: "-"))
            #expect(reading.messageID == Self.field(event.kind, limit: 32, fallback: "-"))
            #expect(reading.priority / 8 == 1)
            let text = event.message.flatMap { $0.isEmpty ? nil : $0 } ?? (event.type.isEmpty ? event.kind : event.type)
            let hasMark = text.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let expected =
                (hasMark ? "\\ufeff" : "") + Self.visible(hasMark ? Text(Array(text.bytes.dropFirst(3))) : text)
            #expect(Array(reading.message.unicodeScalars) == Array(expected.unicodeScalars))
            try expectData(reading, event, wanted.structuredData)
        }
    }

    private func expectData(_ reading: SyslogReading, _ event: Event, _ kind: SyslogForm.StructuredData) throws {
        guard kind != .none else { return #expect(reading.elements.isEmpty) }
        let ids = ["event@32473"] + (event.parameters.isEmpty ? [] : ["parameters@32473"])
        #expect(reading.elements.map(\.id) == ids)
        func expect(_ value: String?, is text: Text) {
            if kind == .full {
                #expect(value.map { Array($0.unicodeScalars) } == Array(Self.visible(text).unicodeScalars))
            } else {
                let isSafe = value?.utf8.allSatisfy { !Array("\"\\]".utf8).contains($0) }
                #expect(isSafe == true && value.map(Self.unpercented) == text.bytes)
            }
        }
        for (name, text) in [
            ("id", Text("\(event.id)")), ("kind", event.kind), ("type", event.type), ("source", event.source),
            ("origin", event.origin), ("host", event.host), ("user", event.user), ("tenant.id", event.tenant.id),
            ("tenant.name", event.tenant.name), ("severity", Text(event.severity.word)),
        ] {
            let values = reading.elements[0].parameters.filter { $0.name == name }
            #expect(values.count == (text.isEmpty ? 0 : 1))
            if !text.isEmpty { expect(values.first?.value, is: text) }
        }
        for (index, tag) in event.tags.enumerated() where !tag.isEmpty {
            expect(reading.elements[0].parameters.first { $0.name == "tag.\(index)" }?.value, is: tag)
        }
        guard !event.parameters.isEmpty else { return }
        #expect(reading.elements[1].parameters.count == event.parameters.count)
        for (pair, parameter) in zip(reading.elements[1].parameters, event.parameters) {
            if case .text(let text) = parameter.value { expect(pair.value, is: text) }
        }
    }

    @Test(arguments: 0..<40)
    func `an events log line or JSON behind the header gives the event back`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<40).map { _ in generator.event() }
        let large = { (form: inout SyslogForm) in form.maximumByteCount = 1 << 24 }
        let lines = try messages(of: events, form(.eventsLog, large))
        let objects = try messages(of: events, form(.json, large))
        for (index, event) in events.enumerated() {
            let line = Array(try SyslogReading(lines[index].1).message.utf8)
            #expect(try EventLineDecoder().decode(line.span) == event)
            let object = Array(try SyslogReading(objects[index].1).message.utf8)
            var expected: [UInt8] = []
            var reader = BatchReader(events: [event])
            _ = try reader.next()
            var encoder = EventJSONEncoder()
            encoder.append(reader, to: &expected)
            #expect(object == expected)
        }
    }

    @Test(arguments: 0..<40)
    func `no form has a control character or invalid UTF-8`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<20).map { _ in generator.event() }
        for message in SyslogForm.Message.allCases {
            for standard in SyslogForm.Standard.allCases {
                let wanted = form(message) {
                    $0.standard = standard
                    $0.structuredData = .full
                    $0.maximumByteCount = 1 << 24
                }
                for (_, bytes) in try messages(of: events, wanted) {
                    let text = try #require(String(validating: bytes, as: UTF8.self))
                    let control = text.unicodeScalars.first {
                        $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || (0x2028...0x2029).contains($0.value)
                    }
                    #expect(control == nil)
                }
            }
        }
    }

    @Test(arguments: 0..<40)
    func `what is too large is cut, marked, and still whole by its own rules`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let limit = [480, 600, 1024, 2048][seed % 4]
        let events = (0..<10).map { index in
            let event = generator.event()
            return index % 2 == 0 ? event : longer(event)
        }
        for message in SyslogForm.Message.allCases {
            let wanted = form(message) {
                $0.structuredData = [.none, .full, .safe][seed % 3]
                $0.maximumByteCount = limit
            }
            for (outcome, bytes) in try messages(of: events, wanted) {
                guard outcome != .tooLarge else {
                    #expect(bytes.isEmpty && limit < 2048)
                    continue
                }
                #expect(bytes.count <= limit)
                let reading = try SyslogReading(bytes)
                let isMarked = String(decoding: bytes, as: UTF8.self).contains("truncated")
                if outcome == .cut { #expect(isMarked) }
                guard message == .eventsLog else { continue }
                let event = try EventLineDecoder().decode(Array(reading.message.utf8).span)
                #expect(event.parameters.contains { $0.name == "truncated.record" } == (outcome == .cut))
            }
        }
    }

    private func longer(_ event: Event) -> Event {
        Event(
            id: event.id, time: event.time, observedTime: event.observedTime, source: event.source, host: event.host,
            kind: event.kind, message: Text(String(repeating: "é\n", count: 5000)), parameters: event.parameters)
    }

    @Test func `a long message keeps all that fits, and all parameters`() throws {
        let event = loginEvent(
            message: Text(String(repeating: "é", count: 100_000)), parameters: [Parameter("a", .text("b"))])
        for message in [SyslogForm.Message.text, .eventsLog, .cef, .leef, .json] {
            let (outcome, bytes) = try messages(of: [event], form(message) { $0.maximumByteCount = 2000 })[0]
            #expect(outcome == .cut)
            #expect((1995...2000).contains(bytes.count))
            #expect(String(validating: bytes, as: UTF8.self) != nil)
        }
    }

    @Test func `what does not fit at all is refused`() throws {
        let event = Event(
            id: EventID(high: 0, low: 0), time: .earliest, observedTime: .earliest, source: "s",
            host: Text([UInt8](repeating: 0x61, count: 255)), kind: Text([UInt8](repeating: 0x62, count: 32)))
        let (outcome, bytes) = try messages(
            of: [event], form(.eventsLog) { $0.maximumByteCount = 100 })[0]
        #expect(outcome == .tooLarge || bytes.count <= 100)
    }
}
