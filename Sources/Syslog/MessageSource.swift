internal import EventModel
internal import EventText
internal import Pipeline

/// Reads events from a feed and makes them messages, as many as are asked for. For one thread.
final class MessageSource {
    /// What cannot be delivered, each reported once.
    enum Notice {
        case incident(SpoolIncident)
        /// Not even the header of an event fits.
        case tooLarge(EventID)
        /// The network takes no datagram of so many bytes.
        case refused(EventID, byteCount: Int)
        /// The rest of a frame, so many events, cannot be decoded.
        case damaged(events: UInt64)
    }

    /// Where the frame that is being read lies; its events are in `batch`.
    private struct Frame {
        let position: SpoolPosition
        let end: SpoolPosition
        let firstEvent: UInt64
        let eventCount: Int
    }

    /// Most events that are looked at in one call, so that a filter that leaves nearly all out does not keep the
    /// sink from anything else.
    private static let maximumEventCount = 20_000
    /// Most messages that may be without an acknowledgement: what is kept of each takes memory too.
    private static let maximumWaitingCount = 8192
    /// Most memory that is kept for what comes next, in bytes: of messages, and of a frame. Nearly all are below; a
    /// larger one gets its memory when it comes, as each sink would keep it for good otherwise.
    private static let keptByteCount = (messages: 256 << 10, frame: 1 << 20)

    /// Most events that wait to be kept in the quarantine together.
    private static let maximumRejectedCount = 100

    /// Messages one after the other, framed where the sink has a framing.
    private(set) var bytes: [UInt8] = []
    private let feed: any SinkFeed
    private let filter: EventFilter
    private let hasFilter: Bool
    /// `nil` for datagrams.
    private var framing: SyslogFraming?
    private let name: String
    private let quarantine: (any RecordQuarantine)?
    private let report: (Notice) -> Void
    private var encoder: SyslogEncoder
    private var reader: any FrameReader
    private var batch = BatchReader([])
    private var frame: Frame?
    private var eventIndex = 0
    private var scratch: [UInt8] = []
    private var json = EventJSONEncoder()
    /// Set aside, and not yet in the quarantine.
    private var rejected: [QuarantinedRecord] = []
    /// Number of the event up to which notices were reported.
    private var reported: UInt64 = 0

    /// - Parameters:
    ///   - name: the sink's.
    ///   - quarantine: keeps what cannot be delivered.
    init(
        name: String, feed: any SinkFeed, at record: SinkRecord, filter: EventFilter, encoder: SyslogEncoder,
        quarantine: (any RecordQuarantine)?, report: @escaping (Notice) -> Void
    ) {
        self.name = name
        self.feed = feed
        self.quarantine = quarantine
        self.filter = filter
        hasFilter = filter != .all
        self.encoder = encoder
        self.report = report
        reader = feed.makeReader(at: record.position, nextEvent: record.nextEvent)
    }

    /// Where the next frame is read.
    var position: SpoolPosition { reader.position }

    /// Starts over where a queue stands after ``DeliveryQueue/rewind()``.
    ///
    /// - Parameter framing: of the messages from now on; `nil` for datagrams.
    func rewind(to record: SinkRecord, framing: SyslogFraming?) {
        self.framing = framing
        reader = feed.makeReader(at: record.position, nextEvent: record.nextEvent)
        frame = nil
        Self.empty(&bytes)
    }

    /// Takes the messages.
    func takeBytes() -> [UInt8] {
        let taken = bytes
        bytes = []
        bytes.reserveCapacity(min(taken.capacity, Self.keptByteCount.messages))
        return taken
    }

    /// Empties the bytes.
    func removeBytes() {
        Self.empty(&bytes)
    }

    /// Keeps the memory unless it is much.
    private static func empty(_ bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: bytes.capacity <= keptByteCount.messages)
    }

    /// Says that the network refuses the message that was made last.
    func reportRefusal() {
        report(.refused(batch.id, byteCount: bytes.count))
        setAside(.refused, "the network takes no datagram of \(bytes.count) bytes")
        keepRejected()
    }

    /// Whether another message may wait for its acknowledgement.
    func hasRoom(in queue: DeliveryQueue) -> Bool { queue.count < Self.maximumWaitingCount }

    /// Reads until there are `byteCount` bytes of messages, many events were looked at, or many messages wait.
    ///
    /// - Returns: `false` when the feed had no more.
    func fill(to byteCount: Int, _ queue: inout DeliveryQueue) throws -> Bool {
        // Before the sink's position can move past them.
        defer { keepRejected() }
        var rest = Self.maximumEventCount
        while bytes.count < byteCount, rest > 0, hasRoom(in: queue) {
            guard try frame != nil || openFrame(&queue) else { return false }
            next(&queue)
            rest -= 1
        }
        return true
    }

    private func openFrame(_ queue: inout DeliveryQueue) throws -> Bool {
        // One frame's memory at a time: the last one's is the next one's.
        var memory = batch.reset([])
        if memory.capacity > Self.keptByteCount.frame { memory = [] }
        let next = try reader.next(buffer: memory)
        for incident in reader.takeIncidents() { note(incident, &queue) }
        guard let next else {
            var record = queue.read
            record.position = reader.position
            queue.passed(record)
            return false
        }
        guard !Replay.isForOther(source: next.source, than: name) else {
            var record = queue.read
            record.leaveOut(next)
            queue.passed(record)
            return true
        }
        batch.reset(next.payload, from: next.eventsOffset)
        encoder.beginBatch()
        eventIndex = 0
        while eventIndex < next.position.event, (try? batch.next()) == true { eventIndex += 1 }
        frame = Frame(
            position: next.position, end: next.end, firstEvent: next.firstEvent, eventCount: next.eventCount)
        return true
    }

    private func note(_ incident: SpoolIncident, _ queue: inout DeliveryQueue) {
        var record = queue.read
        record.pass(incident)
        if record.nextEvent > reported {
            reported = record.nextEvent
            report(.incident(incident))
        }
        queue.passed(record)
    }

    /// Makes a message of the frame's next event.
    private func next(_ queue: inout DeliveryQueue) {
        guard let frame else { return }
        var record = queue.read
        guard (try? batch.next()) == true else {
            let events = UInt64(max(0, frame.eventCount - eventIndex))
            record.counts.quarantined += events
            eventIndex = frame.eventCount
            move(&record, in: frame)
            if events > 0, reportOnce(.damaged(events: events), record) {
                rejected.append(
                    QuarantinedRecord(
                        part: .sink(name), cause: .damaged,
                        reason:
                            "\(events) events from event \(record.nextEvent - events) of the spool cannot be decoded",
                        content: .bytes(batch.bytes)))
            }
            return queue.passed(record)
        }
        eventIndex += 1
        move(&record, in: frame)
        if hasFilter, !filter.matches(batch) {
            record.counts.filtered += 1
            return queue.passed(record)
        }
        let start = bytes.count
        guard let framing else {
            guard encoder.append(batch, to: &bytes) != .tooLarge else { return refuse(&record, &queue) }
            record.counts.delivered += 1
            return queue.sent(bytes.count - start, record)
        }
        defer { Self.empty(&scratch) }
        guard encoder.append(batch, to: &scratch) != .tooLarge else { return refuse(&record, &queue) }
        framing.append(scratch.span, to: &bytes)
        record.counts.delivered += 1
        queue.sent(bytes.count - start, record)
    }

    private func refuse(_ record: inout SinkRecord, _ queue: inout DeliveryQueue) {
        record.counts.quarantined += 1
        if reportOnce(.tooLarge(batch.id), record) {
            setAside(.tooLarge, "its header alone is over 'maximum-size'")
            if rejected.count >= Self.maximumRejectedCount { keepRejected() }
        }
        queue.passed(record)
    }

    /// - Returns: whether it was not reported before.
    private func reportOnce(_ notice: Notice, _ record: SinkRecord) -> Bool {
        guard record.nextEvent > reported else { return false }
        reported = record.nextEvent
        report(notice)
        return true
    }

    /// Sets the current event aside.
    private func setAside(_ cause: QuarantinedRecord.Cause, _ reason: String) {
        var bytes: [UInt8] = []
        json.append(batch, to: &bytes)
        rejected.append(
            QuarantinedRecord(part: .sink(name), cause: cause, reason: reason, content: .event(json: bytes)))
    }

    private func keepRejected() {
        guard !rejected.isEmpty else { return }
        quarantine?.keep(rejected)
        rejected.removeAll()
    }

    /// Moves behind the frame's current event.
    private func move(_ record: inout SinkRecord, in frame: Frame) {
        if eventIndex >= frame.eventCount {
            record.position = frame.end
            self.frame = nil
        } else {
            record.position = SpoolPosition(
                segment: frame.position.segment, offset: frame.position.offset, event: UInt32(eventIndex))
        }
        record.nextEvent = frame.firstEvent + UInt64(eventIndex)
    }
}
