/// What an operator may do to the daemon's sinks.
package protocol SinkControl: Sendable {
    /// Names of the sinks that run.
    func sinkNames() async -> [String]

    /// Steps over the next event that a sink would deliver, and sets it aside.
    ///
    /// - Parameter user: who asked for it.
    func skip(sink: String, by user: String) async -> SkipOutcome
}

/// What became of a request to step over an event.
package enum SkipOutcome: Equatable, Sendable {
    /// It is set aside.
    ///
    /// - event: in canonical JSON.
    /// - number: its number in the quarantine; `nil` where it could not be kept.
    /// - filtered: events before it that the sink's filter leaves out.
    case skipped(event: [UInt8], number: UInt64?, filtered: UInt64)
    /// The sink has delivered everything.
    case nothingWaits
    /// There is no such sink.
    case unknown
    /// The sink is one that takes every event.
    case refusesNothing
    /// The sinks are being changed just now.
    case busy
    /// The spool cannot be read, or the position not kept.
    case failed(String)
}
