/// Hears of every byte that a matcher looks at, to show that its time is linear.
protocol StepMeter {
    mutating func step()
}

/// Counts nothing and costs nothing.
struct NoMeter: StepMeter {
    @inline(__always) mutating func step() {}
}

/// Counts the bytes that were looked at; one that is looked at again counts again.
package struct StepCounter: StepMeter, Sendable {
    package private(set) var count = 0

    package init() {}

    mutating func step() { count += 1 }
}
