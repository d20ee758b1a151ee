package import Pipeline
internal import Synchronization

/// A quarantine that remembers what it is given.
package final class RecordingQuarantine: RecordQuarantine {
    private let kept = Mutex([QuarantinedRecord]())
    private let isFull: Bool

    /// - Parameter isFull: whether nothing can be kept.
    package init(isFull: Bool = false) {
        self.isFull = isFull
    }

    /// All records, in order.
    package var records: [QuarantinedRecord] { kept.withLock { $0 } }

    package func keep(_ records: [QuarantinedRecord]) -> UInt64? {
        kept.withLock { kept in
            defer { kept += records }
            return isFull || records.isEmpty ? nil : UInt64(kept.count) + 1
        }
    }
}
