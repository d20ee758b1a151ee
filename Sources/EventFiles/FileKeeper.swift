internal import Logging
internal import Pipeline
internal import Platform
internal import Synchronization

/// What is done to files beside writing them, on a thread of its own: synchronizing, compressing, removing. The sink
/// never waits for it.
final class FileKeeper: Sendable {
    private struct State {
        var request: EventFileWriter.SyncPoint?
        var isSynchronizing = false
        var completed: EventFileWriter.SyncPoint?
        var failure: FileError?
        /// Files with smaller numbers may be compressed and removed.
        var firstNumber: UInt64 = 0
        var isEnding = false
    }

    /// Files that cannot be compressed or removed.
    private struct Troubles {
        /// Left alone until the next rotation.
        var files: Set<String> = []
        /// Told to the operator.
        var told: Set<String> = []
    }

    private let plan: EventFilePlan
    private let compression: RotationSettings.Compression
    private let retention: RetentionPolicy
    private let fileSystem: any FileSystem
    private let now: @Sendable () -> Int64
    private let logger: Logger
    private let state = Mutex(State())
    /// Longest wait before the age of files is looked at again, as the clock may be set.
    private static let longestNap: Int64 = 3_600_000_000
    /// Grows with everything there is to do.
    private let work = Watermark<UInt64>(0)
    /// Grows with everything that is done; the sink looks then.
    let progress: Watermark<UInt64>

    init(
        plan: EventFilePlan, rotation: RotationSettings, fileSystem: any FileSystem, progress: Watermark<UInt64>,
        now: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        self.plan = plan
        compression = rotation.compression
        retention = RetentionPolicy(rotation)
        self.fileSystem = fileSystem
        self.progress = progress
        self.now = now
        self.logger = logger
    }

    /// Whether a point is being synchronized.
    var isBusy: Bool { state.withLock { $0.isSynchronizing || $0.request != nil || $0.completed != nil } }

    /// Asks for a point to become durable; a later one replaces one that has not begun.
    func synchronize(_ point: EventFileWriter.SyncPoint) {
        state.withLock { $0.request = point }
        work.advance(to: work.value + 1)
    }

    /// The last point that has become durable since the last call.
    ///
    /// - Throws: why a point could not be synchronized. The system says so once: the next synchronizing of the same
    ///   file succeeds although what was written before is lost.
    func takeCompleted() throws(FileError) -> EventFileWriter.SyncPoint? {
        let (completed, failure) = state.withLock { state in
            defer {
                state.completed = nil
                state.failure = nil
            }
            return (state.completed, state.failure)
        }
        if let failure { throw failure }
        return completed
    }

    /// Forgets what was asked for and what became of it: the sink starts over.
    func forgetPoints() {
        state.withLock { state in
            state.request = nil
            state.completed = nil
            state.failure = nil
        }
    }

    /// Says that files with smaller numbers are finished.
    func release(before number: UInt64) {
        let isNew = state.withLock { state in
            guard number > state.firstNumber else { return false }
            state.firstNumber = number
            return true
        }
        if isNew { work.advance(to: work.value + 1) }
    }

    /// Ends ``run()`` when everything is done.
    func finish() {
        state.withLock { $0.isEnding = true }
        work.advance(to: work.value + 1)
    }

    /// Works until it is cancelled or ``finish()`` was called.
    func run() async throws {
        var seen: UInt64 = 0
        var troubles = Troubles()
        while !Task.isCancelled {
            if let request = takeRequest() {
                complete(request)
                continue
            }
            // What is released after this look is tidied in another turn.
            let isEnding = state.withLock { $0.isEnding }
            let outcome = try tidy(&troubles)
            if outcome.hasMore { continue }
            if isEnding { return }
            try await waitForWork(after: seen, nap: outcome.nap)
            if work.value > seen { troubles.files = [] }
            seen = work.value
        }
    }

    /// Suspends until there is something to do.
    ///
    /// - Parameter nap: microseconds after which a file is too old; `nil` for never.
    private func waitForWork(after seen: UInt64, nap: Int64?) async throws {
        guard let nap else {
            _ = try await work.wait(for: seen + 1)
            return
        }
        let work = work
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await work.wait(for: seen + 1) }
            group.addTask { try await pause(.microseconds(min(max(nap, 1_000_000), Self.longestNap))) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func takeRequest() -> EventFileWriter.SyncPoint? {
        state.withLock { state in
            defer { state.request = nil }
            state.isSynchronizing = state.request != nil
            return state.request
        }
    }

    private func complete(_ request: EventFileWriter.SyncPoint) {
        do throws(FileError) {
            for handle in request.handles { try handle.synchronize() }
            state.withLock { $0.completed = request }
        } catch {
            state.withLock { $0.failure = error }
        }
        state.withLock { $0.isSynchronizing = false }
        progress.advance(to: progress.value + 1)
    }

    /// Compresses one file, or removes what has expired.
    ///
    /// - Returns: whether there may be more to do.
    private func tidy(_ troubles: inout Troubles) throws -> (hasMore: Bool, nap: Int64?) {
        let first = state.withLock { $0.firstNumber }
        do throws(FileError) {
            guard try fileSystem.exists(plan.directory) else { return (false, nil) }
            let files = try closedFiles(before: first, &troubles)
            let open = files.filter { !$0.1.isCompressed && !troubles.files.contains($0.0.name) }
            let isUncompressed = compression == .gzip && !open.isEmpty
            // How much all take is known when all are compressed.
            let expired = retention.expired(files.map(\.0), now: now(), countsBytes: !isUncompressed)
            var gone: Set<String> = []
            for file in expired where !troubles.files.contains(file.name) {
                if attempt(
                    file.name, &troubles,
                    { () throws(FileError) in
                        try fileSystem.remove(plan.directory + "/" + file.name)
                    })
                {
                    gone.insert(file.name)
                }
            }
            let kept = files.map(\.0).filter { !gone.contains($0.name) && !troubles.files.contains($0.name) }
            let nap = retention.remaining(kept, now: now())
            guard isUncompressed,
                let next = open.map(\.0).filter({ !gone.contains($0.name) && !troubles.files.contains($0.name) })
                    .min(by: { $0.number < $1.number })
            else { return (isUncompressed && !gone.isEmpty, nap) }
            var isWhole = false
            _ = attempt(next.name, &troubles) { () throws(FileError) in isWhole = try compress(next.name) }
            return (isWhole || troubles.files.contains(next.name), nap)
        } catch {
            logger.warning(
                "Cannot tidy the rotated files of '\(plan.path)': \(error) (rotate). Trying at the next rotation.")
            return (false, nil)
        }
    }

    /// Does something to one file; when that fails, says so once, and leaves the file alone until the next rotation.
    private func attempt(
        _ name: String, _ troubles: inout Troubles, _ action: () throws(FileError) -> Void
    ) -> Bool {
        do throws(FileError) {
            try action()
            troubles.told.remove(name)
            return true
        } catch {
            troubles.files.insert(name)
            if troubles.told.insert(name).inserted {
                logger.warning(
                    "Cannot tidy the rotated file '\(name)': \(error) (rotate). Trying again at the next rotation.")
            }
            return false
        }
    }

    private func closedFiles(
        before first: UInt64, _ troubles: inout Troubles
    ) throws(FileError) -> [(ClosedFile, RotatedName)] {
        var files: [(ClosedFile, RotatedName)] = []
        let names = Set(try fileSystem.list(plan.directory))
        for name in names {
            let path = plan.directory + "/" + name
            if name.hasSuffix(".gz.partial"), RotatedName(String(name.dropLast(8)), base: plan.base) != nil {
                _ = attempt(name, &troubles) { () throws(FileError) in try fileSystem.remove(path) }
            }
            guard let rotated = RotatedName(name, base: plan.base), rotated.number < first else { continue }
            if !rotated.isCompressed, names.contains(name + ".gz") {
                // Compressed whole, as only that gets the name; a crash came before the original went.
                _ = attempt(name, &troubles) { () throws(FileError) in try fileSystem.remove(path) }
                continue
            }
            guard let status = try fileSystem.status(of: path), !status.isDirectory else { continue }
            let file = ClosedFile(
                name: name, number: rotated.number, byteCount: status.byteCount, closed: rotated.closed)
            files.append((file, rotated))
        }
        return files
    }

    /// Compresses one file: the name ending in `.gz` appears when all of it is durable, then the original goes.
    private func compress(_ name: String) throws(FileError) -> Bool {
        let path = plan.directory + "/" + name
        let partial = path + ".gz.partial"
        let source = try fileSystem.open(path, .read, permissions: 0)
        let destination = try fileSystem.open(partial, .createNew, permissions: plan.mode)
        defer {
            source.close()
            destination.close()
        }
        do throws(FileError) {
            let isWhole = try GzipCompressor.compress(source, to: destination) {
                // A point to synchronize does not wait for a large file: the spool keeps its segments for it.
                if let request = takeRequest() { complete(request) }
                return !Task.isCancelled
            }
            guard isWhole else {
                try fileSystem.remove(partial)
                return false
            }
        } catch {
            // On a full disk the half of it would be in the way of the events.
            try? fileSystem.remove(partial)
            throw error
        }
        if plan.user != nil || plan.group != nil {
            try? fileSystem.setOwner(of: partial, user: plan.user, group: plan.group)
        }
        try fileSystem.rename(partial, to: path + ".gz")
        try fileSystem.synchronizeDirectory(plan.directory)
        try fileSystem.remove(path)
        return true
    }
}
