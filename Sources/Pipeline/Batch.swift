package import EventModel

/// What a source hands over at once: events in their binary form, and where the source stands after them.
///
/// The two become durable together or not at all (guarantee G1).
package struct Batch: Sendable {
    /// Name of the source.
    package let source: String
    /// Where the source stands after these events; `nil` where it has no position, as events sent by hand.
    package let cursor: Cursor?
    /// What became of the records that the source read for this batch.
    package let counts: SourceCounts
    /// ``EventModel/BatchFormat``, with `counts.accepted` events. Empty for a batch that only moves the cursor.
    package let payload: [UInt8]

    package init(source: String, cursor: Cursor?, counts: SourceCounts, payload: [UInt8]) {
        self.source = source
        self.cursor = cursor
        self.counts = counts
        self.payload = payload
    }
}

/// A source's side of the ledger: read = accepted + filtered + rejected, and `noted` on top.
package struct SourceCounts: Equatable, Sendable {
    /// Records that the source gave us.
    package var read: UInt64
    /// Records that became events.
    package var accepted: UInt64
    /// Records that the source's filters leave out.
    package var filtered: UInt64
    /// Records that could not be decoded and were set aside.
    package var rejected: UInt64
    /// Events that stand for no record: a gap, a damaged file.
    package var noted: UInt64

    package init(read: UInt64 = 0, accepted: UInt64 = 0, filtered: UInt64 = 0, rejected: UInt64 = 0, noted: UInt64 = 0)
    {
        self.read = read
        self.accepted = accepted
        self.filtered = filtered
        self.rejected = rejected
        self.noted = noted
    }

    /// Number of events.
    package var events: UInt64 { accepted &+ noted }

    package static func + (left: SourceCounts, right: SourceCounts) -> SourceCounts {
        SourceCounts(
            read: left.read &+ right.read, accepted: left.accepted &+ right.accepted,
            filtered: left.filtered &+ right.filtered, rejected: left.rejected &+ right.rejected,
            noted: left.noted &+ right.noted)
    }
}

/// A place in the spool. Positions grow; they never come again.
package struct SpoolPosition: Hashable, Comparable, Sendable {
    /// Number of the segment, from 1.
    package var segment: UInt64
    /// Offset of a frame in the segment, in bytes.
    package var offset: UInt32
    /// Events of that frame that lie before the position.
    package var event: UInt32

    package init(segment: UInt64, offset: UInt32, event: UInt32 = 0) {
        self.segment = segment
        self.offset = offset
        self.event = event
    }

    /// Before everything.
    package static let start = SpoolPosition(segment: 0, offset: 0)

    package static func < (left: SpoolPosition, right: SpoolPosition) -> Bool {
        (left.segment, left.offset, left.event) < (right.segment, right.offset, right.event)
    }
}
