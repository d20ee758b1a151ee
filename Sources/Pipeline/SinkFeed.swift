/// A batch frame of the spool, as a sink reads it.
package struct SpoolFrame: Sendable {
    /// Where the frame is; its `event` says how many of the frame's events lie before the reader's position.
    package let position: SpoolPosition
    /// Behind the frame.
    package let end: SpoolPosition
    /// Number of its first event, over the spool's life.
    package let firstEvent: UInt64
    package let eventCount: Int
    /// Name of the source.
    package let source: String
    /// The frame's payload; events (``EventModel/BatchFormat``) begin at `eventsOffset`.
    package let payload: [UInt8]
    package let eventsOffset: Int

    package init(
        position: SpoolPosition, end: SpoolPosition, firstEvent: UInt64, eventCount: Int, source: String,
        payload: [UInt8], eventsOffset: Int
    ) {
        self.position = position
        self.end = end
        self.firstEvent = firstEvent
        self.eventCount = eventCount
        self.source = source
        self.payload = payload
        self.eventsOffset = eventsOffset
    }
}

/// What a reader of the spool met that is no frame.
package enum SpoolIncident: Equatable, Sendable {
    /// A stretch has decayed; so many events were in it.
    case damaged(SpoolDamage, events: UInt64)
    /// Segments were given up before this reader came to them; so many events were in them.
    case dropped(before: SpoolPosition, events: UInt64)
}

extension SpoolIncident: CustomStringConvertible {
    package var description: String {
        switch self {
        case .damaged(let damage, let events):
            "\(events) events in bytes \(damage.offset) to \(damage.end) of segment \(damage.segment) do not verify"
        case .dropped(let position, let events):
            "\(events) events before segment \(position.segment) were not kept"
        }
    }
}

/// A stretch of a segment that does not verify although it was durable.
package struct SpoolDamage: Hashable, Sendable {
    package let segment: UInt64
    package let offset: UInt32
    /// Where the next frame that verifies begins.
    package let end: UInt32

    package init(segment: UInt64, offset: UInt32, end: UInt32) {
        self.segment = segment
        self.offset = offset
        self.end = end
    }
}

/// Reads the spool in order. Blocks; for one thread.
package protocol FrameReader: AnyObject {
    /// The next frame's place.
    var position: SpoolPosition { get }

    /// The next batch frame that is durable; `nil` when there is none yet.
    ///
    /// - Parameter buffer: memory for the payload, used again.
    func next(buffer: consuming [UInt8]) throws -> SpoolFrame?

    /// Takes what was met since the last call.
    func takeIncidents() -> [SpoolIncident]
}

/// What a sink has made durable of its own progress.
package struct SinkRecord: Equatable, Sendable {
    /// Everything before it is delivered, filtered, set aside or dropped.
    package var position: SpoolPosition
    /// Number of the event at that position.
    package var nextEvent: UInt64
    package var counts: SinkCounts
    /// What the sink itself needs to go on, at most 60 KiB.
    package var detail: [UInt8]

    package init(position: SpoolPosition, nextEvent: UInt64, counts: SinkCounts = SinkCounts(), detail: [UInt8] = []) {
        self.position = position
        self.nextEvent = nextEvent
        self.counts = counts
        self.detail = detail
    }
}

extension SinkRecord {
    /// Counts what a reader of the spool met that is no frame.
    package mutating func pass(_ incident: SpoolIncident) {
        nextEvent += counts.count(incident)
    }

    /// Counts what is left of a frame as filtered: nothing of it is for this sink.
    package mutating func leaveOut(_ frame: SpoolFrame) {
        counts.filtered += UInt64(frame.eventCount) - UInt64(frame.position.event)
        position = frame.end
        nextEvent = frame.firstEvent + UInt64(frame.eventCount)
    }
}

/// A sink's side of the ledger: events taken = delivered + filtered + quarantined + dropped.
package struct SinkCounts: Equatable, Sendable {
    package var delivered: UInt64
    /// Left out by the sink's `where`.
    package var filtered: UInt64
    /// Set aside as they cannot be decoded or delivered.
    package var quarantined: UInt64
    /// Given up with their segment, as the spool was full.
    package var dropped: UInt64

    package init(delivered: UInt64 = 0, filtered: UInt64 = 0, quarantined: UInt64 = 0, dropped: UInt64 = 0) {
        self.delivered = delivered
        self.filtered = filtered
        self.quarantined = quarantined
        self.dropped = dropped
    }

    /// Counts what a reader of the spool met that is no frame.
    ///
    /// - Returns: how many events that were.
    package mutating func count(_ incident: SpoolIncident) -> UInt64 {
        switch incident {
        case .damaged(_, let events):
            quarantined += events
            return events
        case .dropped(_, let events):
            dropped += events
            return events
        }
    }

    package var total: UInt64 { delivered &+ filtered &+ quarantined &+ dropped }
}

/// What a sink gets its events from, and where it keeps how far it is.
package protocol SinkFeed: Sendable {
    /// What was last recorded; at a sink's first start, the beginning of what the spool holds.
    func recorded() throws -> SinkRecord

    /// A reader from a position.
    ///
    /// - Parameter nextEvent: number of the event there, so that what is missing can be counted.
    func makeReader(at position: SpoolPosition, nextEvent: UInt64) -> any FrameReader

    /// Suspends until a frame at or behind `position` is durable.
    ///
    /// - Returns: `false` when there will be none any more (``RunMode/once``).
    func waitForMore(at position: SpoolPosition) async throws -> Bool

    /// Makes the sink's progress durable; the spool may then forget what lies before it. Blocks.
    func record(_ record: SinkRecord) throws
}

/// Where events go to.
package protocol EventSink: Sendable {
    /// The configured name.
    var name: String { get }

    /// Delivers until it is cancelled or the feed ends.
    ///
    /// - Throws: ``SinkFailure`` when the feed has ended and something could not be delivered.
    func run(mode: RunMode) async throws
}

/// A sink that could not take everything.
package struct SinkFailure: Error, CustomStringConvertible {
    package let sink: String
    package let reason: String

    package init(sink: String, reason: String) {
        self.sink = sink
        self.reason = reason
    }

    package var description: String { "sink '\(sink)' could not take everything: \(reason)" }
}
