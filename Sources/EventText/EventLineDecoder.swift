package import EventModel

/// Reads lines of `events.log`, Moab's and ours (`EventLineEncoder.swift` has the form), and whatever else
/// Moab's grammar allows: keys in any order, Java's escapes, unknown keys.
///
/// An unknown key becomes a text parameter of that name, and so does an unknown word for severity,
/// classification or visibility, so that nothing is lost. What a line of Moab's does not have is filled in:
/// the id is zero, the observed time is the event's, the source is empty.
package struct EventLineDecoder: Sendable {
    /// Longest line, in bytes. Default 64 MiB.
    package let maximumByteCount: Int

    package init(maximumByteCount: Int = 64 << 20) {
        self.maximumByteCount = maximumByteCount
    }

    /// Reads one line, with its LF or without.
    ///
    /// - Throws: ``EventLineError`` for what the grammar does not allow.
    package func decode(_ line: Span<UInt8>) throws(EventLineError) -> Event {
        guard line.count <= maximumByteCount else {
            throw .tooLong(byteCount: line.count, limit: maximumByteCount)
        }
        let hasLineFeed = line.count > 0 && line[line.count - 1] == 0x0A
        var cursor = LineCursor(line.extracting(0..<line.count - (hasLineFeed ? 1 : 0)))
        var fields = LineFields(time: try cursor.stamp())
        while !cursor.isAtEnd { try fields.read(from: &cursor) }
        return try fields.event()
    }
}
