/// A manual page in the macros of man(7), which is built from top to bottom.
package struct ManualPage: Equatable, Sendable {
    /// Its name, such as `tributary-run`.
    package let name: String
    /// Its section, such as 1.
    package let section: Int
    /// The source text.
    package private(set) var text: String

    /// Begins a page.
    ///
    /// - Parameters:
    ///   - abstract: what it is about, a sentence.
    ///   - manual: what it is a page of.
    package init(name: String, section: Int, abstract: String, manual: String) {
        self.name = name
        self.section = section
        let title = Self.escaped(name.uppercased())
        text = ".TH \"\(title)\" \(section) \"\" \"Tributary \(programVersion)\" \"\(Self.escaped(manual))\"\n"
        // Lines end where words do, and nothing is hyphenated: options stay whole.
        text += ".nh\n.ad l\n"
        heading("NAME")
        let summary = abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract
        line("\(Self.escaped(name)) \\- \(Self.escaped(summary))")
    }

    /// Its file: `tributary-run.1`.
    package var fileName: String { "\(name).\(section)" }

    /// A heading in capitals.
    package mutating func heading(_ title: String) {
        line(".SH \"\(Self.escaped(title))\"")
    }

    /// A heading below one in capitals.
    package mutating func subheading(_ title: String) {
        line(".SS \"\(Self.escaped(title))\"")
    }

    /// A paragraph.
    package mutating func paragraph(_ words: String) {
        line(".PP")
        line(Self.escaped(words))
    }

    /// A paragraph that is already in roff.
    package mutating func raw(_ words: String) {
        line(".PP")
        line(words)
    }

    /// A term and what it means.
    package mutating func item(_ term: String, _ meaning: String) {
        line(".TP")
        line("\\fB\(Self.escaped(term))\\fR")
        line(Self.escaped(meaning))
    }

    /// A term in roff and what it means.
    package mutating func item(rawTerm: String, _ meaning: String) {
        line(".TP")
        line(rawTerm)
        line(Self.escaped(meaning))
    }

    /// Lines that stay as they are.
    package mutating func example(_ lines: [String]) {
        line(".PP")
        line(".RS 4")
        line(".nf")
        for text in lines { line(Self.escaped(text)) }
        line(".fi")
        line(".RE")
    }

    private mutating func line(_ words: String) {
        text += words + "\n"
    }

    /// A text of which nothing is taken for a command of roff.
    package static func escaped(_ words: String) -> String {
        var result = ""
        for character in words {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\"": result += "\\(dq"
            default: result.append(character)
            }
        }
        // A dot in front would make the line a request; two characters of no width keep it a text.
        return result.hasPrefix(".") ? "\\&" + result : result
    }
}
