extension EventFilter.Condition {
    /// A condition as an option of a command has it: the key, an operator and a value, `severity>=warning`,
    /// `kind=Security.*`, `user!=root`.
    ///
    /// After a plain `=` comes what settings could have as the key's value, a comparison (`severity=>= warning`) or a
    /// list in brackets (`classification=[sec, audit]`) included.
    package init(parsing text: String) throws(EventFilterError) {
        guard let sign = text.utf8.firstIndex(where: { "=!<>".utf8.contains($0) }) else { throw .noOperator(text) }
        let key = String(text[..<sign].trimmed)
        let rest = text[sign...]
        if rest.hasPrefix("=") {
            try self.init(key: key, values: Self.values(rest.dropFirst()))
        } else if rest.hasPrefix("!"), !rest.hasPrefix("!=") {
            throw .noOperator(text)
        } else {
            try self.init(key: key, values: [String(rest)])
        }
    }

    private static func values(_ text: Substring) -> [String] {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return [String(text)] }
        return text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.trimmed) }
    }
}

extension Substring {
    /// Without spaces at both ends.
    fileprivate var trimmed: Substring {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
