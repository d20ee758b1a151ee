import Pipeline
import TestSupport
import Testing

@Suite struct BackoffTests {
    private let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10))

    @Test func `the bound doubles up to the maximum and stays there`() {
        let bounds = (1...8).map { backoff.bound(afterFailures: $0) }
        #expect(bounds == [100, 200, 400, 800, 1600, 3200, 6400, 10_000].map { Duration.milliseconds($0) })
        for failures in [9, 31, 32, 33, 1000, Int.max] {
            #expect(backoff.bound(afterFailures: failures) == .seconds(10))
        }
    }

    @Test func `a count below one is the first failure`() {
        for failures in [0, -1, Int.min] { #expect(backoff.bound(afterFailures: failures) == .milliseconds(100)) }
    }

    @Test func `an initial delay above the maximum is the maximum`() {
        #expect(Backoff(initial: .seconds(60), maximum: .seconds(5)).bound(afterFailures: 1) == .seconds(5))
    }

    @Test(arguments: 0..<20)
    func `a delay is between half of the bound and the bound`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        for failures in 1...40 {
            let bound = backoff.bound(afterFailures: failures)
            let delay = backoff.delay(afterFailures: failures, using: &random)
            #expect(delay >= bound / 2 && delay <= bound)
        }
    }

    @Test func `what failed together does not try together`() {
        var random = SeededGenerator(seed: 1)
        #expect(Set((0..<20).map { _ in backoff.delay(afterFailures: 3, using: &random) }).count == 20)
    }
}
