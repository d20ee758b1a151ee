/// What an operator can set: every key with its form, its default and what it means.
///
/// The manual page `tributary.yaml(5)` is made of it. Tests hold it against what reads the settings, in both directions.
package struct SettingsTable: Sendable {
    /// The form of a value.
    package enum Form: Equatable, Sendable {
        case text
        /// A text, or a list of texts.
        case texts
        /// An absolute path.
        case path
        case boolean
        /// Whole numbers, with the range in words: `1 to 1000`.
        case integer(String)
        /// Sizes, with the range in words: `64KiB to 16MiB`.
        case size(String)
        /// Durations, with the range in words: `1s to 1d`.
        case duration(String)
        /// One of some words.
        case words([String])
        /// One of some words, or several.
        case wordList([String])
        /// One of some words, or a time.
        case time([String])
        /// Octal permissions.
        case mode
        /// A reference to a secret.
        case secret
        /// An absolute path, or a reference to a secret.
        case pathOrSecret
        /// Keys of their own, which have a section.
        case mapping
        /// Keys that the operator chooses, each with a mapping of its own.
        case named

        /// The form in words, as the manual page shows it.
        package var words: String {
            switch self {
            case .text: "a text"
            case .texts: "a text or a list of texts"
            case .path: "an absolute path"
            case .boolean: "true or false"
            case .integer(let range): "a number, \(range)"
            case .size(let range): "a size, \(range)"
            case .duration(let range): "a duration, \(range)"
            case .words(let words): words.joined(separator: ", ")
            case .wordList(let words): "some of \(words.joined(separator: ", "))"
            case .time(let words): "\(words.joined(separator: ", ")), or a time"
            case .mode: "octal permissions"
            case .secret: "a secret"
            case .pathOrSecret: "an absolute path or a secret"
            case .mapping: "a mapping"
            case .named: "a mapping of names to mappings"
            }
        }
    }

    /// What a key stands for while it is absent.
    package enum Absence: Equatable, Sendable {
        /// This value, as it would be written.
        case value(String)
        /// Something that no value says: `any`, `the spool's`.
        case meaning(String)
        /// It must be there.
        case required
    }

    /// A key of a mapping.
    package struct Key: Equatable, Sendable {
        package let name: String
        package let form: Form
        package let absence: Absence
        /// Sentences.
        package let text: String

        init(_ name: String, _ form: Form, _ absence: Absence, _ text: String) {
            self.name = name
            self.form = form
            self.absence = absence
            self.text = text
        }
    }

    /// A mapping.
    package struct Section: Equatable, Sendable {
        /// Its path from the root; `NAME` stands for a name of the operator's choice. Empty for the root.
        package let path: String
        /// The value of `type` that it belongs to; `nil` where there is no type.
        package let type: String?
        package let title: String
        /// Sentences about all of it.
        package let text: String
        package let keys: [Key]

        init(_ path: String, type: String? = nil, title: String, _ text: String, _ keys: [Key]) {
            self.path = path
            self.type = type
            self.title = title
            self.text = text
            self.keys = keys
        }
    }

    /// All mappings in the order of the manual page.
    package static let sections = [root, spool] + sources + sinks + [normalization, api, apiTLS, log]
}
