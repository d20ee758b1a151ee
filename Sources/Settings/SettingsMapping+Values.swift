package import EventModel

/// A moment, or a word in its place.
package enum TimeOrWord: Equatable, Sendable {
    case time(Timestamp)
    case word(String)
}

extension SettingsMapping {
    /// A text of at least one and at most 4096 bytes, without control characters; `nil` where it is absent or wrong.
    package func text(_ key: String) -> String? {
        guard let (text, _) = scalar(key, allowed: "a text") else { return nil }
        return checked(text, key)
    }

    /// A text of at least one and at most 4096 bytes, without control characters.
    package func text(_ key: String, default value: String) -> String {
        text(key) ?? value
    }

    /// An absolute path.
    package func filePath(_ key: String) -> String? {
        guard let path = text(key) else { return nil }
        guard path.hasPrefix("/") else {
            mistake(key, "\(quoted(path)) is not absolute; write the whole path, which begins with '/'")
            return nil
        }
        return path
    }

    /// A list of texts; a single text counts as a list of one. Empty where it is absent.
    package func texts(_ key: String) -> [String] {
        placedTexts(key).map(\.text)
    }

    /// A list of texts that mean something; a single text counts as a list of one. Empty where it is absent.
    ///
    /// - Parameter allowed: what a text may be, for the mistake about one that `parse` answers with `nil`.
    /// - Parameter known: words that may be meant.
    package func values<Value>(
        _ key: String, allowed: String, known: [String] = [], _ parse: (String) -> Value?
    ) -> [Value] {
        placedTexts(key).compactMap { text, place in
            if let value = parse(text) { return value }
            let suggestion = Spelling.suggestion(for: text, in: known)
            report.mistake(place, path(of: key), "holds \(quoted(text)), allowed are \(allowed)\(suggestion)")
            return nil
        }
    }

    private func placedTexts(_ key: String) -> [(text: String, place: SettingsPlace)] {
        guard let entry = entry(key) else { return [] }
        guard !entry.value.isAbsent else {
            mistake(key, "has no value, allowed is a text or a list of texts")
            return []
        }
        switch entry.value.content {
        case .text(let text, _): return checked(text, key).map { [($0, entry.value.place)] } ?? []
        case .mapping:
            mistake(key, "is a mapping, allowed is a text or a list of texts")
            return []
        case .list(let nodes):
            return nodes.compactMap { node in
                guard case .text(let text, _) = node.content, !node.isAbsent else {
                    report.mistake(node.place, path(of: key), "holds \(node.typeName), allowed are texts")
                    return nil
                }
                return checked(text, key, at: node.place).map { ($0, node.place) }
            }
        }
    }

    /// Whether a key is set to exactly this word: one that stands for the absence of a limit.
    package func isSet(_ key: String, to word: String) -> Bool {
        guard case .text(word, _) = entry(key)?.value.content else { return false }
        return true
    }

    /// `true` or `false`.
    package func boolean(_ key: String, default value: Bool) -> Bool {
        guard let (text, isPlain) = scalar(key, allowed: "true or false") else { return value }
        guard isPlain, let flag = Bool(text) else {
            mistake(key, "is \(quoted(text)), allowed are true and false, without quotes")
            return value
        }
        return flag
    }

    /// A whole number within a range; `nil` where it is absent or wrong.
    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        let allowed = Self.allowed(range, String.init)
        guard let (text, isPlain) = scalar(key, allowed: allowed) else { return nil }
        guard isPlain, let number = Self.number(text) else {
            mistake(key, "is \(quoted(text)), which is no whole number; allowed is \(allowed), without quotes")
            return nil
        }
        return within(range, number, key, allowed, text)
    }

    /// A whole number within a range.
    package func integer(_ key: String, in range: ClosedRange<Int>, default value: Int) -> Int {
        integer(key, in: range) ?? value
    }

    /// A number of bytes, `64KiB`, `2GiB`, `100MB`, within a range; `nil` where it is absent or wrong.
    package func byteSize(_ key: String, in range: ClosedRange<Int>) -> Int? {
        let allowed = Self.allowed(range, byteSizeText)
        guard let (text, _) = scalar(key, allowed: allowed) else { return nil }
        guard let size = Settings.byteSize(text) else {
            mistake(key, "is \(quoted(text)), which is no size such as 64KiB, 100MiB or 2GiB; allowed is \(allowed)")
            return nil
        }
        return within(range, size, key, allowed, text)
    }

    /// A number of bytes within a range.
    package func byteSize(_ key: String, in range: ClosedRange<Int>, default value: Int) -> Int {
        byteSize(key, in: range) ?? value
    }

    /// A duration, `500ms`, `10s`, `5m`, `12h`, `1d`, `1w`, within a range; `nil` where it is absent or wrong.
    package func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        let allowed = Self.allowed(range, durationText)
        guard let (text, _) = scalar(key, allowed: allowed) else { return nil }
        guard let duration = Settings.duration(text) else {
            mistake(key, "is \(quoted(text)), which is no duration such as 10s, 5m, 12h or 1d; allowed is \(allowed)")
            return nil
        }
        return within(range, duration, key, allowed, text)
    }

    /// A duration within a range.
    package func duration(_ key: String, in range: ClosedRange<Duration>, default value: Duration) -> Duration {
        duration(key, in: range) ?? value
    }

    /// Permission bits in octal digits, `"0640"`, up to 0777.
    package func fileMode(_ key: String, default value: UInt32) -> UInt32 {
        guard let (text, _) = scalar(key, allowed: "a mode such as \"0640\"") else { return value }
        guard let mode = Settings.fileMode(text) else {
            mistake(key, "is \(quoted(text)), allowed are three or four octal digits up to 0777 such as \"0640\"")
            return value
        }
        return mode
    }

    /// A word of an enumeration; `nil` where it is absent or wrong.
    package func word<Word: CaseIterable & RawRepresentable<String>>(_ key: String, _ type: Word.Type) -> Word? {
        word(key, Word.allCases.map(\.rawValue)).flatMap(Word.init(rawValue:))
    }

    /// A word of an enumeration.
    package func word<Word: CaseIterable & RawRepresentable<String>>(_ key: String, default value: Word) -> Word {
        word(key, Word.self) ?? value
    }

    /// One of some words; `nil` where it is absent or wrong.
    package func word(_ key: String, _ words: [String]) -> String? {
        guard let (text, _) = scalar(key, allowed: words.joined(separator: ", ")) else { return nil }
        guard words.contains(text) else {
            mistake(
                key,
                "is \(quoted(text)), allowed are \(words.joined(separator: ", "))\(Spelling.suggestion(for: text, in: words))"
            )
            return nil
        }
        return text
    }

    /// A moment in RFC 3339, a date (its midnight in UTC) or one of some words; `nil` where it is absent or wrong.
    package func timeOrWord(_ key: String, _ words: [String]) -> TimeOrWord? {
        let allowed = "\(words.joined(separator: ", ")), or a time such as 2026-01-31 or 2026-01-31T12:00:00Z"
        guard let (text, _) = scalar(key, allowed: allowed) else { return nil }
        if words.contains(text) { return .word(text) }
        guard let time = Timestamp(dateOrTime: text) else {
            mistake(key, "is \(quoted(text)), allowed are \(allowed)\(Spelling.suggestion(for: text, in: words))")
            return nil
        }
        return .time(time)
    }

    /// - Returns: `nil` after a mistake.
    func checked(_ text: String, _ key: String, at place: SettingsPlace? = nil) -> String? {
        let problem: String
        if text.isEmpty {
            problem = "is empty, allowed is a text of at least one character"
        } else if text.utf8.count > 4096 {
            problem = "has \(text.utf8.count) bytes, allowed are at most 4096"
        } else if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            problem = "is \(quoted(text)) and holds a control character, which is not allowed"
        } else {
            return text
        }
        if let place { report.mistake(place, path(of: key), problem) } else { mistake(key, problem) }
        return nil
    }

    private func within<Value: Comparable>(
        _ range: ClosedRange<Value>, _ value: Value, _ key: String, _ allowed: String, _ text: String
    ) -> Value? {
        guard range.contains(value) else {
            let problem = value < range.lowerBound ? "too small" : "too large"
            mistake(key, "is \(quoted(text)), which is \(problem); allowed is \(allowed)")
            return nil
        }
        return value
    }

    /// A range in words. An upper bound that nobody reaches is left out.
    private static func allowed<Value>(_ range: ClosedRange<Value>, _ text: (Value) -> String) -> String {
        switch range.upperBound {
        case let bound as Int where bound == Int.max: "\(text(range.lowerBound)) and more"
        case let bound as Duration where bound >= .longest: "\(text(range.lowerBound)) and more"
        default: "\(text(range.lowerBound)) to \(text(range.upperBound))"
        }
    }

    private static func number(_ text: String) -> Int? {
        guard text.utf8.first != UInt8(ascii: "+") else { return nil }
        return Int(text)
    }
}

extension Duration {
    /// Upper bound of a setting that has none of its own: a thousand years.
    package static let longest = Duration.milliseconds(31_557_600_000_000 as Int64)
}
