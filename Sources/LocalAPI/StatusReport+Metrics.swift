internal import Pipeline

extension StatusReport {
    /// The report in Prometheus's text exposition format, version 0.0.4.
    ///
    /// Counters of events are kept in the spool and go on over a restart; those of retries and of the process begin
    /// anew.
    func metrics() -> String {
        var page = MetricsPage()
        page.add(
            "tributary_build_info", .gauge, "The version that runs.", [([("version", process.version)], 1)])
        addSources(to: &page)
        addSinks(to: &page)
        page.add("tributary_spool_events_total", .counter, "Events taken.", [([], Double(spool.taken))])
        page.add("tributary_spool_bytes", .gauge, "Size of the spool on disk.", [([], Double(spool.bytes))])
        page.add("tributary_spool_limit_bytes", .gauge, "Its limit.", [([], Double(spool.maximumBytes))])
        page.add("tributary_spool_segments", .gauge, "Its files.", [([], Double(spool.segments))])
        page.add("tributary_spool_full", .gauge, "Whether sources wait for room.", [([], spool.isFull ? 1 : 0)])
        page.add(
            "tributary_ledger_differences", .gauge, "Counts that do not agree; 0 is right.",
            [([], Double(ledger.differences.count))])
        page.add(
            "tributary_stalled_parts", .gauge, "Parts without progress for longer than they may.",
            [([], Double(complaints.count))])
        page.add("process_cpu_seconds_total", .counter, "Time on a processor.", [([], process.cpuSeconds)])
        page.add("process_resident_memory_bytes", .gauge, "Resident memory.", [([], Double(process.residentBytes))])
        page.add(
            "process_anonymous_memory_bytes", .gauge, "Resident memory that is no file's.",
            [([], Double(process.anonymousBytes))])
        page.add("process_open_fds", .gauge, "Open descriptors.", [([], Double(process.openFiles))])
        page.add("process_start_time_seconds", .gauge, "When the daemon started.", [([], process.startTime)])
        return page.text
    }

    private func addSources(to page: inout MetricsPage) {
        func family(_ name: String, _ kind: MetricsPage.Kind, _ help: String, _ value: (Source) -> Double?) {
            page.add(
                "tributary_source_" + name, kind, help,
                sources.compactMap { source in
                    value(source).map { ([("source", source.name), ("type", source.type)], $0) }
                })
        }
        family("read_total", .counter, "Records that the source gave.") { Double($0.read) }
        family("accepted_total", .counter, "Records that became events.") { Double($0.accepted) }
        family("filtered_total", .counter, "Records that the source's filters leave out.") { Double($0.filtered) }
        family("quarantined_total", .counter, "Records that could not be decoded.") { Double($0.quarantined) }
        family("noted_total", .counter, "Events that stand for no record, such as a gap.") { Double($0.noted) }
        family("lag_seconds", .gauge, "Age of the event that was read last; 0 when all are read.") { $0.lagSeconds }
        family("retries_total", .counter, "Tries that failed, since the start.") { Double($0.retries) }
        family("up", .gauge, "Whether the source can be read.") { $0.trouble == nil ? 1 : 0 }
    }

    private func addSinks(to page: inout MetricsPage) {
        func family(_ name: String, _ kind: MetricsPage.Kind, _ help: String, _ value: (Sink) -> Double) {
            page.add(
                "tributary_sink_" + name, kind, help,
                sinks.map { ([("sink", $0.name), ("type", $0.type)], value($0)) })
        }
        family("delivered_total", .counter, "Events that were delivered.") { Double($0.delivered) }
        family("filtered_total", .counter, "Events that the sink's filter leaves out.") { Double($0.filtered) }
        family("quarantined_total", .counter, "Events that cannot be delivered.") { Double($0.quarantined) }
        family("dropped_total", .counter, "Events that were given up, as the spool was full.") { Double($0.dropped) }
        family("waiting_events", .gauge, "Events that are not yet delivered.") { Double($0.waiting) }
        family("backlog_bytes", .gauge, "Bytes of the spool that are not yet delivered.") { Double($0.backlogBytes) }
        family("backlog_seconds", .gauge, "How long the oldest of them has waited.") { $0.backlogSeconds }
        family("retries_total", .counter, "Tries that failed, since the start.") { Double($0.retries) }
        family("up", .gauge, "Whether events can be delivered.") { $0.trouble == nil ? 1 : 0 }
    }
}

/// Prometheus's text exposition format, version 0.0.4, as it grows.
struct MetricsPage {
    enum Kind: String {
        case counter, gauge
    }

    private(set) var text = ""

    /// Adds a family with its samples; one without samples is left out.
    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { #"\#($0.0)="\#(Self.escaped($0.1))""# }.joined(separator: ",")
            text += labels.isEmpty ? name : "\(name){\(labels)}"
            text += " \(Self.number(sample.value))\n"
        }
    }

    /// Whole numbers without a point, as a counter of events reads best.
    private static func number(_ value: Double) -> String {
        guard let whole = Int64(exactly: value) else { return "\(value)" }
        return String(whole)
    }

    /// A label's value: backslash, quote and line feed are escaped.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
