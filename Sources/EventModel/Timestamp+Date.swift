extension Timestamp {
    /// Reads a moment as an operator writes it: a date and time with an offset, as ``init(_:)`` has it, or a date
    /// alone, which is its midnight in UTC. `nil` for anything else.
    package init?(dateOrTime text: String) {
        if text.utf8.count == 10 {
            self.init(text + "T00:00:00Z")
        } else {
            self.init(text)
        }
    }
}
