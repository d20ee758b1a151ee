/// Finds the id of the one event that a region cannot give, by asking for the newest event before an id.
///
/// Behind `after`, everything fails because the first event there does. The answer for "before B" tells whether there
/// is an event between `after` and B: it is that event or fails; or it is `after` or older. That grows with B, so the
/// first B that has one, found by doubling and halving, is behind the event. An id that is not tried is never taken.
struct MAASLocator: Equatable, Sendable {
    enum Step: Equatable, Sendable {
        /// Goes on asking.
        case ask
        /// This id cannot be given.
        case found(Int64)
        /// The first event behind `after` can be given after all.
        case passed
        /// `after` itself cannot be given, so that answers tell nothing.
        case blind
        /// Nothing was found behind `after`, as far as ids can be.
        case nothing
    }

    private let after: Int64
    /// There is nothing between `after` and it; unknown before the first answer.
    private var empty: Int64?
    /// There is something between `after` and it.
    private var filled: Int64?
    /// An event that can be given.
    private var good: Int64?
    private var distance: Int64 = 1

    init(after: Int64) {
        self.after = after
    }

    /// The id to ask before.
    var before: Int64 {
        guard let empty else { return after + 1 }
        guard let filled else { return after + 1 + distance }
        return empty + (filled - empty) / 2
    }

    /// The answer is good: the newest event before ``before``, if there is one.
    mutating func answered(_ newest: Int64?) -> Step {
        let asked = before
        guard let newest, newest > after else {
            if empty != nil { distance *= 2 }
            empty = asked
            return step()
        }
        good = newest
        filled = min(asked, newest + 1)
        return step()
    }

    /// The answer is bad.
    mutating func failed() -> Step {
        guard empty != nil else { return .blind }
        filled = before
        return step()
    }

    private func step() -> Step {
        guard let empty else { return .ask }
        guard let filled else { return distance > 1 << 40 ? .nothing : .ask }
        guard filled - empty == 1 else { return .ask }
        return good == empty ? .passed : .found(empty)
    }
}
