import Synchronization
import Testing

@testable import Platform

@Suite struct WorkerPoolTests {
    @Test func `child tasks and actors run on the pool's threads, several at a time`() async throws {
        let pool = WorkerPool(threadCount: 3)
        let names = await withTaskExecutorPreference(pool) {
            await withTaskGroup(of: String.self) { group in
                let gate = Gate(count: 3)
                for _ in 0..<3 {
                    group.addTask {
                        // Each waits for the others, so none of the three can have the thread of another.
                        gate.pass()
                        return currentThreadName() ?? ""
                    }
                }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
        }
        #expect(names == ["worker 0", "worker 1", "worker 2"])
        let counter = Counter()
        let name = await Task(executorPreference: pool) { await counter.add() }.value
        #expect(name.hasPrefix("worker "))
    }

    @Test func `every job of many runs once`() async {
        let pool = WorkerPool(threadCount: 4)
        let counter = Counter()
        await withTaskExecutorPreference(pool) {
            await withDiscardingTaskGroup { group in
                for _ in 0..<20_000 { group.addTask { _ = await counter.add() } }
            }
        }
        #expect(await counter.count == 20_000)
    }

    private actor Counter {
        var count = 0

        func add() -> String {
            count += 1
            return currentThreadName() ?? ""
        }
    }

    /// Lets nobody pass before so many are there.
    private final class Gate: Sendable {
        private let missing: Atomic<Int>
        private let opened = Platform.Semaphore()
        private let count: Int

        init(count: Int) {
            self.count = count
            missing = Atomic(count)
        }

        func pass() {
            if missing.subtract(1, ordering: .relaxed).newValue == 0 {
                for _ in 1..<count { opened.post() }
            } else {
                opened.wait()
            }
        }
    }
}
