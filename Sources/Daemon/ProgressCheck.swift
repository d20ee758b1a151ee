internal import Pipeline

/// Judges whether the parts of the daemon make progress. Decides; performs no I/O.
struct ProgressCheck {
    /// A part, as it is seen at a moment.
    struct Part {
        /// Such as `sink 'siem'`.
        var title: String
        var state: Vitals.State
        /// Whether there is something for it to do.
        var hasWork: Bool
    }

    /// Something that an operator should know.
    struct Finding: Equatable {
        var title: String
        var reason: String
        /// The part itself hangs; starting the daemon anew is the remedy. Otherwise something outside is in the way.
        var isStuck: Bool
    }

    /// How long a part may work without a sign of life, or rest although there is something to do.
    static let stuckLimit = Duration.seconds(60)
    /// How long trouble may last before health says so.
    static let troubleLimit = Duration.seconds(300)

    /// Parts that were found resting with something to do: their beat, and when they were first found so.
    private var sleepers: [String: (beat: ContinuousClock.Instant, since: ContinuousClock.Instant)] = [:]

    /// Looks at all parts.
    mutating func findings(_ parts: [Part], now: ContinuousClock.Instant) -> [Finding] {
        var findings: [Finding] = []
        var resting: [String: (beat: ContinuousClock.Instant, since: ContinuousClock.Instant)] = [:]
        for part in parts {
            if let trouble = part.state.trouble, now - trouble.since > Self.troubleLimit {
                findings.append(
                    Finding(
                        title: part.title,
                        reason: "in trouble for \(Self.text(now - trouble.since)): \(trouble.reason)",
                        isStuck: false))
            }
            switch part.state.activity {
            case .waiting: break
            case .working where now - part.state.beat > Self.stuckLimit:
                findings.append(
                    Finding(
                        title: part.title, reason: "shows no sign of life for \(Self.text(now - part.state.beat))",
                        isStuck: true))
            case .working: break
            case .idle where part.hasWork:
                let known = sleepers[part.title]
                let since = known?.beat == part.state.beat ? known?.since ?? now : now
                resting[part.title] = (part.state.beat, since)
                guard now - since > Self.stuckLimit else { break }
                findings.append(
                    Finding(
                        title: part.title, reason: "rests for \(Self.text(now - since)) although events wait for it",
                        isStuck: true))
            case .idle: break
            }
        }
        sleepers = resting
        return findings
    }

    private static func text(_ duration: Duration) -> String {
        "\(duration.components.seconds) s"
    }
}
