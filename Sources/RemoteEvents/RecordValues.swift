internal import EventModel
internal import EventText

extension Timestamp {
    /// The moment with what is below the second cut off.
    var wholeSecond: Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
}

extension Text {
    /// The text in quotes for a message: on one line, escaped, at most 64 bytes of it.
    var quoted: String {
        var shown: [UInt8] = [UInt8(ascii: "\"")]
        shown.append(escaping: Text(Array(bytes.prefix(64))).bytes.span)
        shown += (bytes.count > 64 ? "…\"" : "\"").utf8
        return String(decoding: shown, as: UTF8.self)
    }
}
