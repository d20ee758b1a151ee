package import EventModel
package import Pipeline
internal import Platform
internal import Synchronization

/// Tributary's own events: gaps, damage, what was dropped. A source like any other, named ``sourceName``.
package final class Notices: EventSource {
    /// The source name of Tributary's own events.
    package static let sourceName = "tributary"
    /// Most events that wait; more are counted, and the next one says how many.
    private static let maximumCount = 1000

    private struct State {
        var waiting: [Event] = []
        var lostCount = 0
        var isFinished = false
    }

    package let name = Notices.sourceName

    private let host: Text
    private let state = Mutex(State())
    private let noted = Watermark<UInt64>(0)

    package init(host: String) {
        self.host = Text(host)
    }

    /// Makes an event; it goes through the spool like all others.
    package func note(
        _ kind: Text, severity: Severity, classification: Classification, message: String,
        parameters: [Parameter] = []
    ) {
        let now = Timestamp(microseconds: LocalTime.now())
        var random = SystemRandomNumberGenerator()
        let id = EventID(high: random.next(), low: random.next())
        let event = Event(
            id: id, time: now, observedTime: now, source: Text(Self.sourceName), origin: "tributary", host: host,
            kind: kind, severity: severity, classification: classification, visibility: .external,
            isSystemEvent: true, message: Text(message), parameters: parameters)
        state.withLock { state in
            if state.waiting.count < Self.maximumCount { state.waiting.append(event) } else { state.lostCount += 1 }
        }
        noted.advance(to: noted.value + 1)
    }

    /// Ends ``run(from:mode:into:)`` when everything was handed over.
    package func finish() {
        state.withLock { $0.isFinished = true }
        noted.advance(to: noted.value + 1)
    }

    package func run(from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor) async throws {
        var seen: UInt64 = 0
        while true {
            let (events, lostCount, isFinished) = state.withLock { state in
                defer {
                    state.waiting.removeAll()
                    state.lostCount = 0
                }
                return (state.waiting, state.lostCount, state.isFinished)
            }
            if lostCount > 0 {
                note(
                    "Software.Log.Gap", severity: .major, classification: .audit,
                    message: "\(lostCount) of Tributary's own events were given up, as too many waited",
                    parameters: [Parameter("count", .integer(WholeNumber(lostCount)))])
            }
            if !events.isEmpty {
                var writer = BatchWriter()
                for event in events { writer.append(event) }
                try await acceptor.accept(
                    Batch(
                        source: name, cursor: nil, counts: SourceCounts(noted: UInt64(events.count)),
                        payload: writer.bytes))
            }
            if isFinished, lostCount == 0 { return }
            _ = try await noted.wait(for: seen + 1)
            seen = noted.value
        }
    }
}

extension Notices {
    /// Says what a reader of the spool met.
    func note(_ incident: SpoolIncident, sink: String) {
        switch incident {
        case .damaged(let damage, let events):
            note(
                "Software.Log.Quarantined", severity: .warning, classification: .sw,
                message:
                    "\(events > 0 ? "\(events)" : "Some") events could not be read from the spool and were left out",
                parameters: [
                    Parameter("sink", .text(Text(sink))), Parameter("count", .integer(WholeNumber(magnitude: events))),
                    Parameter("reason", .text("checksum")),
                    Parameter("segment", .integer(WholeNumber(magnitude: damage.segment))),
                    Parameter("from", .integer(WholeNumber(magnitude: UInt64(damage.offset)))),
                    Parameter("to", .integer(WholeNumber(magnitude: UInt64(damage.end)))),
                ])
        case .dropped(let position, let events):
            note(
                "Software.Log.Gap", severity: .major, classification: .audit,
                message: "\(events) events were not kept for sink '\(sink)': the spool was full, or the sink was off",
                parameters: [
                    Parameter("sink", .text(Text(sink))), Parameter("count", .integer(WholeNumber(magnitude: events))),
                    Parameter("reason", .text("spool full with when-full: drop-oldest, or sink off")),
                    Parameter("to", .text(Text("segment \(position.segment)"))),
                ])
        }
    }
}
