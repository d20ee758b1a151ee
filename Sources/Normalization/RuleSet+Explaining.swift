package import EventModel

extension Rule {
    /// The names of everything that the rule may catch, each once: of its placeholders, then of the fields in `from`.
    package var captureNames: [String] {
        var names: [String] = []
        for name in patterns.flatMap(\.names) + fieldValues.map(\.name) where !names.contains(name) {
            names.append(name)
        }
        return names
    }
}

extension RuleSet {
    /// A value that the rule that decided caught.
    package struct Capture: Equatable, Sendable {
        package let name: String
        package let value: Text
    }

    /// What the rule that decided last caught, by name, in the order of its placeholders; without what is empty.
    ///
    /// - Parameter bytes: those that the record was decided in.
    package func captures(in scratch: RuleScratch, _ bytes: Span<UInt8>) -> [Capture] {
        var captures: [Capture] = []
        for (slot, name) in rules[scratch.outcome.rule].captureNames.enumerated() {
            let range = scratch.bestCaptures[slot].range
            if !range.isEmpty { captures.append(Capture(name: name, value: Text(copying: bytes.extracting(range)))) }
        }
        return captures
    }
}
