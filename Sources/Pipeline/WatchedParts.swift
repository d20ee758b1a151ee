internal import EventModel

/// Takes a source's batches on their way to the spool, and notes that they pass.
package struct WatchedAcceptor: BatchAcceptor {
    private let acceptor: any BatchAcceptor
    private let vitals: Vitals

    package init(_ acceptor: any BatchAcceptor, _ vitals: Vitals) {
        self.acceptor = acceptor
        self.vitals = vitals
    }

    @discardableResult
    package func accept(_ batch: consuming Batch) async throws -> AcceptanceTicket {
        vitals.handsOver(batch.timeOfFirstEvent)
        let ticket = try await acceptor.accept(batch)
        vitals.succeeded()
        vitals.works()
        return ticket
    }

    package func waitUntilDurable(_ ticket: AcceptanceTicket) async throws {
        try await acceptor.waitUntilDurable(ticket)
    }
}

/// Gives a sink its events, and notes when it takes some and has none to take. Whether it gets on is the sink's to say:
/// a position moves also over events that its filter leaves out while its receiver is down.
package struct WatchedFeed: SinkFeed {
    private let feed: any SinkFeed
    private let vitals: Vitals

    package init(_ feed: any SinkFeed, _ vitals: Vitals) {
        self.feed = feed
        self.vitals = vitals
    }

    package func recorded() throws -> SinkRecord { try feed.recorded() }

    package func makeReader(at position: SpoolPosition, nextEvent: UInt64) -> any FrameReader {
        WatchedReader(feed.makeReader(at: position, nextEvent: nextEvent), vitals)
    }

    package func waitForMore(at position: SpoolPosition) async throws -> Bool {
        vitals.rests()
        defer { vitals.works() }
        return try await feed.waitForMore(at: position)
    }

    package func record(_ record: SinkRecord) throws { try feed.record(record) }
}

private final class WatchedReader: FrameReader {
    private let reader: any FrameReader
    private let vitals: Vitals

    init(_ reader: any FrameReader, _ vitals: Vitals) {
        self.reader = reader
        self.vitals = vitals
    }

    var position: SpoolPosition { reader.position }

    func next(buffer: consuming [UInt8]) throws -> SpoolFrame? {
        vitals.works()
        return try reader.next(buffer: buffer)
    }

    func takeIncidents() -> [SpoolIncident] { reader.takeIncidents() }
}

extension Batch {
    /// When the first of the events happened; `nil` without events.
    fileprivate var timeOfFirstEvent: Timestamp? {
        guard counts.events > 0 else { return nil }
        var reader = BatchReader(payload)
        guard (try? reader.next()) == true else { return nil }
        return reader.time
    }
}
