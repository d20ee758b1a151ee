internal import EventModel
internal import Journal

/// Walks over a journal export stream: entries with an empty line between them, a field a line, `NAME=value`; a value
/// with a line feed or other bytes in it as `NAME`, a line feed, its length in 8 bytes, little-endian, the value, and
/// a line feed. (systemd.io, "Journal Export Formats".)
struct ExportStream {
    private let bytes: [UInt8]
    private var index = 0
    /// A sentence for each line that is no field.
    private(set) var notes: [String] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// All entries that have a field.
    mutating func entries() -> [EntryConverter.Entry] {
        var entries: [EntryConverter.Entry] = []
        var entry = EntryConverter.Entry(realtime: 0, fields: [])
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            let line = bytes[index..<end]
            index = min(end + 1, bytes.count)
            if line.isEmpty {
                if !entry.fields.isEmpty { entries.append(entry) }
                entry = EntryConverter.Entry(realtime: 0, fields: [])
            } else if let sign = line.firstIndex(of: UInt8(ascii: "=")) {
                entry.append(Text(Array(line[..<sign])), Text(Array(line[(sign + 1)...])))
            } else if let value = binaryValue() {
                entry.append(Text(Array(line)), Text(value))
            } else {
                notes.append("'\(String(decoding: line.prefix(64), as: UTF8.self))' is no field of an export stream")
            }
        }
        if !entry.fields.isEmpty { entries.append(entry) }
        return entries
    }

    /// A value with its length in front; `nil` when there is less than that.
    private mutating func binaryValue() -> [UInt8]? {
        guard bytes.count - index >= 8 else { return nil }
        let count = bytes[index..<index + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard count <= UInt64(bytes.count - index - 8) else { return nil }
        let value = Array(bytes[(index + 8)..<(index + 8 + Int(count))])
        index += 8 + Int(count)
        if index < bytes.count, bytes[index] == 0x0A { index += 1 }
        return value
    }
}
