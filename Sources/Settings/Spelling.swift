/// Finds what an operator meant.
package enum Spelling {
    /// Longest word that is compared, in characters.
    private static let maximumCount = 64

    /// The nearest of the known words, when it is near: at most a third of the letters differ, and one at least may.
    package static func nearest(to word: String, in known: [String]) -> String? {
        let letters = Array(word.lowercased())
        guard !letters.isEmpty, letters.count <= maximumCount else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let other = Array(candidate.lowercased())
            let allowed = max(1, max(letters.count, other.count) / 3)
            guard abs(other.count - letters.count) <= allowed else { continue }
            let distance = distance(letters, other)
            if distance <= allowed, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// `, did you mean 'x'?` or nothing.
    package static func suggestion(for word: String, in known: [String]) -> String {
        nearest(to: word, in: known).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// Letters to insert, remove, replace or swap with their neighbor (optimal string alignment).
    static func distance(_ one: [Character], _ other: [Character]) -> Int {
        guard !one.isEmpty, !other.isEmpty else { return max(one.count, other.count) }
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for row in 1...one.count {
            var current = [row]
            for column in 1...other.count {
                let replaced = last[column - 1] + (one[row - 1] == other[column - 1] ? 0 : 1)
                var least = min(replaced, last[column] + 1, current[column - 1] + 1)
                if row > 1, column > 1, one[row - 1] == other[column - 2], one[row - 2] == other[column - 1] {
                    least = min(least, beforeLast[column - 2] + 1)
                }
                current.append(least)
            }
            (beforeLast, last) = (last, current)
        }
        return last[other.count]
    }
}
