import Synchronization
import Testing

@testable import LocalAPI

@Suite struct BudgetTests {
    @Test func `no more is held together than the total`() async throws {
        let budget = Budget(10)
        let held = Mutex((now: 0, most: 0))
        try await withThrowingTaskGroup { group in
            for count in Array(repeating: [1, 3, 6, 10], count: 50).joined() {
                group.addTask {
                    try await budget.take(count)
                    held.withLock { held in
                        held.now += count
                        held.most = max(held.most, held.now)
                    }
                    await Task.yield()
                    held.withLock { $0.now -= count }
                    budget.giveBack(count)
                }
            }
            try await group.waitForAll()
        }
        #expect(held.withLock { $0.most } <= 10)
        #expect(held.withLock { $0.now } == 0)
    }

    @Test func `whoever is cancelled while it waits holds nothing and blocks nobody`() async throws {
        let budget = Budget(10)
        try await budget.take(8)
        let large = Task { try await budget.take(10) }
        large.cancel()
        await #expect(throws: CancellationError.self) { try await large.value }
        try await budget.take(2)
        budget.giveBack(10)
        try await budget.take(10)
    }
}
