package import Pipeline

/// Whether what came in is what went out, by counts that were kept apart from each other (promise 1).
///
/// - A source counts what it read, and what became of each record.
/// - The spool numbers the events that it takes.
/// - A sink counts what became of each event that it was given.
package struct LedgerCheck: Sendable {
    /// A source's totals over the spool's life.
    package struct Source: Sendable {
        package let name: String
        package let counts: SourceCounts

        package init(name: String, counts: SourceCounts) {
            self.name = name
            self.counts = counts
        }
    }

    /// A sink's.
    package struct Sink: Sendable {
        package let name: String
        /// Number of the event that it began with.
        package let first: UInt64
        package let counts: SinkCounts
        /// Events behind its position, found by counting them where that was possible.
        package let waiting: UInt64

        package init(name: String, first: UInt64, counts: SinkCounts, waiting: UInt64) {
            self.name = name
            self.first = first
            self.counts = counts
            self.waiting = waiting
        }
    }

    private let sources: [Source]
    private let sinks: [Sink]
    private let taken: UInt64

    /// - Parameter taken: events that the spool has taken over its life.
    package init(sources: [Source], sinks: [Sink], taken: UInt64) {
        self.sources = sources
        self.sinks = sinks
        self.taken = taken
    }

    /// What does not agree, a sentence each; empty when the ledger holds.
    package func differences() -> [String] {
        var differences: [String] = []
        for source in sources {
            let counts = source.counts
            let sum = counts.accepted &+ counts.filtered &+ counts.rejected
            guard sum != counts.read else { continue }
            differences.append(
                """
                source '\(source.name)' read \(counts.read) records, and accepted \(counts.accepted), filtered \
                \(counts.filtered) and quarantined \(counts.rejected): \(Self.distance(sum, counts.read))
                """)
        }
        let handedOver = sources.reduce(0) { $0 &+ $1.counts.events }
        if handedOver != taken {
            differences.append(
                """
                the sources handed over \(handedOver) events, and the spool took \(taken): \
                \(Self.distance(handedOver, taken))
                """)
        }
        for sink in sinks {
            let sum = sink.first &+ sink.counts.total &+ sink.waiting
            guard sum != taken else { continue }
            differences.append(
                """
                sink '\(sink.name)' began with event \(sink.first), delivered \(sink.counts.delivered), filtered \
                \(sink.counts.filtered), quarantined \(sink.counts.quarantined), dropped \(sink.counts.dropped), and \
                \(sink.waiting) wait, of \(taken) taken: \(Self.distance(sum, taken))
                """)
        }
        return differences
    }

    private static func distance(_ sum: UInt64, _ whole: UInt64) -> String {
        sum < whole ? "\(whole - sum) are missing" : "\(sum - whole) are too many"
    }
}
