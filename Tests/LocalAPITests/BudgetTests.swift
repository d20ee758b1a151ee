import Testing

@testable import LocalAPI

/// What is held now, and the most that ever was.
private actor Tally {
    private(set) var now = 0
    private(set) var most = 0

    func add(_ count: Int) {
        now += count
        most = max(most, now)
    }
}

@Suite struct BudgetTests {
    @Test func `no more is held together than the total`() async throws {
        let budget = Budget(10)
        let tally = Tally()
        try await withThrowingTaskGroup { group in
            for count in repeatElement([1, 3, 6, 10, 2, 9], count: 50).joined() {
                group.addTask {
                    try await budget.take(count)
                    await tally.add(count)
                    await tally.add(-count)
                    budget.giveBack(count)
                }
            }
            try await group.waitForAll()
        }
        #expect(await tally.most <= 10)
        #expect(await tally.now == 0)
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
