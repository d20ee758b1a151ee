internal import Glibc

/// A journal file that is looked at beside libsystemd, as <https://systemd.io/JOURNAL_FILE_FORMAT/> describes it.
///
/// For each field of each entry the library finds its object anew: 2.3 of its 2.8 µs per entry of 24 fields. So it only
/// says which entry is next, and where the file has that entry under the same number and time, its fields are taken from
/// here. Whatever is not exactly as the format says, and whatever is compressed, is left to the library.
///
///     header   offset  8  4 bytes  compatible flags
///                     12  4 bytes  incompatible flags: 16 compact, 1, 2 and 8 compressions, 4 keyed hash
///                     16  1 byte   state: 2 archived
///                     72  16 bytes id of the counter of entries
///                    176  8 bytes  offset of the first array of entries
///     object   offset  0  1 byte   type: 1 data, 3 entry, 6 array of entries
///                      1  1 byte   compression of data, 0 for none
///                      8  8 bytes  size, with this head
///     array    offset 16  8 bytes  offset of the next one, 0 for none
///                     24  items    offsets of entries in their order, 8 bytes each, or 4 in a compact file; 0 for none yet
///     entry    offset 16  8 bytes  number
///                     24  8 bytes  microseconds since the epoch
///                     64  items    offset of data and 8 bytes hash, or only 4 bytes of offset in a compact file
///     data     offset 16  8 bytes  hash
///                     64  content `NAME=value`, or at 72 in a compact file
///
/// All numbers are little-endian, all offsets multiples of 8. A file that is cut while it is mapped ends the process, as
/// it does in the library.
@safe final class JournalFileView {
    /// A field of an entry, `NAME=value`, in the mapped file.
    @unsafe struct Field {
        let data: UnsafePointer<UInt8>
        let byteCount: Int
    }

    /// Fields of an entry that are taken here; one with more is left to the library.
    static let maximumFieldCount = 1024
    private static let knownFlags: UInt32 = 31
    private static let compactFlag: UInt32 = 16
    /// Bytes that are mapped beyond what the file has, so that one that grows is seldom mapped anew.
    private static let reserve: UInt64 = 128 << 20
    /// Entries that are stepped over one by one before a farther one is sought.
    private static let stepCount = 16

    /// The counter that the entries' numbers come from.
    let sequence: JournalCursor.ID
    private let descriptor: Int32
    private let isCompact: Bool
    private var memory: UnsafeRawPointer
    private var mappedCount: UInt64
    /// Bytes of the file when it was last asked.
    private var byteCount: UInt64
    /// The array of entries that the walk has come to, its items, and the next one of them.
    private var array: UInt64
    private var itemCount: UInt64 = 0
    private var item: UInt64 = 0

    /// Maps a file; `nil` for one that is none, or of another kind than is known here.
    init?(path: String) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard case .header(let header) = JournalFileHeader.read(path), unsafe fstat(descriptor, &status) == 0,
            status.st_mode & S_IFMT == S_IFREG,
            let memory = unsafe Self.map(descriptor, byteCount: UInt64(status.st_size) + Self.reserve)
        else {
            close(descriptor)
            return nil
        }
        sequence = header.sequence
        self.descriptor = descriptor
        unsafe self.memory = memory
        byteCount = UInt64(status.st_size)
        mappedCount = byteCount + Self.reserve
        // A file with a header has these bytes.
        let flags = unsafe memory.load(fromByteOffset: 12, as: UInt32.self).littleEndian
        isCompact = flags & Self.compactFlag != 0
        array = unsafe memory.load(fromByteOffset: 176, as: UInt64.self).littleEndian
        guard flags & ~Self.knownFlags == 0, let count = arrayItemCount(array) else { return nil }
        itemCount = count
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: memory), Int(mappedCount))
        close(descriptor)
    }

    /// Finds an entry, which is at or behind the one that was found last.
    ///
    /// - Parameters:
    ///   - realtime: microseconds since the epoch.
    ///   - fields: takes its fields, ``maximumFieldCount`` at most. They can be used as long as the file is mapped, and
    ///     until the next call.
    /// - Returns: the number of fields; `nil` where the file has no such entry, or none that can be taken here.
    func find(_ number: UInt64, realtime: UInt64, into fields: UnsafeMutablePointer<Field>) -> Int? {
        var steps = 0
        while let entry = currentEntry(), let found = self.number(of: entry), found <= number {
            if found == number {
                item += 1
                guard let time = word(entry + 24), time == realtime else { return nil }
                return unsafe takeFields(of: entry, into: fields)
            }
            item += 1
            steps += 1
            if steps == Self.stepCount { seek(number) }
        }
        return nil
    }

    /// The offset of the entry that the walk stands on; `nil` at the end.
    private func currentEntry() -> UInt64? {
        while item >= itemCount {
            guard let next = word(array + 16), next > array, let count = arrayItemCount(next) else { return nil }
            (array, itemCount, item) = (next, count, 0)
        }
        return entry(at: item)
    }

    /// An item of the current array; `nil` for none yet.
    @inline(__always)
    private func entry(at item: UInt64) -> UInt64? {
        // The array is in the file with all of its items.
        let offset = isCompact ? UInt64(half(array + 24 + item * 4)) : word(array + 24 + item * 8) ?? 0
        return offset == 0 ? nil : offset
    }

    /// Goes on to the first entry that is not below a number, or to the end.
    private func seek(_ number: UInt64) {
        // Each array is farther back than the one before, so this ends.
        while itemCount > 0, let last = entry(at: itemCount - 1), let lastNumber = self.number(of: last),
            lastNumber < number, let next = word(array + 16), next > array, let count = arrayItemCount(next)
        {
            (array, itemCount, item) = (next, count, 0)
        }
        var end = itemCount
        while item < end {
            let middle = item + (end - item) / 2
            if let entry = entry(at: middle), let found = self.number(of: entry), found < number {
                item = middle + 1
            } else {
                end = middle
            }
        }
    }

    @inline(__always)
    private func number(of entry: UInt64) -> UInt64? {
        guard objectByteCount(at: entry, type: 3, least: 64) != nil else { return nil }
        return word(entry + 16)
    }

    /// Items of the array at an offset; `nil` where there is none.
    private func arrayItemCount(_ offset: UInt64) -> UInt64? {
        guard let byteCount = objectByteCount(at: offset, type: 6, least: 24) else { return nil }
        return (byteCount - 24) / (isCompact ? 4 : 8)
    }

    private func takeFields(of entry: UInt64, into fields: UnsafeMutablePointer<Field>) -> Int? {
        guard let byteCount = objectByteCount(at: entry, type: 3, least: 64) else { return nil }
        let itemByteCount: UInt64 = isCompact ? 4 : 16
        let contentOffset: UInt64 = isCompact ? 72 : 64
        let count = (byteCount - 64) / itemByteCount
        guard count > 0, count <= Self.maximumFieldCount else { return nil }
        let start = unsafe memory
        for index in 0..<count {
            let item = entry + 64 + index * itemByteCount
            // The entry is in the file with all of its items.
            let data = isCompact ? UInt64(half(item)) : word(item) ?? 0
            guard let byteCount = objectByteCount(at: data, type: 1, least: contentOffset + 1),
                isCompact || word(item + 8) == word(data + 16)
            else { return nil }
            // The object is in the file as a whole, and the list has room for `maximumFieldCount`.
            unsafe fields[Int(index)] = Field(
                data: memory.advanced(by: Int(data + contentOffset)).assumingMemoryBound(to: UInt8.self),
                byteCount: Int(byteCount - contentOffset))
        }
        // Fields of a mapping that was replaced on the way are gone.
        return unsafe start == memory ? Int(count) : nil
    }

    /// The size of the object at an offset; `nil` where no whole, uncompressed one of this type stands.
    @inline(__always)
    private func objectByteCount(at offset: UInt64, type: UInt8, least: UInt64) -> UInt64? {
        guard offset & 7 == 0, offset >= UInt64(JournalFileHeader.byteCount), hasBytes(to: offset, plus: least) else {
            return nil
        }
        // `least` is 24 bytes or more.
        let head = unsafe memory.load(fromByteOffset: Int(offset), as: UInt16.self).littleEndian
        let byteCount = unsafe memory.load(fromByteOffset: Int(offset) + 8, as: UInt64.self).littleEndian
        // The type, and no compression.
        guard head == UInt16(type), byteCount >= least, hasBytes(to: offset, plus: byteCount) else { return nil }
        return byteCount
    }

    /// The number at an offset that is a multiple of eight; `nil` behind the end.
    @inline(__always)
    private func word(_ offset: UInt64) -> UInt64? {
        guard hasBytes(to: offset, plus: 8) else { return nil }
        return unsafe memory.load(fromByteOffset: Int(offset), as: UInt64.self).littleEndian
    }

    /// The number at an offset that is a multiple of four; zero behind the end.
    @inline(__always)
    private func half(_ offset: UInt64) -> UInt32 {
        guard hasBytes(to: offset, plus: 4) else { return 0 }
        return unsafe memory.load(fromByteOffset: Int(offset), as: UInt32.self).littleEndian
    }

    /// Whether the file has this many bytes from an offset on, and they are mapped.
    @inline(__always)
    private func hasBytes(to offset: UInt64, plus count: UInt64) -> Bool {
        (offset <= byteCount && count <= byteCount - offset) || hasGrown(to: offset, plus: count)
    }

    /// Looks whether the file has grown; maps it anew where that is needed.
    @inline(never)
    private func hasGrown(to offset: UInt64, plus count: UInt64) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, UInt64(status.st_size) > byteCount else { return false }
        let size = UInt64(status.st_size)
        if size > mappedCount {
            guard let memory = unsafe Self.map(descriptor, byteCount: size + Self.reserve) else { return false }
            unsafe munmap(UnsafeMutableRawPointer(mutating: self.memory), Int(mappedCount))
            unsafe self.memory = memory
            mappedCount = size + Self.reserve
        }
        byteCount = size
        return offset <= byteCount && count <= byteCount - offset
    }

    private static func map(_ descriptor: Int32, byteCount: UInt64) -> UnsafeRawPointer? {
        let memory = unsafe mmap(nil, Int(byteCount), PROT_READ, MAP_SHARED, descriptor, 0)
        return unsafe memory == MAP_FAILED ? nil : UnsafeRawPointer(memory)
    }
}
