internal import EventModel
internal import EventText
internal import Normalization

extension Explanation {
    /// The explanation in lines: the rule and where it stands, its pattern, what each placeholder caught, the event as
    /// canonical JSON, and the line of events.log that it becomes.
    package var text: String {
        var lines: [String] = []
        func add(_ title: String, _ text: String) {
            lines.append(title + String(repeating: " ", count: max(1, 10 - title.count)) + Self.printable(text))
        }
        if let rule {
            add("rule", "\(rule.name) at \(rule.place)")
            if let pattern { add("pattern", pattern) }
            let width = captures.map(\.name.count).max() ?? 0
            for (index, capture) in captures.enumerated() {
                let name = capture.name + String(repeating: " ", count: width - capture.name.count)
                add(index == 0 ? "caught" : "", "\(name)  \(capture.value)")
            }
        } else {
            add("rule", "none matches")
        }
        add("kind", "\(event.kind), \(event.severity.word), \(event.classification.word), \(event.visibility.word)")
        add("event", Self.rendered(event, as: .json))
        add("line", Self.rendered(event, as: .line))
        return lines.joined(separator: "\n")
    }

    private enum Form {
        case json, line
    }

    /// The event as a sink writes it, without the line feed.
    private static func rendered(_ event: Event, as form: Form) -> String {
        var writer = BatchWriter()
        writer.append(event)
        var reader = BatchReader(writer.bytes)
        // The batch was written just now.
        guard (try? reader.next()) == true else { return "" }
        var bytes: [UInt8] = []
        switch form {
        case .json:
            var encoder = EventJSONEncoder()
            encoder.append(reader, to: &bytes)
        case .line:
            var encoder = EventLineEncoder(dialect: .extended) { _ in 0 }
            encoder.append(reader, to: &bytes)
        }
        while bytes.last == 0x0A { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A text without what could control a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }
}
