import Pipeline
import TestSupport
import Testing

@testable import Syslog

@Suite struct StateMachineTests {
    private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(8))
    private var random = SeededGenerator(seed: 1)

    private func machine(_ addressCount: Int) -> SyslogConnection.StateMachine {
        SyslogConnection.StateMachine(addressCount: addressCount, backoff: Self.backoff)
    }

    @Test mutating func `the addresses are tried in their order, then there is a delay that grows`() {
        var machine = machine(3)
        #expect(machine.started() == .connect(address: 0))
        for round in 1...6 {
            #expect(machine.connectFailed(using: &random) == .connect(address: 1))
            #expect(machine.connectFailed(using: &random) == .connect(address: 2))
            guard case .wait(let delay) = machine.connectFailed(using: &random) else {
                Issue.record("no delay in round \(round)")
                return
            }
            let bound = Self.backoff.bound(afterFailures: round)
            #expect(delay >= bound / 2 && delay <= bound, "round \(round)")
            #expect(machine.delayPassed() == .connect(address: 0))
        }
        #expect(machine.failures == 18)
    }

    @Test mutating func `a connection that was of use is made again at once`() {
        var machine = machine(2)
        _ = machine.started()
        #expect(machine.connectSucceeded() == .deliver(address: 0))
        machine.acknowledged()
        #expect(machine.connectionEnded(wasUseful: true, using: &random) == .connect(address: 0))
        #expect(machine.failures == 0)
    }

    @Test mutating func `a receiver that takes connections and drops them is tried less and less often`() {
        var machine = machine(1)
        _ = machine.started()
        for failure in 1...5 {
            _ = machine.connectSucceeded()
            guard case .wait = machine.connectionEnded(wasUseful: false, using: &random) else {
                Issue.record("no delay after failure \(failure)")
                return
            }
            #expect(machine.failures == failure)
            #expect(machine.delayPassed() == .connect(address: 0))
        }
    }

    @Test mutating func `from another receiver the first one is gone back to`() {
        var machine = machine(2)
        _ = machine.started()
        _ = machine.connectFailed(using: &random)
        #expect(machine.connectSucceeded() == .deliver(address: 1))
        #expect(machine.firstReturned() == .connect(address: 0))
        #expect(machine.connectFailed(using: &random) == .connect(address: 1))
    }

    @Test mutating func `late answers and a second start change nothing`() {
        var machine = machine(2)
        #expect(machine.connectFailed(using: &random) == .none)
        #expect(machine.delayPassed() == .none)
        #expect(machine.started() == .connect(address: 0))
        #expect(machine.started() == .none)
        #expect(machine.firstReturned() == .none)
        _ = machine.connectSucceeded()
        #expect(machine.firstReturned() == .none)
        #expect(machine.connectFailed(using: &random) == .none)
        #expect(machine.delayPassed() == .none)
    }
}
