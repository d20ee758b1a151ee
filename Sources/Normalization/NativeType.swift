/// Native types in the form by which rules are found: systems and their releases spell them differently
/// (`kinds.md`, "Native to kind").
extension SourceType {
    /// Appends the form of a native type, and of a type of a rule.
    ///
    /// MAAS: without regard to case and a final full stop. Moab: without regard to case, spaces and the ending of a
    /// verb, so that `Job Start`, `JOBSTART` and `Job Started` are one.
    func append(typeKey type: Span<UInt8>, to buffer: inout [UInt8]) {
        guard self == .maas || self == .mws else {
            for index in type.indices { buffer.append(type[index]) }
            return
        }
        for index in type.indices where self == .maas || !isSeparator(type[index]) {
            buffer.append(lowercased(type[index]))
        }
        if self == .maas {
            if buffer.last == UInt8(ascii: ".") { buffer.removeLast() }
        } else {
            removeEnding(&buffer)
        }
    }

    /// A glob over native types in a form that matches what ``append(folded:to:)`` makes.
    func folded(_ glob: String) -> String {
        self == .maas || self == .mws ? String(decoding: glob.utf8.map(lowercased), as: UTF8.self) : glob
    }

    /// Appends a native type as globs see it.
    func append(folded type: Span<UInt8>, to buffer: inout [UInt8]) {
        for index in type.indices {
            buffer.append(self == .maas || self == .mws ? lowercased(type[index]) : type[index])
        }
    }

    /// `started`, `start`; `migrated`, `migrate`; `submitted`, `submit`; `modified`, `modify`: one each.
    private func removeEnding(_ word: inout [UInt8]) {
        if word.count > 4, word[word.count - 1] == UInt8(ascii: "d"), word[word.count - 2] == UInt8(ascii: "e") {
            word.removeLast(2)
        } else if word.count > 4, word.last == UInt8(ascii: "e") {
            word.removeLast()
        }
        if word.count > 4, word[word.count - 1] == word[word.count - 2] { word.removeLast() }
        if word.last == UInt8(ascii: "y") { word[word.count - 1] = UInt8(ascii: "i") }
    }
}

private func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

/// ASCII letters in lower case.
@inline(__always) func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
}
