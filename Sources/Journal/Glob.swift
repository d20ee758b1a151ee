/// A pattern of `*` (any bytes), `?` (one byte) and bytes that stand for themselves.
struct Glob: Equatable, Sendable {
    private let pattern: [UInt8]
    /// Whether it stands for anything but itself.
    let hasWildcards: Bool

    init(_ pattern: String) {
        self.pattern = Array(pattern.utf8)
        hasWildcards = self.pattern.contains { $0 == 0x2A || $0 == 0x3F }
    }

    /// Whether all of `text` fits, in at most pattern times text steps: only the last star is tried again.
    func matches(_ text: Span<UInt8>) -> Bool {
        var index = 0
        var place = 0
        var star: (place: Int, index: Int)?
        while index < text.count {
            if place < pattern.count, pattern[place] == 0x2A {
                star = (place, index)
                place += 1
            } else if place < pattern.count, pattern[place] == 0x3F || pattern[place] == text[index] {
                place += 1
                index += 1
            } else if let last = star {
                star = (last.place, last.index + 1)
                place = last.place + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == 0x2A { place += 1 }
        return place == pattern.count
    }
}

/// Globs of which the last one that matches decides; one with `!` in front says no. Without a match: no.
struct GlobList: Equatable, Sendable {
    private let globs: [(glob: Glob, isWanted: Bool)]

    init(_ patterns: [String]) {
        globs = patterns.map { pattern in
            pattern.hasPrefix("!") ? (Glob(String(pattern.dropFirst())), false) : (Glob(pattern), true)
        }
    }

    func contains(_ text: Span<UInt8>) -> Bool {
        for (glob, isWanted) in globs.reversed() where glob.matches(text) { return isWanted }
        return false
    }

    static func == (left: GlobList, right: GlobList) -> Bool {
        left.globs.elementsEqual(right.globs) { $0 == $1 }
    }
}
