package import EventModel

/// How a rule's severity and the record's own combine.
package struct SeverityBound: Equatable, Sendable {
    package enum Form: Equatable, Sendable {
        /// The higher of both.
        case atLeast
        /// The rule's.
        case exactly
        /// The lower of both.
        case atMost
    }

    package let form: Form
    package let severity: Severity

    package init(form: Form, severity: Severity) {
        self.form = form
        self.severity = severity
    }

    /// The event's severity; a record without one has the rule's.
    package func applied(to native: Severity) -> Severity {
        guard native != .unknown else { return severity }
        return switch form {
        case .atLeast: max(native, severity)
        case .exactly: severity
        case .atMost: min(native, severity)
        }
    }
}

/// What a rule says of the severity.
package enum SeverityChoice: Equatable, Sendable {
    /// The default of the kind.
    case ofKind
    case fixed(SeverityBound)
    /// By what a placeholder caught or a field holds: the first glob that matches, else `otherwise`, else the kind's.
    case byValue(name: String, values: [(glob: Glob, bound: SeverityBound)], otherwise: SeverityBound?)

    package static func == (left: SeverityChoice, right: SeverityChoice) -> Bool {
        switch (left, right) {
        case (.ofKind, .ofKind): true
        case (.fixed(let one), .fixed(let other)): one == other
        case (.byValue(let name, let values, let otherwise), .byValue(let otherName, let others, let other)):
            name == otherName && otherwise == other && values.map(\.glob) == others.map(\.glob)
                && values.map(\.bound) == others.map(\.bound)
        case (.ofKind, _), (.fixed, _), (.byValue, _): false
        }
    }
}
