internal import EventModel
package import Pipeline
package import Platform

/// Looks into a spool that another process may have open, and changes nothing.
package struct SpoolInspection: Sendable {
    /// A part of what was to be counted went while it was counted.
    package struct Moved: Error {}

    private let directory: String
    private let fileSystem: any FileSystem

    package init(directory: String, fileSystem: any FileSystem = PosixFileSystem()) {
        self.directory = directory
        self.fileSystem = fileSystem
    }

    /// Counts the events between a sink's position and what is durable, by reading them.
    ///
    /// - Parameters:
    ///   - nextEvent: number of the event at `position`, so that what has decayed is counted too.
    ///   - onGone: told of events that are gone with their segments, where nobody works on the spool; `nil` where they
    ///     may have been delivered meanwhile.
    /// - Throws: `FileError`; ``Moved``.
    package func countEvents(
        from position: SpoolPosition, nextEvent: UInt64, to durable: SpoolPosition, onGone: ((UInt64) -> Void)? = nil
    ) throws -> UInt64 {
        let reader = SpoolReader(
            directory: directory, fileSystem: fileSystem, position: position, nextEvent: nextEvent,
            durable: { durable })
        var count: UInt64 = 0
        var buffer: [UInt8] = []
        while let frame = try reader.next(buffer: buffer) {
            count += UInt64(frame.eventCount) - UInt64(frame.position.event)
            buffer = frame.payload
            for incident in reader.takeIncidents() {
                switch incident {
                case .damaged(_, let events): count += events
                case .dropped(_, let events):
                    guard let onGone else { throw Moved() }
                    onGone(events)
                }
            }
        }
        return count
    }

    /// The ledger of a spool that no daemon has open, everything that waits counted by reading it.
    package func ledger() throws -> (
        sources: [LedgerCheck.Source], sinks: [LedgerCheck.Sink], taken: UInt64
    ) {
        let folder = directory + "/sinks"
        var sinks: [(name: String, content: SinkPositionFile.Content)] = []
        // A daemon that was killed in its first moments has not come to make the folder.
        let names = try fileSystem.exists(folder) ? fileSystem.list(folder) : []
        for name in names.sorted() where name.hasSuffix(".position") {
            let content = try SinkPositionFile.content(of: folder + "/" + name, fileSystem)
            if let content { sinks.append((String(name.dropLast(9)), content)) }
        }
        var proven: [UInt64: UInt32] = [:]
        for sink in sinks {
            let position = sink.content.record.position
            proven[position.segment] = max(proven[position.segment] ?? 0, position.offset)
        }
        let recovery = try SpoolRecovery.scan(directory, fileSystem, proven: proven)
        let taken = max(recovery.nextEvent, sinks.map(\.content.record.nextEvent).max() ?? 0)
        let durable = recovery.last.map { SpoolPosition(segment: $0.segment, offset: $0.end) } ?? .start
        return (
            recovery.sources.sorted { $0.key < $1.key }.map {
                LedgerCheck.Source(name: $0.key, counts: $0.value.totals)
            },
            try sinks.map { sink in
                let record = sink.content.record
                var counts = record.counts
                let waiting = try countEvents(
                    from: record.position, nextEvent: record.nextEvent, to: durable, onGone: { counts.dropped &+= $0 })
                return LedgerCheck.Sink(
                    name: sink.name, first: sink.content.firstEvent, counts: counts, waiting: waiting)
            }, taken
        )
    }
}
