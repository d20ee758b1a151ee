package import EventText
internal import Platform
internal import Synchronization

/// Searches files of events, and writes what is wanted in the order of the files.
///
/// Several files are looked through at a time, each by a thread. One that is ahead waits with a few blocks of results
/// until those before it are through, so that memory does not depend on how much is found.
package struct EventSearch: Sendable {
    /// What there is to say when all is done.
    package struct Report: Sendable {
        /// Lines that are none of ours.
        package var foreignCount = 0
        /// Files whose end was not reached, and why.
        package var problems: [any Error & Sendable] = []

        fileprivate mutating func add(_ file: FileSearcher.Report) {
            foreignCount += file.foreignCount
            if let problem = file.problem { problems.append(problem) }
        }
    }

    /// Most threads; more gain little, and take processors from the services of the machine.
    private static let maximumThreadCount = 4

    private let files: EventFileSet
    private let searcher: FileSearcher
    /// Bytes that were read of the files so far, as they lie on disk.
    private let progress = SearchProgress()

    package init(_ files: EventFileSet, _ sieve: LineSieve, _ writer: ResultWriter) {
        self.files = files
        searcher = FileSearcher(sieve, writer)
    }

    /// How much of the files was read; may be asked by any thread.
    package var readByteCount: Int { progress.byteCount }

    /// Searches all files.
    ///
    /// - Parameter write: takes whole lines; on `false` nothing more is wanted.
    package func run(_ write: ([UInt8]) -> Bool) -> Report {
        let queue = SearchQueue(fileCount: files.files.count)
        for number in 0..<min(files.files.count, processorCount(), Self.maximumThreadCount) {
            startThread(name: "search \(number)") { [files, searcher, progress] in
                var searcher = searcher
                while let index = queue.takeFile() {
                    let report = searcher.search(files.files[index]) { results, byteCount in
                        progress.add(byteCount)
                        return queue.add(&results, of: index)
                    }
                    queue.end(index, report)
                }
            }
        }
        var report = Report()
        for index in files.files.indices {
            report.add(
                queue.takeResults(of: index) { results in
                    if !write(results) { queue.stop() }
                })
        }
        return report
    }

    /// Searches from the last file back for the last events, `limit` at most, and writes them in the order of the files.
    package func runFromEnd(limit: Int, _ write: ([UInt8]) -> Bool) -> Report {
        var report = Report()
        var searcher = searcher
        var found: [[UInt8]] = []
        var missing = limit
        for file in files.files.reversed() {
            var last = LastLines(limit: missing)
            report.add(
                searcher.search(file) { results, byteCount in
                    progress.add(byteCount)
                    last.append(results)
                    results.removeAll(keepingCapacity: true)
                    return true
                })
            missing -= last.trim()
            found.append(last.bytes)
            if missing == 0 { break }
        }
        for lines in found.reversed() where !lines.isEmpty {
            if !write(lines) { break }
        }
        return report
    }
}

/// Counts bytes read, over threads.
private final class SearchProgress: Sendable {
    private let count = Atomic(0)

    var byteCount: Int { count.load(ordering: .relaxed) }

    func add(_ byteCount: Int) {
        count.add(byteCount, ordering: .relaxed)
    }
}

/// What threads that search and the one that writes hand to each other.
private final class SearchQueue: Sendable {
    /// What was found in a file and not written yet.
    private final class Slot: Sendable {
        /// Blocks of results that may wait.
        static let roomCount = 4

        let blocks = Mutex<[[UInt8]]>([])
        let report = Mutex<FileSearcher.Report?>(nil)
        /// Counts blocks, and the file's end.
        let filled = Semaphore()
        let room = Semaphore()

        init() {
            for _ in 0..<Self.roomCount { room.post() }
        }
    }

    /// Files that may be looked through and not written yet.
    private static let aheadCount = 16

    private let slots: [Slot]
    private let nextFile = Atomic(0)
    private let isStopped = Atomic(false)
    /// Counts files that may be begun.
    private let ahead = Semaphore()

    init(fileCount: Int) {
        slots = (0..<fileCount).map { _ in Slot() }
        for _ in 0..<Self.aheadCount { ahead.post() }
    }

    /// The next file to look through; `nil` when all are taken.
    func takeFile() -> Int? {
        ahead.wait()
        let index = nextFile.add(1, ordering: .relaxed).oldValue
        guard index < slots.count else {
            // For the next thread that asks.
            ahead.post()
            return nil
        }
        return index
    }

    /// Takes results of a file, waits for room, and leaves `results` empty.
    ///
    /// - Returns: whether more is wanted.
    func add(_ results: inout [UInt8], of index: Int) -> Bool {
        guard !isStopped.load(ordering: .relaxed) else { return false }
        guard !results.isEmpty else { return true }
        slots[index].room.wait()
        slots[index].blocks.withLock { $0.append(results) }
        results = []
        slots[index].filled.post()
        return true
    }

    /// Says that a file is through.
    func end(_ index: Int, _ report: FileSearcher.Report) {
        slots[index].report.withLock { $0 = report }
        slots[index].filled.post()
    }

    /// Calls `body` with all results of a file in their order, as they come.
    func takeResults(of index: Int, _ body: ([UInt8]) -> Void) -> FileSearcher.Report {
        let slot = slots[index]
        while true {
            slot.filled.wait()
            let block = slot.blocks.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let block {
                body(block)
                slot.room.post()
            } else if let report = slot.report.withLock({ $0 }) {
                ahead.post()
                return report
            }
        }
    }

    /// Nothing more is wanted: searches end soon.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
    }
}
