/// Cuts texts that are too long, and remembers how long they were (`design.md`, section 3).
package struct TextCutter: Sendable {
    /// Longest message, in bytes.
    package static let maximumMessageByteCount = 1 << 20
    /// Longest other text, in bytes.
    package static let maximumTextByteCount = 64 << 10

    /// For each text that was cut, a parameter `truncated.FIELD`: the number of bytes it had.
    package private(set) var truncations: [Parameter] = []

    package init() {}

    /// The text, cut on a character's boundary when it has more than `limit` bytes.
    ///
    /// - Parameter field: the event's key it is for, or the parameter's name.
    package mutating func cut(_ text: Text, _ field: String, limit: Int = TextCutter.maximumTextByteCount) -> Text {
        guard text.bytes.count > limit else { return text }
        truncations.append(Parameter(Text("truncated.\(field)"), .integer(WholeNumber(text.bytes.count))))
        var end = limit
        // A character has at most three bytes after its first one.
        while end > limit - 3, text.bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return Text(Array(text.bytes[..<end]))
    }
}
