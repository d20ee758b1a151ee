/// Finds the word that was probably meant.
enum NearestWord {
    /// The one of `words` that is at most a third of its letters, rounded up, away from `word`.
    static func find(_ word: String, among words: [String]) -> String? {
        // What is longer than any word of ours is no slip of the hand, and costs its square.
        guard word.utf8.count <= 32 else { return nil }
        let distances = words.map { (word: $0, distance: distance(Array($0.utf8), Array(word.utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }),
            best.distance <= (best.word.utf8.count + 2) / 3
        else { return nil }
        return best.word
    }

    /// How many bytes must be added, left out or changed to make `right` of `left`; a difference of
    /// upper and lower case does not count.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (leftIndex, leftByte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = leftIndex + 1
            for (rightIndex, rightByte) in right.enumerated() {
                let cost = leftByte | 0x20 == rightByte | 0x20 ? diagonal : diagonal + 1
                diagonal = row[rightIndex + 1]
                row[rightIndex + 1] = min(cost, diagonal + 1, row[rightIndex] + 1)
            }
        }
        return row[right.count]
    }
}
