internal import EventModel

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
