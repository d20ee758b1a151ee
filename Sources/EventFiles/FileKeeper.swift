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

    private let plan: EventFilePlan
    private let compression: RotationSettings.Compression
    private let retention: RetentionPolicy
    private let fileSystem: any FileSystem
    private let now: @Sendable () -> Int64
    private let logger: Logger
    private let state = Mutex(State())
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
        while !Task.isCancelled {
            if let request = takeRequest() {
                complete(request)
                continue
            }
            if try tidy() { continue }
            if state.withLock({ $0.isEnding }) { return }
            _ = try await work.wait(for: seen + 1)
            seen = work.value
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
    private func tidy() throws -> Bool {
        let first = state.withLock { $0.firstNumber }
        do throws(FileError) {
            guard try fileSystem.exists(plan.directory) else { return false }
            let files = try closedFiles(before: first)
            let isUncompressed = compression == .gzip && files.contains { !$0.1.isCompressed }
            // How much all take is known when all are compressed.
            let expired = retention.expired(files.map(\.0), now: now(), countsBytes: !isUncompressed)
            for file in expired { try fileSystem.remove(plan.directory + "/" + file.name) }
            let names = Set(expired.map(\.name))
            guard isUncompressed,
                let next = files.filter({ !$0.1.isCompressed && !names.contains($0.0.name) })
                    .min(by: { $0.0.number < $1.0.number })
            else { return isUncompressed && !expired.isEmpty }
            return try compress(next.0.name)
        } catch {
            logger.warning(
                "Cannot tidy the rotated files of '\(plan.path)': \(error) (rotate). Trying at the next rotation.")
            return false
        }
    }

    private func closedFiles(before first: UInt64) throws(FileError) -> [(ClosedFile, RotatedName)] {
        var files: [(ClosedFile, RotatedName)] = []
        let names = Set(try fileSystem.list(plan.directory))
        for name in names {
            let path = plan.directory + "/" + name
            if name.hasSuffix(".gz.partial"), RotatedName(String(name.dropLast(8)), base: plan.base) != nil {
                try fileSystem.remove(path)
            }
            guard let rotated = RotatedName(name, base: plan.base), rotated.number < first else { continue }
            if !rotated.isCompressed, names.contains(name + ".gz") {
                // Compressed whole, as only that gets the name; a crash came before the original went.
                try fileSystem.remove(path)
                continue
            }
            guard let status = try fileSystem.status(of: path) else { continue }
            let file = ClosedFile(
                name: name, number: rotated.number, byteCount: status.byteCount, modified: status.modified)
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
