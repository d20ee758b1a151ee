package import Pipeline

extension StatusReport {
    /// What a small daemon says of itself: one source, and one sink that is behind.
    package static let sample = StatusReport(
        complaints: [],
        sources: [
            StatusReport.Source(name: "journal", type: "journald", counts: SourceCounts(read: 50, accepted: 50))
        ],
        sinks: [
            StatusReport.Sink(
                name: "siem", type: "syslog", first: 0, counts: SinkCounts(delivered: 40), waiting: 10,
                position: StatusReport.Position(.start))
        ],
        spool: StatusReport.Spool(
            directory: "/spool", taken: 50, durable: StatusReport.Position(.start), bytes: 4096, maximumBytes: 1 << 30),
        ledger: StatusReport.Ledger(differences: []), process: StatusReport.Process(version: "1", pid: 1))
}
