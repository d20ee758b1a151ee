package import EventModel

/// Writes events as syslog messages: header (`SyslogHeader.swift`), structured data (`SyslogData.swift`), message.
///
/// A message has at most ``SyslogForm/maximumByteCount`` bytes. What is larger is made of a shorter event: texts cut on
/// a character's boundary, then lists cut. So structured data, JSON, CEF and LEEF stay whole, and a parameter
/// `truncated.record` (a plain text: ` [truncated from N bytes]` behind it) says how long the message was.
package struct SyslogEncoder: Sendable {
    /// What became of an event.
    package enum Outcome: Equatable, Sendable {
        case whole
        /// It was shortened.
        case cut
        /// Not even its header fits. Nothing was appended.
        case tooLarge
    }

    let form: SyslogForm
    var stamp = StampCache(offset: { _ in 0 })
    var shortStamp: ShortStamp
    /// Settings as fields of a header; empty where the event decides.
    let fixedHost: [UInt8]
    let fixedApp: [UInt8]
    /// HOSTNAME of an event without a host.
    let machine: [UInt8]

    private let data: SyslogData
    private var lines = EventLineEncoder(dialect: .extended, offset: { _ in 0 })
    private var json = EventJSONEncoder()
    private var security = SecurityEvent()

    /// - Parameters:
    ///   - machine: this machine's name, for events without a host.
    ///   - offset: seconds that local time is ahead of UTC at a moment in seconds since the epoch, for BSD stamps.
    package init(_ form: SyslogForm, machine: String, offset: @escaping @Sendable (Int64) -> Int) {
        self.form = form
        let isShort = form.standard == .rfc3164
        let hostField = isShort ? SyslogField.shortHostName : .hostName
        let machine = hostField.bytes(machine)
        self.machine = machine.isEmpty ? isShort ? Array("localhost".utf8) : SyslogField.absent : machine
        fixedHost = hostField.bytes(form.hostName)
        fixedApp = (isShort ? SyslogField.tag : .appName).bytes(form.appName)
        data = SyslogData(isSafe: form.structuredData == .safe, enterpriseID: form.enterpriseID)
        shortStamp = ShortStamp(offset: offset)
    }

    /// Forgets what was kept of the batch before. To be called whenever the reader got other bytes.
    package mutating func beginBatch() {
        lines.beginBatch()
    }

    /// Appends the reader's current event as one message, without a frame.
    package mutating func append(_ reader: borrowing BatchReader, to buffer: inout [UInt8]) -> Outcome {
        let start = buffer.count
        write(reader, truncatedFrom: nil, to: &buffer)
        let byteCount = buffer.count - start
        guard byteCount > form.maximumByteCount else { return .whole }
        buffer.removeLast(byteCount)
        guard let message = shortened(reader.event(), from: byteCount) else { return .tooLarge }
        buffer += message
        return .cut
    }

    private mutating func write(_ reader: borrowing BatchReader, truncatedFrom whole: Int?, to buffer: inout [UInt8]) {
        LineRoom.append(to: &buffer) { output in
            switch form.standard {
            case .rfc5424:
                appendHeader(of: reader, to: &output)
                if form.structuredData == .none {
                    output.append(UInt8(ascii: "-"))
                } else {
                    data.append(reader, to: &output)
                }
                output.append(UInt8(ascii: " "))
                if form.hasByteOrderMark { output.append(copying: Self.byteOrderMark.span) }
            case .rfc3164: appendShortHeader(of: reader, to: &output)
            }
            switch form.message {
            case .eventsLog, .json: break
            case .cef: security.appendCEF(reader, to: &output)
            case .leef: security.appendLEEF(reader, to: &output)
            case .text: Self.appendText(of: reader, truncatedFrom: whole, to: &output)
            }
        }
        switch form.message {
        case .eventsLog:
            lines.append(reader, to: &buffer)
            buffer.removeLast()  // The line's LF.
        case .json: json.append(reader, to: &buffer)
        case .cef, .leef, .text: break
        }
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The message; of an event without one, what it is.
    private static func appendText(
        of reader: borrowing BatchReader, truncatedFrom whole: Int?, to output: inout LineRoom
    ) {
        var range = reader.type.isEmpty ? reader.kind : reader.type
        if let message = reader.message, !message.isEmpty { range = message }
        let text = reader.span(range)
        if text.count >= 3, text.extracting(0..<3).isEqual(to: byteOrderMark.span) {
            // A receiver would take it for the encoding's mark and remove it.
            output.append(literal: #"\ufeff"#)
            output.append(text.extracting(3..<text.count), in: .text)
        } else {
            output.append(text, in: .text)
        }
        guard let whole else { return }
        output.append(literal: " [truncated from ")
        output.append(digitsOf: UInt64(whole))
        output.append(literal: " bytes]")
    }

    /// The largest message that fits of the event with shorter texts, then with fewer items; `nil` when none does.
    ///
    /// Binary search: each try costs as much as a message of the maximum size, whatever the event's own.
    private mutating func shortened(_ event: Event, from whole: Int) -> [UInt8]? {
        let mark = Parameter("truncated.record", .integer(WholeNumber(whole)))
        defer { lines.beginBatch() }
        func largest(_ range: ClosedRange<Int>, _ make: (Int) -> EventCut) -> [UInt8]? {
            var best: [UInt8]?
            var low = range.lowerBound
            var high = range.upperBound
            while low <= high {
                let middle = (low + high) / 2
                let message = message(of: make(middle).applied(to: event, mark: mark), truncatedFrom: whole)
                if message.count <= form.maximumByteCount {
                    best = message
                    low = middle + 1
                } else {
                    high = middle - 1
                }
            }
            return best
        }
        let all = event.parameters.count + event.objects.count + event.arguments.count + event.tags.count
        return largest(Self.usefulByteCount...max(Self.usefulByteCount, form.maximumByteCount)) {
            EventCut(textByteCount: $0, itemCount: all)
        } ?? largest(0...all) { EventCut(textByteCount: Self.usefulByteCount, itemCount: $0) }
            ?? largest(0...Self.usefulByteCount) { EventCut(textByteCount: $0, itemCount: 0) }
    }

    /// Below so many bytes of each text, whole parameters are left out instead.
    private static let usefulByteCount = 64

    private mutating func message(of event: Event, truncatedFrom whole: Int) -> [UInt8] {
        var writer = BatchWriter()
        writer.append(event)
        var reader = BatchReader(writer.bytes)
        guard (try? reader.next()) == true else { preconditionFailure("a batch of ours cannot be read") }
        lines.beginBatch()
        var bytes: [UInt8] = []
        write(reader, truncatedFrom: whole, to: &bytes)
        return bytes
    }
}

/// How much of an event is kept.
private struct EventCut {
    /// Longest text, in bytes.
    let textByteCount: Int
    /// Most parameters, objects, arguments and tags together, in this order.
    let itemCount: Int

    func applied(to event: Event, mark: Parameter) -> Event {
        var rest = itemCount
        func taken<Item>(_ items: [Item]) -> ArraySlice<Item> {
            let count = min(rest, items.count)
            rest -= count
            return items[..<count]
        }
        // Who sent the event is the last to go; a mark of the event's own would be there twice.
        let own = event.parameters.filter { $0.name != mark.name }
        let sender = own.filter(Self.isSender)
        let others = own.filter { !Self.isSender($0) }
        let parameters = sender + taken(others).map { Parameter($0.name, cut($0.value)) }
        let objects = taken(event.objects).map {
            AssociatedObject(type: cut($0.type), id: cut($0.id), name: cut($0.name))
        }
        return Event(
            id: event.id, time: event.time, observedTime: event.observedTime, source: cut(event.source),
            origin: cut(event.origin), host: cut(event.host), kind: cut(event.kind), type: cut(event.type),
            severity: event.severity, classification: event.classification, visibility: event.visibility,
            isSystemEvent: event.isSystemEvent, code: event.code, message: event.message.map(cut),
            user: cut(event.user), tenant: Tenant(id: cut(event.tenant.id), name: cut(event.tenant.name)),
            objects: objects, arguments: taken(event.arguments).map(cut), parameters: [mark] + parameters,
            tags: taken(event.tags).map(cut))
    }

    /// Whether it is what the kernel said of the sender of an event by hand: short, as it is a number.
    private static func isSender(_ parameter: Parameter) -> Bool {
        guard case .integer = parameter.value else { return false }
        switch parameter.name {
        case "sender.uid", "sender.gid", "sender.pid": return true
        default: return false
        }
    }

    private func cut(_ value: ParameterValue) -> ParameterValue {
        guard case .text(let text) = value else { return value }
        return .text(cut(text))
    }

    private func cut(_ text: Text) -> Text {
        guard text.bytes.count > textByteCount else { return text }
        var end = textByteCount
        // A character has at most three bytes after its first one.
        while end > 0, end > textByteCount - 3, text.bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return Text(Array(text.bytes[..<end]))
    }
}
