package import Pipeline

/// A report as `tributary status` shows it.
package struct StatusText: Sendable {
    private let isColored: Bool
    /// The report before this one, for rates; `nil` for none.
    private var previous: StatusReport?

    /// - Parameter isColored: whether trouble is red and what is well is green.
    package init(isColored: Bool) {
        self.isColored = isColored
    }

    /// The lines for a report; from the second one on with rates per second.
    package mutating func text(of report: StatusReport) -> String {
        defer { previous = report }
        let process = report.process
        var text = "tributary \(process.version), process \(process.pid), up \(Self.duration(process.uptimeSeconds))\n"
        text += headline(report) + "\n\n" + sources(report) + "\n" + sinks(report) + "\n" + spool(report.spool)
        text +=
            "process  \(Self.size(process.anonymousBytes)) anonymous memory, \(Self.size(process.residentBytes)) resident, "
            + "\(Self.decimal(process.cpuSeconds)) s on a processor, \(process.openFiles) open files\n"
        text +=
            report.ledger.holds
            ? painted("ledger   holds", .good) + "\n"
            : painted("ledger   DOES NOT HOLD", .bad) + "\n" + report.ledger.differences.map { "  \($0)\n" }.joined()
        return text
    }

    private func headline(_ report: StatusReport) -> String {
        if !report.complaints.isEmpty {
            return report.complaints.map { painted($0, .bad) }.joined(separator: "\n")
        }
        let troubled =
            report.sources.filter { $0.trouble != nil }.map { "source '\($0.name)'" }
            + report.sinks.filter { $0.trouble != nil }.map { "sink '\($0.name)'" }
            + (report.spool.trouble != nil || report.spool.isFull ? ["the spool"] : [])
            + (report.ledger.holds ? [] : ["the ledger"])
        return troubled.isEmpty
            ? painted("All is well.", .good) : painted("Trouble: " + troubled.joined(separator: ", "), .doubtful)
    }

    private func sources(_ report: StatusReport) -> String {
        var table = TextTable(
            ["SOURCE", "TYPE", "READ", "ACCEPTED", "FILTERED", "QUARANTINED", "LAG", "RATE", "STATE"],
            names: [0, 1, 8])
        for source in report.sources {
            let before = previous?.sources.first { $0.name == source.name }
            table.add([
                source.name, source.type, "\(source.read)", "\(source.accepted)", "\(source.filtered)",
                "\(source.quarantined)", source.lagSeconds.map(Self.duration) ?? "-",
                rate(source.read, before?.read, report), state(source.trouble),
            ])
        }
        return table.text
    }

    private func sinks(_ report: StatusReport) -> String {
        var table = TextTable(
            ["SINK", "TYPE", "DELIVERED", "WAITING", "FILTERED", "QUARANTINED", "DROPPED", "BEHIND", "RATE", "STATE"],
            names: [0, 1, 9])
        for sink in report.sinks {
            let before = previous?.sinks.first { $0.name == sink.name }
            table.add([
                sink.name, sink.type, "\(sink.delivered)", "\(sink.waiting)", "\(sink.filtered)",
                "\(sink.quarantined)", "\(sink.dropped)", Self.duration(sink.backlogSeconds),
                rate(sink.delivered, before?.delivered, report), state(sink.trouble),
            ])
        }
        return table.text
    }

    private func spool(_ spool: StatusReport.Spool) -> String {
        var text =
            "spool    \(spool.taken) events taken, \(Self.size(spool.bytes)) of \(Self.size(spool.maximumBytes)) "
            + "in \(spool.segments) segments"
        if spool.isFull { text += ", " + painted("FULL", .bad) }
        if let trouble = spool.trouble, !spool.isFull { text += ", " + painted(trouble.reason, .bad) }
        return text + "\n"
    }

    private func state(_ trouble: StatusReport.Trouble?) -> String {
        guard let trouble else { return painted("ok", .good) }
        let reason = trouble.reason.count > 100 ? trouble.reason.prefix(100) + "…" : trouble.reason[...]
        return painted("\(reason) (for \(Self.duration(trouble.seconds)))", .bad)
    }

    private func rate(_ count: UInt64, _ before: UInt64?, _ report: StatusReport) -> String {
        guard let before, let previous, count >= before else { return "-" }
        let seconds = report.process.uptimeSeconds - previous.process.uptimeSeconds
        return seconds >= 1 ? "\(UInt64(Double(count - before) / seconds))/s" : "-"
    }

    private enum Color: String {
        case good = "32"
        case doubtful = "33"
        case bad = "31"
    }

    private func painted(_ text: String, _ color: Color) -> String {
        isColored ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Such as `0s`, `12s`, `3m`, `5h`, `9d`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int64(clamping: Int(seconds.rounded(.down).clamped(to: 0...1e12)))
        switch whole {
        case ..<120: return "\(whole)s"
        case ..<7200: return "\(whole / 60)m"
        case ..<172_800: return "\(whole / 3600)h"
        default: return "\(whole / 86_400)d"
        }
    }

    /// Such as `512B`, `64KiB`, `1.5GiB`.
    static func size(_ byteCount: UInt64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard byteCount >= 1024 else { return "\(byteCount)B" }
        var value = Double(byteCount) / 1024
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return decimal(value) + units[unit]
    }

    /// With one digit behind the point, unless that is a zero.
    private static func decimal(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        let text = "\(tenths / 10)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? range.lowerBound : Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
