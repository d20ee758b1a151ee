package import Pipeline
internal import Platform
package import Spool

/// The ledger as `tributary ledger` shows it: what waits is counted anew, not taken from the daemon's word.
package struct LedgerReading: Sendable {
    package let sources: [LedgerCheck.Source]
    package let sinks: [LedgerCheck.Sink]
    /// Events that the spool has taken over its life.
    package let taken: UInt64
    /// Why what waits could not be counted by reading the spool; `nil` when it was.
    package let caveat: String?

    /// What does not agree, a sentence each.
    package var differences: [String] { LedgerCheck(sources: sources, sinks: sinks, taken: taken).differences() }

    /// The ledger of a daemon that runs, from its report.
    ///
    /// - Throws: `SpoolInspection.Moved` when the daemon delivered meanwhile; another report is then needed.
    package init(of report: StatusReport) throws {
        let inspection = SpoolInspection(directory: report.spool.directory)
        var caveat: String?
        sinks = try report.sinks.map { sink in
            var waiting = sink.waiting
            do {
                // A sink that still reads the beginning of a spool has numbers before its own, too.
                waiting = try inspection.countEvents(
                    from: sink.position.position, nextEvent: report.spool.taken - sink.waiting,
                    to: report.spool.durable.position)
            } catch let error as FileError {
                caveat = "What waits was not counted anew: \(error). Run the command as root."
            }
            return LedgerCheck.Sink(
                name: sink.name, first: sink.first,
                counts: SinkCounts(
                    delivered: sink.delivered, filtered: sink.filtered, quarantined: sink.quarantined,
                    dropped: sink.dropped), waiting: waiting)
        }
        sources = report.sources.map { source in
            LedgerCheck.Source(
                name: source.name,
                counts: SourceCounts(
                    read: source.read, accepted: source.accepted, filtered: source.filtered,
                    rejected: source.quarantined, noted: source.noted))
        }
        taken = report.spool.taken
        self.caveat = caveat
    }

    /// The ledger of a spool that no daemon has open.
    package init(ofSpoolIn directory: String) throws {
        let ledger = try SpoolInspection(directory: directory).ledger()
        sources = ledger.sources
        sinks = ledger.sinks
        taken = ledger.taken
        caveat = nil
    }

    /// The ledger as tables, and whether it holds.
    package func text() -> String {
        var sourceTable = TextTable(["SOURCE", "READ", "ACCEPTED", "FILTERED", "QUARANTINED", "NOTED"])
        for source in sources {
            let counts = source.counts
            sourceTable.add(
                source.name, [counts.read, counts.accepted, counts.filtered, counts.rejected, counts.noted])
        }
        var sinkTable = TextTable(
            ["SINK", "GIVEN", "DELIVERED", "WAITING", "FILTERED", "QUARANTINED", "DROPPED"])
        for sink in sinks {
            sinkTable.add(
                sink.name,
                [
                    taken - min(taken, sink.first), sink.counts.delivered, sink.waiting, sink.counts.filtered,
                    sink.counts.quarantined, sink.counts.dropped,
                ])
        }
        var text = sourceTable.text + "\n" + sinkTable.text + "\nEvents taken by the spool: \(taken)\n"
        if let caveat { text += caveat + "\n" }
        let differences = differences
        if differences.isEmpty {
            text += "The ledger holds: what was read is delivered, waiting, filtered, quarantined or dropped.\n"
        } else {
            text += "THE LEDGER DOES NOT HOLD:\n" + differences.map { "  \($0)\n" }.joined()
        }
        return text
    }
}
