internal import Synchronization

/// Threads for work that does not block, in the place of those of Swift's runtime. On Linux the latter are libdispatch's,
/// which looks once a second how busy they are, from the first job to the end of the process; these sleep until there is
/// work.
///
/// A task that prefers this executor brings it to its child tasks and to the actors that it calls, so that with one at the
/// root the runtime's own threads are never started.
package final class WorkerPool: TaskExecutor {
    /// The program's.
    package static let shared = WorkerPool(threadCount: min(max(processorCount(), 4), 16))

    private struct Queue {
        private var jobs: [UnownedJob] = []
        private var first = 0

        mutating func append(_ job: UnownedJob) { jobs.append(job) }

        mutating func removeFirst() -> UnownedJob? {
            guard first < jobs.count else { return nil }
            defer {
                first += 1
                if first == jobs.count || first > 1024 {
                    jobs.removeFirst(first)
                    first = 0
                }
            }
            return jobs[first]
        }
    }

    private let queue = Mutex(Queue())
    /// Posted once for each job.
    private let wakeups = Semaphore()

    /// Starts the threads, which never end.
    package init(threadCount: Int) {
        for number in 0..<threadCount { startThread(name: "worker \(number)") { self.run() } }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.withLock { $0.append(unowned) }
        wakeups.post()
    }

    private func run() -> Never {
        while true {
            wakeups.wait()
            guard let job = queue.withLock({ $0.removeFirst() }) else { continue }
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
