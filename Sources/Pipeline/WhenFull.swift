/// What happens when the spool is at its limit and a sink is behind.
package enum WhenFull: String, CaseIterable, Sendable {
    /// Sources wait for the sink; the journal and the APIs keep what is not yet read.
    case wait
    /// The sink loses its oldest segment, which is counted and becomes an event.
    case dropOldest = "drop-oldest"
}
