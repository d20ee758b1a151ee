/// Whether a server's first page has the number 0 or 1, which its documentation does not say.
///
/// Pages are asked for from 0 on: where they begin at 1, the first one comes twice, or 0 is refused or empty. Only when
/// that was seen twice is 0 left out, as records that arrive between two requests can look the same.
struct PageNumbering: Equatable {
    /// Number of the first page, as far as is known.
    private(set) var first = 0
    private var isKnown = false
    private var observations = 0

    /// Page 0 had nothing or was refused: whether page 1 should be asked for in its place.
    var mayBeginAtOne: Bool { !isKnown }

    /// Page 1 shows the same newest record as page 0, or there is none on page 0, or no page 0.
    mutating func looksLikeOne() {
        guard !isKnown else { return }
        observations += 1
        guard observations == 2 else { return }
        first = 1
        isKnown = true
    }

    /// Page 1 shows something else than page 0.
    mutating func looksLikeZero() {
        guard !isKnown else { return }
        isKnown = true
    }
}
