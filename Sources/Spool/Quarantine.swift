internal import EventModel
package import Logging
package import Pipeline
package import Platform
internal import Synchronization

/// Keeps the records that could not be decoded or delivered, with the reason, in a bounded directory.
///
/// At most 64 MiB; the oldest go first, and are counted. Read with ``QuarantineReader``, also while this writes.
package final class Quarantine: RecordQuarantine {
    private struct State {
        var log: QuarantineLog
        /// Records that could not be kept since the last one that could.
        var lostCount = 0
    }

    private let state: Mutex<State>
    private let directory: String
    private let fileSystem: any FileSystem
    private let logger: Logger
    private let onKeep: @Sendable ([QuarantinedRecord]) -> Void

    /// - Parameters:
    ///   - directory: the spool's.
    ///   - maximumFileByteCount: size of each of its eight files.
    ///   - onKeep: told of all records that were set aside, also of those that could not be kept.
    package init(
        directory: String, fileSystem: any FileSystem = PosixFileSystem(), maximumFileByteCount: Int = 8 << 20,
        logger: Logger, onKeep: @escaping @Sendable ([QuarantinedRecord]) -> Void = { _ in }
    ) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.logger = logger
        self.onKeep = onKeep
        state = Mutex(
            State(
                log: QuarantineLog(
                    directory: directory, fileSystem: fileSystem, maximumFileByteCount: maximumFileByteCount)))
    }

    @discardableResult
    package func keep(_ records: [QuarantinedRecord]) -> UInt64? {
        guard !records.isEmpty else { return nil }
        defer { onKeep(records) }
        return state.withLock { state in
            do throws(FileError) {
                let first = try state.log.append(records, time: Timestamp(microseconds: LocalTime.now()))
                if state.lostCount > 0 {
                    logger.notice("The quarantine is written again; \(state.lostCount) records are not in it.")
                    state.lostCount = 0
                }
                if state.log.newlyDropped > 0 {
                    logger.warning(
                        "The quarantine is full: its oldest \(state.log.newlyDropped) records went, so far \(state.log.dropped)."
                    )
                }
                return first
            } catch {
                if state.lostCount == 0 {
                    logger.error(
                        """
                        Records that are set aside cannot be kept in '\(state.log.directory)': \(error) \
                        (spool.directory). They are counted only. Make room on the disk.
                        """)
                }
                state.lostCount += records.count
                return nil
            }
        }
    }

    /// Keeps the bytes of a stretch of the spool that does not verify.
    ///
    /// - Parameters:
    ///   - events: how many were in it, as far as that is known.
    ///   - sink: the one that was to deliver them.
    package func keep(_ damage: SpoolDamage, events: UInt64, sink: String) {
        let path = directory + "/" + SegmentFormat.name(of: damage.segment)
        let count = Int(damage.end) - Int(damage.offset)
        var bytes: [UInt8] = []
        if let file = try? fileSystem.open(path, .read, permissions: 0) {
            defer { file.close() }
            _ = try? file.read(
                at: Int(damage.offset), count: min(count, QuarantinedRecord.maximumByteCount), appendingTo: &bytes)
        }
        let whole = count > bytes.count && !bytes.isEmpty ? " (the first \(bytes.count) of \(count) bytes)" : ""
        keep([
            QuarantinedRecord(
                part: .sink(sink), cause: .damaged,
                reason: SpoolIncident.damaged(damage, events: events).description + whole,
                content: bytes.isEmpty ? .nothing : .bytes(bytes))
        ])
    }
}
