/// Why a text is no pattern.
package struct PatternError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case empty
        case tooLong(byteCount: Int)
        case tooManyPlaceholders
        case tooManyChoices(count: Int)
        /// A brace that has no partner.
        case unclosedBrace, unopenedBrace
        case badName(String)
        case repeatedName(String)
        case unknownType(String)
        /// A choice of a placeholder with an empty text.
        case emptyChoice
        /// A placeholder of this type with no literal after it.
        case needsLiteral(String)
        case restNotLast
    }

    package let reason: Reason
    /// Where in the pattern, in Unicode scalars.
    package let offset: Int

    package var description: String {
        switch reason {
        case .empty: "is empty; leave out the key to match any text"
        case .tooLong(let byteCount): "has \(byteCount) bytes, allowed are at most \(Pattern.maximumByteCount)"
        case .tooManyPlaceholders: "has more than \(Pattern.maximumPlaceholderCount) placeholders, the most allowed"
        case .tooManyChoices(let count):
            "has \(count) texts in a choice, allowed are at most \(Pattern.maximumChoiceCount)"
        case .unclosedBrace: "has a '{' without '}'; write {{ for a brace that is meant as such"
        case .unopenedBrace: "has a '}' without '{'; write }} for a brace that is meant as such"
        case .badName(let name):
            "has a placeholder named '\(name)'; a name is a letter with letters, digits and '_' after it, '_' may precede"
        case .repeatedName(let name): "has two placeholders named '\(name)'; give them different names"
        case .unknownType(let type): "has a placeholder of type '\(type)', allowed are \(Self.types)"
        case .emptyChoice: "has a choice that keeps an empty text; a value is absent or has at least one character"
        case .needsLiteral(let part):
            "has a placeholder directly behind '\(part)', which then knows no end; put literal text between, "
                + "or give the first one a type such as word or int"
        case .restNotLast: "goes on behind a placeholder of type rest, which takes everything"
        }
    }

    private static var types: String {
        Pattern.PlaceholderType.allCases.map(\.rawValue).filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
