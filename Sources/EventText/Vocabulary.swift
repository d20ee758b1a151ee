import EventModel

/// The words of an enumeration as bytes, by raw value: asking an enumeration for its word is slow.
struct Vocabulary<Value: RawRepresentable & Sendable>: Sendable where Value.RawValue == UInt8 {
    let words: [Text]
    private let values: [Value]

    /// - Parameter values: all cases, their raw values counting from 0.
    init(_ values: [Value], word: (Value) -> String) {
        self.values = values
        words = values.map { Text(word($0)) }
    }

    /// The value that `word` names.
    subscript(word: Text) -> Value? {
        words.firstIndex(of: word).map { values[$0] }
    }

    /// The word for `value`.
    subscript(value: Value) -> Text { words[Int(value.rawValue)] }
}

/// The words of canonical JSON and of our fields of a line.
enum Vocabularies {
    static let severity = Vocabulary(Severity.allCases, word: \.word)
    static let classification = Vocabulary(Classification.allCases, word: \.word)
    static let visibility = Vocabulary(Visibility.allCases, word: \.word)
}
