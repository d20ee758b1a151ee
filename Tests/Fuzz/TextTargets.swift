import EventModel
import EventText
import TestSupport

/// A line of `events.log`: what it holds comes back from our own line and JSON.
struct LineTarget: FuzzTarget {
    func run(_ bytes: [UInt8]) {
        if let event = try? EventLineDecoder().decode(bytes.span) { requireRoundTrip(event) }
        if let value = try? JSONParser().parse(bytes.span), let draft = try? EventJSONDecoder().decode(value) {
            requireRoundTrip(
                draft.event(id: EventID(high: 0, low: 0), time: .earliest, observedTime: .earliest, source: .empty))
        }
    }

    var seeds: [[UInt8]] { hostileEvents.map(line) }
}

/// A line of conditions with tabs between them, then lines: what the sieve wants is what decoding and the filter want.
struct SieveTarget: FuzzTarget {
    func run(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        let conditions = lines[0].split(separator: 0x09).prefix(4).compactMap {
            try? EventFilter.Condition(parsing: String(decoding: $0, as: UTF8.self))
        }
        let filter = EventFilter(conditions: conditions)
        var sieve = LineSieve(filter)
        for line in lines.dropFirst() where line.first != UInt8(ascii: "{") {
            let verdict = sieve.judge(line.span)
            guard let event = try? EventLineDecoder().decode(line.span) else {
                require(verdict != .wanted, "a line that is none is wanted")
                continue
            }
            var reader = BatchReader(events: [event])
            require((try? reader.next()) == true, "the binary form does not read back")
            let expected = filter.matches(reader) ? LineSieve.Verdict.wanted : .unwanted
            require(verdict == expected, "\(verdict), not \(expected), by \(filter.canonicalText)")
        }
    }

    var seeds: [[UInt8]] {
        let keys = EventFilter.Key.knownNames.dropLast() + ["parameter.a", "parameter._PID"]
        var lines: [UInt8] = []
        for event in hostileEvents.prefix(3) { lines += line(of: event) + [0x0A] }
        return keys.map { key in Array("\(key)=a*\tseverity>=warning\tkind=\n".utf8) + lines }
    }
}

/// Events in their binary form, encoded as syslog messages in every form, and read by a strict receiver.
struct SyslogTarget: FuzzTarget {
    private static let maximumEventCount = 8

    func run(_ bytes: [UInt8]) {
        var reader = BatchReader(bytes)
        for _ in 0..<Self.maximumEventCount {
            guard (try? reader.next()) == true else { return }
            for form in Self.forms { check(reader, form) }
        }
    }

    var seeds: [[UInt8]] {
        hostileEvents.map { event in
            var writer = BatchWriter()
            writer.append(event)
            return writer.bytes
        }
    }

    private static let forms: [SyslogForm] = SyslogForm.Message.allCases.flatMap { message in
        SyslogForm.StructuredData.allCases.flatMap { data in
            [480, 8096].flatMap { byteCount in
                SyslogForm.Standard.allCases.map { standard in
                    var form = SyslogForm()
                    (form.message, form.structuredData, form.standard) = (message, data, standard)
                    (form.maximumByteCount, form.enterpriseID) = (byteCount, 32473)
                    form.hasByteOrderMark = byteCount == 480
                    return form
                }
            }
        }
    }

    private func check(_ reader: BatchReader, _ form: SyslogForm) {
        var encoder = SyslogEncoder(form, machine: "machine.example", offset: { _ in 0 })
        var message: [UInt8] = []
        let outcome = encoder.append(reader, to: &message)
        guard outcome != .tooLarge else { return require(message.isEmpty, "what is too large was appended") }
        require(message.count <= form.maximumByteCount, "\(message.count) bytes by \(form)")
        require(!message.contains { $0 < 0x20 || $0 == 0x7F }, "a control character by \(form)")
        require(String(validating: message, as: UTF8.self) != nil, "no UTF-8 by \(form)")
        guard form.standard == .rfc5424 else { return }
        do {
            _ = try SyslogReading(message)
        } catch {
            require(false, "\(error) by \(form) in \(String(decoding: message, as: UTF8.self))")
        }
    }
}

/// Some events with everything that is hard to encode.
private let hostileEvents: [Event] = {
    var generator = EventGenerator(seed: 1)
    return (0..<12).map { _ in generator.event() }
}()
