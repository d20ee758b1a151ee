internal import EventModel

/// What a record is about: `instance_id`, `resource_id` and `target_id`, of the type that the event's type says.
struct PankoObjects: Sendable {
    private(set) var all: [AssociatedObject] = []
    /// Traits that the objects hold.
    private(set) var consumed: Set<Int> = []

    /// The object that the operation was done to.
    var main: AssociatedObject? { all.last }

    init(_ type: PankoEventType, _ traits: PankoTraits) {
        let subject = Self.word(of: type)
        append("instance_id", "instance", subject, traits)
        append("resource_id", subject, subject, traits)
        append("target_id", Self.target(of: type, traits) ?? subject, subject, traits)
    }

    private mutating func append(_ trait: Text, _ type: String, _ subject: String, _ traits: PankoTraits) {
        guard let place = traits.place(trait), !type.isEmpty else { return }
        consumed.insert(place)
        let id = traits.text(trait)
        guard !all.contains(where: { $0.id == id }) else { return }
        var name = Text.empty
        // The name is that of what the event is about: an instance's disk has a name of its own.
        if type == subject, let place = traits.place("display_name") ?? traits.place("name") {
            name = traits.place("display_name") == nil ? traits.text("name") : traits.text("display_name")
            consumed.insert(place)
        }
        all.append(AssociatedObject(type: Text(type), id: id, name: name))
    }

    /// The word before the operation as a type of object (`kinds.md`, "Standard names").
    private static func word(of type: PankoEventType) -> String {
        // Nova's operations may have several words, and Neutron's router has a part.
        if type.words.starts(with: ["compute", "instance"]) { return "instance" }
        switch type.family {
        case "port": return "networkPort"
        case "router.interface": return "router"
        case "identity": return "user"
        default: return type.subject
        }
    }

    /// CADF's word for what was acted upon, where the event's type has none: `service/security/account/user`.
    private static func target(of type: PankoEventType, _ traits: PankoTraits) -> String? {
        guard type.family == "identity" else { return nil }
        return traits.word("target_typeURI").split(separator: "/").last.map(String.init)
    }
}

/// One human sentence about a record: Panko has none of its own.
struct PankoSentence: Sendable {
    let text: Text

    /// - Parameter object: what the operation was done to.
    init(_ type: PankoEventType, _ traits: PankoTraits, _ object: AssociatedObject?) {
        var bytes: [UInt8] = []
        if type.words == ["identity", "authenticate"] {
            Self.appendLogin(traits, to: &bytes)
        } else {
            Self.appendOperation(type, Self.subject(type, traits, object), to: &bytes)
            Self.append(" on ", traits.text("host"), to: &bytes)
            if type.words.first == "identity" { Self.append(" by ", traits.text("initiator_name"), to: &bytes) }
        }
        let reason = traits.text("message")
        if !reason.isEmpty { bytes += Array(": ".utf8) + reason.bytes }
        text = Text(bytes)
    }

    private static func appendLogin(_ traits: PankoTraits, to bytes: inout [UInt8]) {
        bytes += Array("Login".utf8)
        append(" of ", traits.user?.value ?? .empty, to: &bytes)
        append(" from ", traits.text("initiator_host_addr"), to: &bytes)
        switch traits.word("outcome") {
        case "success": bytes += Array(" succeeded".utf8)
        case "failure": bytes += Array(" failed".utf8)
        case "pending": bytes += Array(" goes on".utf8)
        default: bytes += Array(" has an unknown outcome".utf8)
        }
    }

    /// "Create of instance 'web' started", "Project 'x' created", "Image 'x': upload".
    private static func appendOperation(_ type: PankoEventType, _ subject: [UInt8], to bytes: inout [UInt8]) {
        // Nova's operations may have several words: `resize.confirm`.
        let isInstance = type.words.starts(with: ["compute", "instance"])
        let words = isInstance ? type.words.dropFirst(2).joined(separator: " ") : type.operation
        let operation = words.replacing("_", with: " ")
        guard let phase = type.phase else {
            bytes += capitalized(subject)
            if subject.isEmpty {
                bytes += capitalized(Array(operation.utf8))
            } else {
                bytes += Array(((operation.hasSuffix("ed") ? " " : ": ") + operation).utf8)
            }
            return
        }
        bytes += capitalized(Array(operation.utf8))
        if !subject.isEmpty { bytes += Array(" of ".utf8) + subject }
        switch phase {
        case .start: bytes += Array(" started".utf8)
        case .end: bytes += Array(" ended".utf8)
        case .error: bytes += Array(" failed".utf8)
        }
    }

    /// "instance 'web'", by id where it has no name.
    private static func subject(_ type: PankoEventType, _ traits: PankoTraits, _ object: AssociatedObject?) -> [UInt8] {
        let words: [String]
        switch type.words.first {
        case "compute" where type.words.starts(with: ["compute", "instance"]): words = ["instance"]
        case "identity", "orchestration": words = Array(type.words.dropFirst().dropLast())
        default: words = type.words.dropLast()
        }
        let name = [object?.name, traits.text("display_name"), traits.text("name"), object?.id].lazy
            .compactMap { $0 }.first { !$0.isEmpty }
        var bytes = Array(words.joined(separator: " ").replacing("_", with: " ").utf8)
        append(" ", name ?? .empty, to: &bytes)
        return bytes
    }

    /// Appends a text in quotes, unless it is empty.
    private static func append(_ word: String, _ text: Text, to bytes: inout [UInt8]) {
        guard !text.isEmpty else { return }
        bytes += Array("\(word)'".utf8) + text.bytes + [UInt8(ascii: "'")]
    }

    private static func capitalized(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return bytes }
        return [first &- 0x20] + bytes.dropFirst()
    }
}
