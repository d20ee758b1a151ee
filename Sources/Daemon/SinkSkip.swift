internal import EventModel
internal import EventText
internal import LocalAPI
internal import Pipeline

/// Steps over the next event that a sink would deliver. Blocks; the sink must not run meanwhile.
struct SinkSkip {
    let sink: String
    let feed: any SinkFeed
    let filter: EventFilter
    let quarantine: any RecordQuarantine
    /// Who asked for it.
    let user: String

    /// Finds the event, sets it aside, and then moves the sink's position behind it: the ledger stays exact.
    func run() throws -> SkipOutcome {
        var record = try feed.recorded()
        let filteredBefore = record.counts.filtered
        let reader = feed.makeReader(at: record.position, nextEvent: record.nextEvent)
        while let frame = try reader.next(buffer: []) {
            for incident in reader.takeIncidents() { record.pass(incident) }
            guard let json = try nextEvent(of: frame, &record) else { continue }
            let number = quarantine.keep([
                QuarantinedRecord(
                    part: .sink(sink), cause: .skipped, reason: "skipped by \(user)", content: .event(json: json))
            ])
            record.counts.quarantined += 1
            try feed.record(record)
            return .skipped(event: json, number: number, filtered: record.counts.filtered - filteredBefore)
        }
        return .nothingWaits
    }

    /// Moves behind the first event of a frame that the sink would deliver.
    ///
    /// - Returns: the event in canonical JSON; `nil` when the frame has none, and then it lies behind the record.
    private func nextEvent(of frame: SpoolFrame, _ record: inout SinkRecord) throws -> [UInt8]? {
        guard !Replay.isForOther(source: frame.source, than: sink) else {
            record.leaveOut(frame)
            return nil
        }
        var batch = BatchReader([])
        batch.reset(frame.payload, from: frame.eventsOffset)
        var index = 0
        while index < frame.position.event, (try? batch.next()) == true { index += 1 }
        while index < frame.eventCount, (try? batch.next()) == true {
            index += 1
            guard filter.matches(batch) else {
                record.counts.filtered += 1
                continue
            }
            record.position =
                index >= frame.eventCount
                ? frame.end
                : SpoolPosition(
                    segment: frame.position.segment, offset: frame.position.offset, event: UInt32(index))
            record.nextEvent = frame.firstEvent + UInt64(index)
            var json: [UInt8] = []
            var encoder = EventJSONEncoder()
            encoder.append(batch, to: &json)
            return json
        }
        let rest = UInt64(max(0, frame.eventCount - index))
        if rest > 0 {
            record.counts.quarantined += rest
            quarantine.keep([
                QuarantinedRecord(
                    part: .sink(sink), cause: .damaged,
                    reason:
                        "\(rest) events from event \(frame.firstEvent + UInt64(index)) of the spool cannot be decoded",
                    content: .bytes(frame.payload))
            ])
        }
        record.position = frame.end
        record.nextEvent = frame.firstEvent + UInt64(frame.eventCount)
        return nil
    }
}
