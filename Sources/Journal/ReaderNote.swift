internal import EventModel

/// What the reader found out that is no entry.
struct ReaderNote: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        /// Entries after the position are gone.
        case gap
        /// A file, or a part of one, cannot be read.
        case damagedFile
    }

    var kind: Kind
    /// Time of the last entry before, microseconds since the epoch; 0 when unknown.
    var from: UInt64 = 0
    /// Time of the first entry after, the same.
    var to: UInt64 = 0
    /// Number of entries, where that is known.
    var missing: UInt64?
    var reason: String
    /// Path of the file; empty for none.
    var file = ""

    /// The content of a note frame (`Wire.swift`).
    func encoded() -> [UInt8] {
        var bytes = [kind.rawValue]
        bytes.append(varint: from)
        bytes.append(varint: to)
        bytes.append(varint: missing.map { $0 &+ 1 } ?? 0)
        bytes.append(text: reason)
        bytes.append(text: file)
        return bytes
    }

    init(kind: Kind, from: UInt64 = 0, to: UInt64 = 0, missing: UInt64? = nil, reason: String, file: String = "") {
        self.kind = kind
        self.from = from
        self.to = to
        self.missing = missing
        self.reason = reason
        self.file = file
    }

    /// Reads the content of a note frame.
    init(decoding reader: inout WireReader) throws(WireError) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .malformed("kind of note") }
        self.kind = kind
        from = try reader.varint()
        to = try reader.varint()
        let missing = try reader.varint()
        self.missing = missing == 0 ? nil : missing - 1
        reason = try reader.string()
        file = try reader.string()
        guard reader.isAtEnd else { throw .malformed("end") }
    }
}
