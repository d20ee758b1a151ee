import Pipeline
import TestSupport
import Testing

@Suite struct WatermarkTests {
    @Test func `a value that is reached is not waited for`() async throws {
        let mark = Watermark(5)
        #expect(try await mark.wait(for: 5))
        #expect(try await mark.wait(for: 4))
    }

    @Test func `a smaller value changes nothing`() {
        let mark = Watermark(5)
        mark.advance(to: 3)
        #expect(mark.value == 5)
        mark.advance(to: 6)
        #expect(mark.value == 6)
    }

    @Test func `waiters go on when their value is reached, not before`() async throws {
        let mark = Watermark(0)
        async let first = mark.wait(for: 1)
        async let third = mark.wait(for: 3)
        mark.advance(to: 2)
        #expect(try await first)
        #expect(mark.value == 2)
        mark.advance(to: 3)
        #expect(try await third)
    }

    @Test func `finishing tells those who wait for more, and those who come later`() async throws {
        let mark = Watermark(0)
        async let waiting = mark.wait(for: 1)
        mark.finish()
        #expect(try await !waiting)
        #expect(try await !mark.wait(for: 1))
        #expect(try await mark.wait(for: 0))
    }

    @Test func `a cancelled waiter throws, and others stay`() async throws {
        let mark = Watermark(0)
        let cancelled = Task { try await mark.wait(for: 1) }
        async let staying = mark.wait(for: 1)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        mark.advance(to: 1)
        #expect(try await staying)
    }

    @Test func `a value that was reached counts more than a cancellation`() async throws {
        let mark = Watermark(1)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await mark.wait(for: 1)
        }
        #expect(try await task.value)
    }

    @Test(arguments: 0..<10)
    func `many waiters, some of them cancelled, all go on`(seed: Int) async throws {
        let mark = Watermark(0)
        var random = SeededGenerator(seed: seed)
        let plans = (0..<300).map { _ in
            (target: Int.random(in: 1...50, using: &random), isCancelled: Bool.random(using: &random))
        }
        let tasks = plans.map { plan in
            Task { (try? await mark.wait(for: plan.target)).map { $0 && mark.value >= plan.target } }
        }
        for (plan, task) in zip(plans, tasks) where plan.isCancelled { task.cancel() }
        await withTaskGroup { group in
            for value in (1...50).shuffled(using: &random) { group.addTask { mark.advance(to: value) } }
        }
        for (plan, task) in zip(plans, tasks) {
            let reached = await task.value
            #expect(reached == true || (reached == nil && plan.isCancelled))
        }
        #expect(mark.value == 50)
    }
}
