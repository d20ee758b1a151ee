package import EventModel

/// What an event of a kind is like unless a rule says otherwise.
package struct KindDefaults: Equatable, Sendable {
    package let severity: SeverityBound
    package let classification: Classification
    package let visibility: Visibility
}

/// The kinds of the taxonomy with their defaults, and the grammar of a kind.
package enum KindTable {
    /// Longest kind, in bytes.
    package static let maximumByteCount = 128
    /// First words of a kind.
    package static let areas = ["Security", "System", "Hardware", "Storage", "Network", "Compute", "Software"]

    /// All kinds of the taxonomy.
    package static let defaults: [String: KindDefaults] = {
        var defaults: [String: KindDefaults] = [:]
        for row in rows.split(separator: "\n") {
            let words = row.split(separator: " ").map(String.init)
            guard words.count == 4, let severity = SeverityBound(tableWord: words[1]),
                let classification = Classification(word: words[2]), let visibility = Visibility(word: words[3])
            else { preconditionFailure("the table of kinds has a row '\(row)'") }
            let value = KindDefaults(severity: severity, classification: classification, visibility: visibility)
            for kind in expanded(words[0]) where defaults[kind] == nil { defaults[kind] = value }
        }
        return defaults
    }()

    /// The defaults of a kind, also of one that an operator invented: then by its area.
    package static func defaults(of kind: String) -> KindDefaults {
        if let known = defaults[kind] { return known }
        let classification: Classification =
            switch kind.prefix(while: { $0 != "." }) {
            case "Security": .sec
            case "System": .system
            case "Hardware", "Storage": .hw
            case "Compute": .ua
            default: .sw
            }
        return KindDefaults(
            severity: SeverityBound(form: .atLeast, severity: .info), classification: classification,
            visibility: .external)
    }

    /// What is wrong with a kind, and what is allowed; `nil` when it follows the grammar.
    package static func problem(of kind: String) -> String? {
        let words = kind.split(separator: ".", omittingEmptySubsequences: false)
        guard kind.utf8.count <= maximumByteCount else {
            return "has \(kind.utf8.count) bytes, allowed are at most \(maximumByteCount)"
        }
        guard (3...5).contains(words.count) else {
            return "has \(words.count) words, allowed are 3 to 5 with dots between, such as Security.User.Login.Failed"
        }
        for word in words where !isWord(word) {
            return "has the word '\(word)'; a word is an upper-case letter with letters and digits after it"
        }
        guard areas.contains(String(words[0])) else {
            return "begins with '\(words[0])', allowed are \(areas.joined(separator: ", "))"
        }
        return nil
    }

    private static func isWord(_ word: Substring) -> Bool {
        guard let first = word.utf8.first, (0x41...0x5A).contains(first) else { return false }
        return word.utf8.allSatisfy { isDigit($0) || (0x61...0x7A).contains($0 | 0x20) }
    }

    /// The kinds that a row with braces stands for.
    private static func expanded(_ pattern: String) -> [String] {
        guard let open = pattern.firstIndex(of: "{"), let close = pattern.firstIndex(of: "}"), open < close else {
            return [pattern]
        }
        let rest = expanded(String(pattern[pattern.index(after: close)...]))
        return pattern[pattern.index(after: open)..<close].split(separator: ",").flatMap { word in
            rest.map { pattern[..<open] + word + $0 }
        }
    }
}

extension SeverityBound {
    /// A word of the table; `=` in front makes it exact, and `native` asks for nothing.
    fileprivate init?(tableWord word: String) {
        if word == "native" {
            self.init(form: .atLeast, severity: .unknown)
        } else if word.first == "=" {
            guard let severity = Severity(word: String(word.dropFirst())) else { return nil }
            self.init(form: .exactly, severity: severity)
        } else {
            guard let severity = Severity(word: word) else { return nil }
            self.init(form: .atLeast, severity: severity)
        }
    }
}
