internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread of its own for work that blocks: disk, pipes, compression.
///
/// The cooperative pool has as many threads as the machine has cores; one `fdatasync` on each and nothing
/// else runs. An actor whose executor this is, or a task that prefers it, may block for as long as it likes.
package final class ThreadExecutor: SerialExecutor, TaskExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    /// Posted once for each job that was added; the thread sleeps on it.
    private let wakeups = Semaphore()

    /// Starts the thread. It ends when the executor is released.
    ///
    /// - Parameter name: shown by `ps -L` and in traces; the system keeps its first 15 bytes.
    package init(name: String) {
        let loop = Loop(executor: self, wakeups: wakeups)
        startThread(name: name) { loop.run() }
    }

    deinit {
        // The thread holds the executor only while it runs a job, so here it sleeps or is about to.
        wakeups.post()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.withLock { $0.jobs.append(unowned) }
        wakeups.post()
    }

    fileprivate func runJobs() {
        let jobs = queue.withLock { queue in
            let jobs = queue.jobs
            queue.jobs.removeAll()
            return jobs
        }
        for job in jobs {
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }
}

/// What the thread runs; it keeps the executor alive only during a job.
private final class Loop: Sendable {
    private struct Reference: Sendable {
        weak let executor: ThreadExecutor?
    }

    private let reference: Reference
    private let wakeups: Semaphore

    init(executor: ThreadExecutor, wakeups: Semaphore) {
        self.reference = Reference(executor: executor)
        self.wakeups = wakeups
    }

    func run() {
        while true {
            wakeups.wait()
            guard let executor = reference.executor else { return }
            executor.runJobs()
        }
    }
}

// Sendable: sem_post and sem_wait may be called from any thread, and the pointer never changes.
/// A counting semaphore, sem_overview(7).
@safe package final class Semaphore: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe sem_init(semaphore, 0, 0)
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    /// Adds one, and wakes a thread that waits.
    package func post() {
        unsafe sem_post(semaphore)
    }

    /// Blocks the thread until there is one, and takes it.
    package func wait() {
        while unsafe sem_wait(semaphore) != 0 {}
    }
}

/// Starts a detached thread.
///
/// - Parameter name: the system keeps its first 15 bytes.
package func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: String(name.prefix(15)), body: body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
        &thread, nil,
        { context in
            // The one reference that `passRetained` made is taken here, once.
            let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue()
            _ = unsafe linux_name_thread(body.name)
            blockSignals()
            body.body()
            return nil
        }, box.toOpaque())
    precondition(code == 0, "cannot start a thread: \(systemMessage(code))")
    pthread_detach(thread)
}

/// Leaves signals that are sent to the process to those who wait for them. What a thread does to itself ends the process.
private func blockSignals() {
    var signals = sigset_t()
    unsafe sigfillset(&signals)
    for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS] { unsafe sigdelset(&signals, signal) }
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
}

private final class ThreadBody: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
