package import EventModel
package import Journal
package import Normalization
internal import RemoteEvents

/// What becomes of a record, and why: what `tributary explain` prints.
package struct Explanation: Sendable {
    package let event: Event
    /// The rule that decided; `nil` when none matches.
    package let rule: Rule?
    /// The pattern of it that matched; `nil` where it asks for none.
    package let pattern: String?
    /// What the rule caught, in order.
    package let captures: [RuleSet.Capture]
}

/// Explains records, of whatever form they come in.
package struct Explainer: Sendable {
    /// What came of an input.
    package struct Reading: Sendable {
        package var explanations: [Explanation] = []
        /// A sentence for each record that cannot be read.
        package var notes: [String] = []
    }

    /// Why an input holds nothing to explain.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private let rules: RuleSet
    /// The source type that the operator names; `nil` to find out.
    private let wanted: SourceType?
    /// Types of the configured sources, by name.
    private let types: [String: SourceType]
    private let settings: JournalSettings
    private let observed: Timestamp

    /// - Parameters:
    ///   - wanted: the type of the source that the input is of; `nil` to find out by its form.
    ///   - types: types of the configured sources by name, for lines of events.log.
    ///   - journal: the settings of the journal source.
    package init(
        _ rules: RuleSet, source wanted: SourceType? = nil, types: [String: SourceType] = [:],
        journal: JournalSettings = JournalSettings(), observed: Timestamp
    ) {
        self.rules = rules
        self.wanted = wanted
        self.types = types
        settings = journal
        self.observed = observed
    }

    /// Explains everything in an input.
    ///
    /// - Throws: ``Failure`` when its form is none that is known.
    package func explain(_ input: [UInt8]) throws(Failure) -> Reading {
        switch RecordInput(input, wanted: wanted) {
        case .entries(let entries, let notes): explained(entries, notes)
        case .response(let api, let body): try explained(body, of: api)
        case .events(let events, let notes): explained(events, notes)
        case .empty: throw Failure(description: "there is nothing to explain")
        case .unknown:
            throw Failure(
                description: """
                    this is no journal export stream, no output of journalctl -o json, no line of events.log and no \
                    response of a remote API; name the kind of source with --source
                    """)
        }
    }

    private func explained(_ entries: [EntryConverter.Entry], _ notes: [String]) -> Reading {
        var reading = Reading(notes: notes)
        var converter = EntryConverter(source: "journal", settings: settings, rules: rules)
        for entry in entries {
            do throws(EntryConverter.Failure) {
                let result = try converter.convert(entry, observed: observed)
                reading.explanations.append(explanation(result.event, result.outcome, result.captures))
            } catch {
                reading.notes.append("\(error)")
            }
        }
        return reading
    }

    private func explained(_ body: [UInt8], of api: ResponseReader.API) throws(Failure) -> Reading {
        let response: ResponseReader.Reading
        do throws(ResponseReader.Failure) {
            response = try ResponseReader(api, source: api.rawValue, observed: observed).read(body)
        } catch {
            throw Failure(description: error.description)
        }
        guard let type = SourceType(rawValue: api.rawValue) else { return Reading() }
        var normalizer = Normalizer(rules, for: type)
        return Reading(
            explanations: response.events.map { explanation($0, &normalizer) }, notes: response.notes)
    }

    private func explained(_ events: [Event], _ notes: [String]) -> Reading {
        var reading = Reading(notes: notes)
        for event in events {
            guard let type = wanted ?? types[event.source.string] ?? SourceType(guessing: event) else {
                reading.notes.append(
                    "an event of source '\(event.source)' is shown as it is, as its type is not known; use --source")
                reading.explanations.append(Explanation(event: event, rule: nil, pattern: nil, captures: []))
                continue
            }
            var normalizer = Normalizer(rules, for: type)
            reading.explanations.append(explanation(event, &normalizer))
        }
        return reading
    }

    private func explanation(_ event: Event, _ normalizer: inout Normalizer) -> Explanation {
        let outcome = normalizer.outcome(of: event)
        let captures = outcome == nil ? [] : normalizer.captures
        return explanation(normalizer.normalized(event), outcome, captures)
    }

    private func explanation(
        _ event: Event, _ outcome: RuleOutcome?, _ captures: [RuleSet.Capture]
    ) -> Explanation {
        let rule = outcome.map { rules.rules[$0.rule] }
        let pattern = outcome?.pattern.flatMap { rule?.patterns[$0].description }
        return Explanation(event: event, rule: rule, pattern: pattern, captures: captures)
    }
}

extension SourceType {
    /// The type of the source that an event is of, as far as it tells; `nil` for one that was sent by hand.
    fileprivate init?(guessing event: Event) {
        if let type = SourceType(rawValue: event.source.string) {
            self = type
        } else if ["audit", "driver", "journal", "kernel", "stdout", "syslog"].contains(event.type.string) {
            self = .journal
        } else {
            return nil
        }
    }
}
