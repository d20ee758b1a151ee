/// Gathers the parameters of an event: each name once, each text within its limit.
package struct ParameterList {
    package private(set) var parameters: [Parameter] = []
    private var names: Set<Text> = []

    package init() {}

    /// Adds a parameter. A name that is taken gets `suffix` behind it, and a number when that is taken too.
    package mutating func append(_ name: Text, _ value: ParameterValue, suffix: String, cutter: inout TextCutter) {
        var free = cutter.cut(name, "parameters.name")
        if !names.insert(free).inserted {
            let stem = "\(free.string).\(suffix)"
            var number = 1
            repeat {
                free = Text(number == 1 ? stem : "\(stem).\(number)")
                number += 1
            } while !names.insert(free).inserted
        }
        if case .text(let text) = value {
            parameters.append(Parameter(free, .text(cutter.cut(text, free.string))))
        } else {
            parameters.append(Parameter(free, value))
        }
    }

    /// The parameters, with those behind them that say what was cut.
    package func finished(_ cutter: TextCutter) -> [Parameter] {
        let truncations = cutter.truncations
        guard !truncations.isEmpty else { return parameters }
        let taken = Set(truncations.map(\.name))
        var seen: Set<Text> = []
        return parameters.filter { !taken.contains($0.name) } + truncations.filter { seen.insert($0.name).inserted }
    }
}
