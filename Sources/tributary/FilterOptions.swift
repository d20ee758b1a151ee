import ArgumentParser
import EventModel
import Settings

/// Which events a command is about.
struct FilterOptions: ParsableArguments {
    @Option(
        name: .customLong("where"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Only events of which this holds, as in 'severity>=warning' or 'kind=Security.*'. Several must all hold.",
            valueName: "key=pattern"))
    var conditions: [String] = []

    func validate() throws { _ = try filter() }

    /// All conditions together.
    func filter() throws -> EventFilter {
        EventFilter(
            conditions: try conditions.map { text in
                do throws(EventFilterError) {
                    return try EventFilter.Condition(parsing: text)
                } catch {
                    throw ValidationError("--where '\(text)': \(error)\(error.suggestion)")
                }
            })
    }
}
