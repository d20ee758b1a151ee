internal import EventModel
internal import Pipeline
internal import Platform
internal import Synchronization

/// When the daemon says that records were set aside: once for each part and cause, and then at most once a minute with
/// how many there were. Decides; performs no I/O.
struct QuarantineTally {
    /// Who set records aside, and why.
    struct Key: Hashable {
        let part: QuarantinedRecord.Part
        let cause: QuarantinedRecord.Cause
    }

    /// What is to be said.
    struct Report: Equatable {
        let key: Key
        /// Records since the report before.
        let count: Int
        /// Why the first of them was set aside.
        let reason: String
    }

    private struct Entry {
        var count = 0
        var reason = ""
        /// When it may be said again.
        var due: ContinuousClock.Instant
    }

    /// Least time between two reports of a key.
    static let interval = Duration.seconds(60)

    private var entries: [Key: Entry] = [:]

    /// Records were set aside.
    mutating func added(_ records: [QuarantinedRecord], now: ContinuousClock.Instant) {
        // A stretch of the spool that has decayed has a report of its own, which says where it is.
        for record in records where record.cause != .damaged {
            let key = Key(part: record.part, cause: record.cause)
            var entry = entries[key] ?? Entry(due: now)
            if entry.count == 0 { entry.reason = record.reason }
            entry.count += 1
            entries[key] = entry
        }
    }

    /// Takes what is to be said now.
    ///
    /// - Parameter all: also what was said less than a minute ago.
    mutating func takeReports(now: ContinuousClock.Instant, all: Bool = false) -> [Report] {
        var reports: [Report] = []
        for (key, entry) in entries where entry.count > 0 && (all || entry.due <= now) {
            reports.append(Report(key: key, count: entry.count, reason: entry.reason))
            entries[key] = Entry(due: now + Self.interval)
        }
        return reports.sorted { ($0.key.part.name, $0.key.cause.rawValue) < ($1.key.part.name, $1.key.cause.rawValue) }
    }

    /// When there is next something to be said; `nil` when nothing waits.
    var due: ContinuousClock.Instant? { entries.values.filter { $0.count > 0 }.map(\.due).min() }
}

/// Makes the daemon's own events of records that were set aside.
final class QuarantineNotices: Sendable {
    private let notices: Notices
    private let tally = Mutex(QuarantineTally())
    private let added = Watermark<UInt64>(0)

    init(_ notices: Notices) {
        self.notices = notices
    }

    /// Records were set aside.
    func add(_ records: [QuarantinedRecord]) {
        note(
            tally.withLock { tally in
                tally.added(records, now: .now)
                return tally.takeReports(now: .now)
            })
        added.advance(to: added.value + 1)
    }

    /// Says later what could not be said at once; sleeps while there is nothing.
    func run() async throws {
        while true {
            let seen = added.value
            guard let due = tally.withLock({ $0.due }) else {
                _ = try await added.wait(for: seen + 1)
                continue
            }
            try await pause(max(.zero, due - .now))
            note(tally.withLock { $0.takeReports(now: .now) })
        }
    }

    /// Says what is left to be said.
    func finish() {
        note(tally.withLock { $0.takeReports(now: .now, all: true) })
    }

    private func note(_ reports: [QuarantineTally.Report]) {
        for report in reports {
            let part = report.key.part
            let subject = report.count == 1 ? "A record was" : "\(report.count) records were"
            notices.note(
                "Software.Log.Quarantined", severity: .warning, classification: .sw,
                message: "\(subject) set aside by \(part.word) '\(part.name)': \(report.reason)",
                parameters: [
                    Parameter(Text(part.word), .text(Text(part.name))),
                    Parameter("count", .integer(WholeNumber(report.count))),
                    Parameter("cause", .text(Text(report.key.cause.rawValue))),
                    Parameter("reason", .text(Text(report.reason))),
                ])
        }
    }
}
