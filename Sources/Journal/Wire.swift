// What passes between the daemon and its journal reader, on the reader's standard input and output. Version 1.
//
//   frame     4 bytes  number of bytes that follow, little-endian, 1 to Wire.maximumFrameByteCount
//             1 byte   type
//             then the content
//   varint    LEB128, at most 10 bytes
//   text      varint byte count, bytes
//   list      varint count, items
//
// To the reader: type 1, the request (ReaderRequest.swift), first and once; type 2, a ping, empty. The end of the
// stream ends the reader.
//
// From the reader:
//
//   1 hello      1 byte version of this format
//   2 entries    varint read, varint filtered, varint rejected: entries since the frame before
//                text   cursor after them, empty while there is none
//                then, to the end of the frame, the entries that passed:
//      entry     8 bytes realtime, microseconds since the epoch, little-endian
//                32 bytes identity (JournalCursor.identityByteCount)
//                tokens, each a varint:
//                  0  end of the entry
//                  1  fields were left out as the entry is too large: varint count
//                  2  a field, and the next entry of the frame's table: text, NAME=value
//                  3  the same with a value that was cut: varint bytes of the whole value, text
//                  n  from 4: entry n - 4 of the table
//   3 caughtUp   empty: there is no more for now
//   4 note       1 byte kind (0 gap, 1 damaged file), varint from, varint to (microseconds since the epoch, 0 unknown),
//                varint entries missing plus one (0 unknown), text reason, text file
//   5 pong       empty
//   6 state      text: why nothing can be read now; empty when it can be again
//   7 failed     text: why the reader ends
//   8 rejected   to the end of the frame, texts NAME=value: fields of an entry that the next frame of entries counts as
//                rejected; at most Wire.maximumRejectedCount of these before a frame of entries, the rest is only counted
//
// A table ends with its frame. It has at most Wire.maximumTableCount entries.

internal import EventModel

/// Limits and names of the reader's protocol.
enum Wire {
    static let version: UInt8 = 1
    /// Largest frame, in bytes.
    static let maximumFrameByteCount = 16 << 20
    /// Largest number of entries in a frame's table.
    static let maximumTableCount = 1 << 14
    /// Size at which a frame is closed, in bytes.
    static let fullFrameByteCount = 256 << 10
    /// Journal entries after which a frame is closed: those that passed, and all.
    static let fullFrameEntryCount = 2048
    static let fullFrameReadCount = 1 << 15
    /// Bytes of one entry's fields; what is over is left out. With the rest of a frame it stays below the 8 MiB that
    /// a batch may have.
    static let maximumEntryByteCount = 7 << 20
    /// Rejected entries between two frames whose fields are sent, and bytes of their fields each.
    static let maximumRejectedCount = 16
    static let maximumRejectedByteCount = 1 << 20
    /// Fields of one entry; what is over is left out.
    static let maximumEntryFieldCount = 2048

    enum Request: UInt8 {
        case request = 1
        case ping
    }

    enum Reply: UInt8 {
        case hello = 1
        case entries, caughtUp, note, pong, state, failed, rejected
    }
}

/// Why bytes of the reader's protocol cannot be used.
enum WireError: Error, Equatable, CustomStringConvertible {
    case truncated
    case malformed(String)
    case tooLong(byteCount: Int, limit: Int)

    var description: String {
        switch self {
        case .truncated: "frame ends too early"
        case .malformed(let part): "frame has a malformed \(part)"
        case .tooLong(let byteCount, let limit): "frame of \(byteCount) bytes is over the limit of \(limit)"
        }
    }
}

extension [UInt8] {
    /// Appends a text with its byte count.
    mutating func append(text: [UInt8]) {
        append(varint: UInt64(text.count))
        append(contentsOf: text)
    }

    mutating func append(text: String) {
        append(text: Array(text.utf8))
    }

    /// Appends a list of texts.
    mutating func append(texts: [String]) {
        append(varint: UInt64(texts.count))
        for text in texts { append(text: text) }
    }

    /// Appends a whole frame with this content.
    mutating func append(frame type: UInt8, _ content: [UInt8] = []) {
        let byteCount = UInt32(content.count + 1)
        append(fixed: byteCount)
        append(type)
        append(contentsOf: content)
    }
}

/// Walks over the content of a frame. Trusts nothing in it.
struct WireReader: ~Escapable {
    let bytes: Span<UInt8>
    private(set) var index = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }

    @_lifetime(self: copy self)
    mutating func byte() throws(WireError) -> UInt8 {
        guard index < bytes.count else { throw .truncated }
        index += 1
        return bytes[index - 1]
    }

    @_lifetime(self: copy self)
    @inline(__always)
    mutating func varint() throws(WireError) -> UInt64 {
        guard index < bytes.count else { throw .truncated }
        let first = bytes[index]
        index += 1
        return first < 0x80 ? UInt64(first) : try restOfVarint(first)
    }

    @_lifetime(self: copy self)
    private mutating func restOfVarint(_ first: UInt8) throws(WireError) -> UInt64 {
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
            guard shift < 64 else { throw .malformed("number") }
        }
    }

    /// A count that stands for as many bytes or more that are still to come.
    @_lifetime(self: copy self)
    mutating func count() throws(WireError) -> Int {
        let value = try varint()
        guard value <= UInt64(bytes.count - index) else { throw .truncated }
        return Int(value)
    }

    @_lifetime(self: copy self)
    mutating func range() throws(WireError) -> Range<Int> {
        let byteCount = try count()
        index += byteCount
        return index - byteCount..<index
    }

    @_lifetime(self: copy self)
    mutating func text() throws(WireError) -> [UInt8] {
        let range = try range()
        return [UInt8](copying: bytes.extracting(range))
    }

    @_lifetime(self: copy self)
    mutating func string() throws(WireError) -> String {
        String(decoding: try text(), as: UTF8.self)
    }

    @_lifetime(self: copy self)
    mutating func strings() throws(WireError) -> [String] {
        var strings: [String] = []
        for _ in 0..<(try count()) { strings.append(try string()) }
        return strings
    }

    /// Steps over bytes.
    @_lifetime(self: copy self)
    mutating func skip(_ byteCount: Int) throws(WireError) -> Range<Int> {
        guard byteCount <= bytes.count - index else { throw .truncated }
        index += byteCount
        return index - byteCount..<index
    }

    /// Eight bytes, little-endian.
    @_lifetime(self: copy self)
    mutating func fixed() throws(WireError) -> UInt64 {
        let range = try skip(8)
        var value: UInt64 = 0
        for place in range.reversed() { value = value << 8 | UInt64(bytes[place]) }
        return value
    }
}
