internal import Glibc

/// The head of a journal file, as <https://systemd.io/JOURNAL_FILE_FORMAT/> has it.
///
///     offset  0  8 bytes   signature `LPKSHHRH`
///     offset 16  1 byte    state: 2 archived
///     offset 56  16 bytes  boot of the last entry
///     offset 72  16 bytes  id of the counter of entries
///     offset 152 8 bytes   number of entries, little-endian
///     offset 160 8 bytes   number of the last entry
///     offset 168 8 bytes   number of the first entry
///     offset 184 8 bytes   time of the first entry, microseconds since the epoch
///     offset 192 8 bytes   time of the last entry
///
/// It is read with a call and never mapped, so that a file that shrinks can do no harm.
struct JournalFileHeader: Equatable, Sendable {
    static let byteCount = 200

    /// Whether it gets no more entries.
    var isArchived = false
    var sequence = JournalCursor.ID()
    var boot = JournalCursor.ID()
    var entryCount: UInt64 = 0
    var tailNumber: UInt64 = 0
    var headNumber: UInt64 = 0
    var headRealtime: UInt64 = 0
    var tailRealtime: UInt64 = 0

    /// What a file turned out to be.
    enum Finding: Equatable, Sendable {
        case header(JournalFileHeader)
        /// It has no bytes yet.
        case empty
        /// It is no journal file.
        case foreign
        /// It is gone, or not ours to read.
        case unreachable
    }

    init?(parsing bytes: [UInt8]) {
        guard bytes.count >= Self.byteCount, Array(bytes[0..<8]) == Array("LPKSHHRH".utf8) else { return nil }
        func number(_ offset: Int) -> UInt64 {
            bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        isArchived = bytes[16] == 2
        boot = JournalCursor.ID(high: number(56).byteSwapped, low: number(64).byteSwapped)
        sequence = JournalCursor.ID(high: number(72).byteSwapped, low: number(80).byteSwapped)
        entryCount = number(152)
        tailNumber = number(160)
        headNumber = number(168)
        headRealtime = number(184)
        tailRealtime = number(192)
    }

    /// Whether a file with this header and path may get more entries.
    func mayGrow(_ path: String) -> Bool { !isArchived && !path.hasSuffix("~") }

    /// Looks at a file.
    static func read(_ path: String) -> Finding {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .unreachable }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        // The array has `byteCount` bytes.
        let result = unsafe pread(descriptor, &bytes, byteCount, 0)
        guard result > 0 else { return result == 0 ? .empty : .unreachable }
        return JournalFileHeader(parsing: Array(bytes[..<result])).map(Finding.header) ?? .foreign
    }
}
