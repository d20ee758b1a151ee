import Glibc
import Platform
import Synchronization
import Testing

@Suite struct ThreadExecutorTests {
    @Test func `the jobs of an actor run in order on the executor's one thread`() async {
        let worker = Worker()
        for number in 0..<200 { await worker.add(number) }
        await withTaskGroup { group in
            for number in 200..<400 { group.addTask { await worker.add(number) } }
        }
        let (numbers, threads) = await worker.seen
        #expect(threads.count == 1)
        #expect(numbers.prefix(200) == Array(0..<200)[...])
        #expect(numbers.sorted() == Array(0..<400))
    }

    @Test func `the thread has the executor's name, cut to 15 bytes`() async {
        let executor = ThreadExecutor(name: "a name that is long")
        let name = await withTaskExecutorPreference(executor) { currentThreadName() }
        #expect(name == "a name that is ")
    }

    @Test func `a task that blocks holds up nobody else`() async {
        let executor = ThreadExecutor(name: "blocked")
        let semaphore = Platform.Semaphore()
        let blocked = Task(executorPreference: executor) { block(on: semaphore) }
        // More tasks than the machine's cooperative threads; all of them end while the one blocks.
        await withTaskGroup { group in
            for _ in 0..<64 { group.addTask { await Task.yield() } }
        }
        semaphore.post()
        await blocked.value
    }

    @Test func `the thread ends when the executor is released`() async {
        // The thread's own storage is destroyed when it ends, and says so.
        let ended = Platform.Semaphore()
        var key = pthread_key_t()
        let code = unsafe pthread_key_create(&key) { context in
            // The one reference that `passRetained` made is taken here, once.
            guard let pointer = unsafe context else { return }
            unsafe Unmanaged<Platform.Semaphore>.fromOpaque(pointer).takeRetainedValue().post()
        }
        #expect(code == 0)
        let slot = key
        do {
            let executor = ThreadExecutor(name: "short")
            await withTaskExecutorPreference(executor) { remember(ended, in: slot) }
        }
        await withTaskExecutorPreference(ThreadExecutor(name: "waits")) { block(on: ended) }
        pthread_key_delete(slot)
    }

    @Test func `jobs that were handed over run although the executor is let go`() async {
        let count = Mutex(0)
        for _ in 0..<50 {
            let executor = ThreadExecutor(name: "brief")
            await withTaskExecutorPreference(executor) { count.withLock { $0 += 1 } }
        }
        #expect(count.withLock { $0 } == 50)
    }
}

private actor Worker {
    private let executor = ThreadExecutor(name: "worker")
    private var numbers: [Int] = []
    private var threads: Set<UInt> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    var seen: ([Int], Set<UInt>) { (numbers, threads) }

    func add(_ number: Int) {
        numbers.append(number)
        threads.insert(UInt(pthread_self()))
    }
}

func currentThreadName() -> String? {
    let bytes = try? PosixFileSystem().contents(of: "/proc/thread-self/comm", limit: 64)
    return bytes.map { String(decoding: $0.dropLast(), as: UTF8.self) }
}

private func block(on semaphore: Platform.Semaphore) {
    semaphore.wait()
}

private func remember(_ semaphore: Platform.Semaphore, in key: pthread_key_t) {
    unsafe pthread_setspecific(key, Unmanaged.passRetained(semaphore).toOpaque())
}
