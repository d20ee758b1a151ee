import Testing

@testable import Platform

@Suite struct QuietClockTests {
    @Test func `a task sleeps as long as it asked for`() async throws {
        let start = ContinuousClock.now
        try await QuietClock().sleep(for: .milliseconds(30))
        #expect(ContinuousClock.now - start >= .milliseconds(30))
    }

    @Test func `a time that is over is no sleep`() async throws {
        try await QuietClock().sleep(until: .now - .seconds(5))
        try await QuietClock().sleep(for: .zero)
    }

    @Test func `nobody sleeps shorter, whoever came first`() async throws {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in [4, 1, 3, 2] {
                let deadline = start + .milliseconds(50 * number)
                group.addTask {
                    try await QuietClock().sleep(until: deadline)
                    return .now >= deadline
                }
            }
            for try await isLate in group { #expect(isLate) }
        }
    }

    @Test func `a task that is cancelled sleeps no longer, and others sleep on`() async throws {
        let other = Task { try await QuietClock().sleep(for: .milliseconds(300)) }
        let sleeper = Task { try await QuietClock().sleep(for: .seconds(3600)) }
        try await QuietClock().sleep(for: .milliseconds(20))
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        try await other.value
    }

    @Test func `a task that was cancelled before does not begin to sleep`() async throws {
        let sleeper = Task {
            while !Task.isCancelled { await Task.yield() }
            try await QuietClock().sleep(for: .seconds(3600))
        }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    /// Times that are due and cancellations meet.
    @Test func `each of many tasks ends once, due or cancelled`() async throws {
        let ended = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<2000 {
                let sleeper = Task { try await QuietClock().sleep(for: .microseconds(number % 7 * 300)) }
                group.addTask {
                    if number % 3 == 0 { sleeper.cancel() }
                    do {
                        try await sleeper.value
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(ended.count == 2000)
        #expect(ended.count { $0 } >= 1333)
    }
}
