/// The manual pages of commands, in the words of their help.
package struct CommandManual: Sendable {
    /// Paragraphs of a discussion that are lists, by how they begin, and the headings of the lists. Such a paragraph
    /// is `Exit status: 0 all is well; 78 the settings are wrong.`: entries of a word and its meaning.
    private static let lists = [
        (prefix: "Environment: ", heading: "ENVIRONMENT"), (prefix: "Files: ", heading: "FILES"),
        (prefix: "Exit status: ", heading: "EXIT STATUS"),
    ]
    private static let manual = "Tributary Commands"

    /// A page for a command and for each of its subcommands.
    ///
    /// - Parameters:
    ///   - root: the command.
    ///   - others: further pages that those of the subcommands refer to, such as `tributary.yaml(5)`.
    package static func pages(of root: CommandDescription, seeAlso others: [String]) -> [ManualPage] {
        pages(of: root, path: [root.name], seeAlso: others)
    }

    private static func pages(of command: CommandDescription, path: [String], seeAlso others: [String]) -> [ManualPage]
    {
        let own = page(of: command, path: path, seeAlso: others)
        return [own]
            + command.subcommands.flatMap { subcommand in
                let parent = path.joined(separator: "-") + "(1)"
                return pages(of: subcommand, path: path + [subcommand.name], seeAlso: [parent] + others)
            }
    }

    private static func page(of command: CommandDescription, path: [String], seeAlso others: [String]) -> ManualPage {
        let name = path.joined(separator: "-")
        var page = ManualPage(name: name, section: 1, abstract: command.abstract, manual: manual)
        page.heading("SYNOPSIS")
        page.raw(synopsis(of: command, path: path))
        let paragraphs = command.discussion.split(separator: "\n\n").map(String.init)
        page.heading("DESCRIPTION")
        page.paragraph(command.abstract)
        for text in paragraphs where list(text) == nil { write(text, to: &page) }
        if !command.subcommands.isEmpty {
            page.heading("COMMANDS")
            for subcommand in command.subcommands {
                page.item("\((path + [subcommand.name]).joined(separator: "-"))(1)", subcommand.abstract)
            }
        }
        page.heading("OPTIONS")
        for argument in command.arguments { page.item(rawTerm: term(of: argument), meaning(of: argument)) }
        for (prefix, heading) in lists {
            guard let text = paragraphs.first(where: { $0.hasPrefix(prefix) }) else { continue }
            page.heading(heading)
            for (word, meaning) in entries(text.dropFirst(prefix.count)) { page.item(word, meaning) }
        }
        page.heading("SEE ALSO")
        let subcommands = command.subcommands.map { "\((path + [$0.name]).joined(separator: "-"))(1)" }
        page.paragraph((subcommands + others.filter { $0 != "\(name)(1)" }).joined(separator: ", "))
        return page
    }

    private static func list(_ paragraph: String) -> String? {
        lists.first { paragraph.hasPrefix($0.prefix) }?.heading
    }

    /// The entries of a list: `0 all is well; 78 the settings are wrong.`
    static func entries(_ text: Substring) -> [(word: String, meaning: String)] {
        text.split(separator: "; ").map { entry in
            let entry = entry.hasSuffix(".") ? entry.dropLast() : entry
            let parts = entry.split(separator: " ", maxSplits: 1)
            return (String(parts.first ?? ""), parts.count > 1 ? "\(parts[1])." : "")
        }
    }

    /// Writes a paragraph; one whose lines are indented is an example.
    private static func write(_ text: String, to page: inout ManualPage) {
        let lines = text.split(separator: "\n").map(String.init)
        if lines.allSatisfy({ $0.hasPrefix("    ") }) {
            page.example(lines.map { String($0.dropFirst(4)) })
        } else {
            page.paragraph(lines.joined(separator: " "))
        }
    }

    private static func synopsis(of command: CommandDescription, path: [String]) -> String {
        var words = ["\\fB\(ManualPage.escaped(path.joined(separator: " ")))\\fR"]
        for argument in command.arguments {
            var word: String
            switch argument.kind {
            case .positional: word = value(of: argument)
            case .flag: word = "\\fB\(ManualPage.escaped(argument.names.last ?? ""))\\fR"
            case .option: word = "\\fB\(ManualPage.escaped(argument.names.last ?? ""))\\fR\\ \(value(of: argument))"
            }
            if argument.isOptional { word = "[\(word)]" }
            words.append(argument.isRepeating ? "\(word)..." : word)
        }
        if !command.subcommands.isEmpty { words.append("\\fIcommand\\fR") }
        return words.joined(separator: " ")
    }

    private static func term(of argument: CommandDescription.Argument) -> String {
        let names = argument.names.map { "\\fB\(ManualPage.escaped($0))\\fR" }.joined(separator: ", ")
        switch argument.kind {
        case .positional: return value(of: argument)
        case .flag: return names
        case .option: return "\(names) \(value(of: argument))"
        }
    }

    private static func value(of argument: CommandDescription.Argument) -> String {
        "\\fI\(ManualPage.escaped(argument.valueName))\\fR"
    }

    private static func meaning(of argument: CommandDescription.Argument) -> String {
        guard let value = argument.defaultValue, argument.kind == .option else { return argument.abstract }
        return "\(argument.abstract) Default: \(value)."
    }
}
