internal import EventModel
internal import EventText

/// A command, as the help of swift-argument-parser describes it in JSON (its ToolInfo, version 0).
package struct CommandDescription: Equatable, Sendable {
    /// An option, a flag or an argument.
    package struct Argument: Equatable, Sendable {
        package enum Kind: String, Sendable {
            case positional, option, flag
        }

        package let kind: Kind
        /// With dashes: `-h`, `--help`. Empty for a positional one.
        package let names: [String]
        package let valueName: String
        package let abstract: String
        package let defaultValue: String?
        package let isOptional: Bool
        package let isRepeating: Bool
    }

    /// Its name, without those of the commands that it is below.
    package private(set) var name: String
    /// What it does, a sentence.
    package let abstract: String
    /// Paragraphs, with empty lines between them.
    package let discussion: String
    package let arguments: [Argument]
    package let subcommands: [CommandDescription]

    /// What is wrong with a description.
    package struct Malformed: Error {}

    /// Reads what a command's dump of its help says.
    ///
    /// - Throws: ``Malformed`` or ``EventText/JSONError``.
    package init(dump: String) throws {
        let bytes = Array(dump.utf8)
        guard let command = try JSONParser().parse(bytes.span)["command"] else { throw Malformed() }
        try self.init(command)
    }

    /// The command under another name.
    package func renamed(_ name: String) -> CommandDescription {
        var command = self
        command.name = name
        return command
    }

    private init(_ value: JSONValue) throws(Malformed) {
        guard let name = value.text("commandName") else { throw Malformed() }
        self.name = name
        abstract = value.text("abstract") ?? ""
        discussion = value.text("discussion") ?? ""
        var arguments: [Argument] = []
        for argument in value.items("arguments") where argument.flag("shouldDisplay") {
            arguments.append(try Argument(argument))
        }
        self.arguments = arguments
        var subcommands: [CommandDescription] = []
        for command in value.items("subcommands")
        where command.flag("shouldDisplay") && command.text("commandName") != "help" {
            subcommands.append(try CommandDescription(command))
        }
        self.subcommands = subcommands
    }
}

extension CommandDescription.Argument {
    fileprivate init(_ value: JSONValue) throws(CommandDescription.Malformed) {
        guard let kind = value.text("kind").flatMap(Kind.init(rawValue:)) else {
            throw CommandDescription.Malformed()
        }
        self.kind = kind
        names = value.items("names").compactMap { name in
            name.text("name").map { (name.text("kind") == "long" ? "--" : "-") + $0 }
        }
        valueName = value.text("valueName") ?? "value"
        abstract = value.text("abstract") ?? ""
        defaultValue = value.text("defaultValue")
        isOptional = value.flag("isOptional")
        isRepeating = value.flag("isRepeating")
    }
}

extension JSONValue {
    fileprivate func text(_ name: Text) -> String? {
        guard case .text(let text) = self[name] else { return nil }
        return text.description
    }

    fileprivate func flag(_ name: Text) -> Bool { self[name] == .boolean(true) }

    fileprivate func items(_ name: Text) -> [JSONValue] {
        guard case .array(let items) = self[name] else { return [] }
        return items
    }
}
