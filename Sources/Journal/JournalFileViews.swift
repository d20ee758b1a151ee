/// The files of an open journal, for the fields of entries of which the number is known (``JournalFileView``).
@safe struct JournalFileViews: ~Copyable {
    /// A file that is looked at.
    private struct Open {
        let view: JournalFileView
        /// The number of its last entry, where it gets no more.
        let end: UInt64
    }

    /// Entries that are not looked for after one that no file had.
    private static let pauseCount = 64

    private let sequence: JournalCursor.ID
    /// Files that are not yet mapped, by the number of their first entry: the least last.
    private var pending: [(path: String, header: JournalFileHeader)]
    private var open: [Open] = []
    /// The file that had the last entry.
    private var current = 0
    private var pause = 0
    private let fields: UnsafeMutablePointer<JournalFileView.Field>

    /// - Parameters:
    ///   - paths: the files that the library reads.
    ///   - last: the entry after which reading goes on.
    init(_ paths: some Sequence<String>, after last: JournalCursor) {
        sequence = last.sequence
        pending = paths.compactMap { path -> (path: String, header: JournalFileHeader)? in
            guard case .header(let header) = JournalFileHeader.read(path), header.sequence == last.sequence,
                !header.isArchived || header.tailNumber > last.sequenceNumber
            else { return nil }
            return (path, header)
        }
        pending.sort { $0.header.headNumber > $1.header.headNumber }
        unsafe fields = .allocate(capacity: JournalFileView.maximumFieldCount)
    }

    deinit {
        unsafe fields.deallocate()
    }

    /// Lends each field of an entry to `body`.
    ///
    /// - Parameter realtime: microseconds since the epoch.
    /// - Returns: `false` where no file has that entry, or none that can be taken from it; nothing was lent then.
    @inline(__always)
    mutating func forEachField(
        of number: UInt64, _ sequence: JournalCursor.ID, realtime: UInt64, _ body: (UnsafePointer<UInt8>, Int) -> Void
    ) -> Bool {
        guard let count = find(number, sequence, realtime: realtime) else { return false }
        for index in 0..<count {
            // The list has `count` fields, which live until the next entry is looked for.
            let field = unsafe fields[index]
            unsafe body(field.data, field.byteCount)
        }
        return true
    }

    private mutating func find(_ number: UInt64, _ sequence: JournalCursor.ID, realtime: UInt64) -> Int? {
        guard pause == 0 else {
            pause -= 1
            return nil
        }
        guard sequence == self.sequence else { return nil }
        if current < open.count, let count = unsafe open[current].view.find(number, realtime: realtime, into: fields) {
            return count
        }
        return findElsewhere(number, realtime: realtime)
    }

    @inline(never)
    private mutating func findElsewhere(_ number: UInt64, realtime: UInt64) -> Int? {
        open.removeAll { $0.end < number }
        while let (path, header) = pending.last, header.headNumber <= number {
            pending.removeLast()
            guard let view = JournalFileView(path: path), view.sequence == sequence else { continue }
            open.append(Open(view: view, end: header.isArchived ? header.tailNumber : .max))
        }
        for index in open.indices {
            if let count = unsafe open[index].view.find(number, realtime: realtime, into: fields) {
                current = index
                return count
            }
        }
        current = 0
        pause = Self.pauseCount
        return nil
    }
}
