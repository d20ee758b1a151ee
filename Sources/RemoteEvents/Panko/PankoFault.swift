internal import EventModel
internal import EventText

/// What Panko or Keystone says in place of an answer. There are three forms of it:
///
///     {"error_message": {"faultcode": "Client", "faultstring": "…", "debuginfo": null}}    Panko's own
///     {"error_message": "<html>…</html>"}                       its web framework's, and what is refused by policy
///     {"error": {"code": 401, "title": "Unauthorized", "message": "…"}}                    Keystone's
struct PankoFault: Equatable, Sendable {
    /// Most of the text that is kept, in characters.
    private static let maximumCount = 300

    let status: Int
    /// The sentence in it, on one line; empty where there is none.
    let text: String

    init(_ response: RemoteResponse) {
        status = response.status
        let value = try? JSONParser(maximumByteCount: 1 << 20).parse(response.body.span)
        let words: String
        if let message = value?["error_message"] {
            words = Self.text(message["faultstring"]) ?? Self.text(message).map(Self.withoutTags) ?? ""
        } else if let message = value?["error"]?["message"] {
            words = Self.text(message) ?? ""
        } else {
            words = Self.withoutTags(response.excerpt)
        }
        text = Self.onOneLine(words)
    }

    /// For a message: the status, and the text where there is one.
    var description: String { text.isEmpty ? "HTTP \(status)" : "HTTP \(status), \(text)" }

    /// Whether it is about a marker that Panko does not have any more. Its status is 500, as of a broken server.
    func isMissingMarker(_ marker: String) -> Bool {
        status >= 400 && text.contains("Marker \(Self.onOneLine(marker)) not found")
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard case .text(let text)? = value else { return nil }
        return text.string
    }

    private static func withoutTags(_ text: String) -> String {
        var result = ""
        var isInTag = false
        for character in text.prefix(4096) {
            switch character {
            case "<":
                isInTag = true
                result.append(" ")
            case ">" where isInTag: isInTag = false
            default: if !isInTag { result.append(character) }
            }
        }
        return result
    }

    private static func onOneLine(_ text: String) -> String {
        let words = text.prefix(8 * maximumCount).split { $0.isWhitespace || $0.isNewline }
        let clean = words.joined(separator: " ").unicodeScalars.filter { $0.properties.generalCategory != .control }
        return String(String(String.UnicodeScalarView(clean)).prefix(maximumCount))
    }
}
