package import Pipeline

/// How the spool stands at a moment: what the ledger is made from. All of it is durable.
package struct SpoolStanding: Sendable {
    /// A sink's place.
    package struct Sink: Sendable {
        package let name: String
        /// Number of the event that it began with.
        package let firstEvent: UInt64
        /// What it had recorded.
        package let record: SinkRecord
    }

    /// Cursor and totals of every source that the spool ever knew.
    package let sources: [String: SourceState]
    package let sinks: [Sink]
    /// Events taken over the spool's life.
    package let taken: UInt64
    /// Everything before it is durable.
    package let durable: SpoolPosition
    /// Bytes of all segments.
    package let byteCount: Int
    package let segmentCount: Int
    /// Whether a batch waits for room.
    package let isFull: Bool
    /// Bytes behind each sink's position, in the order of `sinks`.
    package let backlogs: [Int]
}
