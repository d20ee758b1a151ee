import Glibc
import Platform

@testable import Journal

/// A journal file: its entries are found or not, and what is found lies in the file.
struct JournalFileTarget: FuzzTarget {
    /// A file without a name, and its path.
    private static let descriptor: Int32 = {
        var template = Array("/tmp/tributary-fuzz-XXXXXX".utf8CString)
        // mkstemp writes to the array's own bytes.
        let descriptor = unsafe mkstemp(&template)
        guard descriptor >= 0, unsafe unlink(template) == 0 else { fatalError(systemMessage(errno)) }
        return descriptor
    }()

    func run(_ bytes: [UInt8]) {
        guard ftruncate(Self.descriptor, 0) == 0,
            unsafe pwrite(Self.descriptor, bytes, bytes.count, 0) == bytes.count
        else { fatalError(systemMessage(errno)) }
        let path = "/proc/self/fd/\(Self.descriptor)"
        let fields = UnsafeMutablePointer<JournalFileView.Field>.allocate(capacity: JournalFileView.maximumFieldCount)
        defer { unsafe fields.deallocate() }
        for first in [1, 3, 40] as [UInt64] {
            guard let view = JournalFileView(path: path) else { return }
            for number in first..<first + 3 {
                guard let count = unsafe view.find(number, realtime: Self.realtime, into: fields) else { continue }
                var sum: UInt8 = 0
                for index in 0..<count {
                    let field = unsafe UnsafeBufferPointer(start: fields[index].data, count: fields[index].byteCount)
                    let fieldCount = field.count
                    require(fieldCount > 0 && fieldCount < bytes.count, "a field is not in the file")
                    for place in 0..<fieldCount { sum ^= unsafe field[place] }
                }
                // Every byte that was lent could be read.
                _ = sum
            }
        }
    }

    private static let realtime: UInt64 = 1_700_000_000_000_000

    /// A plain and a compact file of four entries with the same two fields, in two arrays.
    var seeds: [[UInt8]] { [Self.file(isCompact: false), Self.file(isCompact: true)] }

    private static func file(isCompact: Bool) -> [UInt8] {
        var file = [UInt8](repeating: 0, count: 256)
        file.replaceSubrange(0..<8, with: Array("LPKSHHRH".utf8))
        file[12] = isCompact ? 16 : 0
        file[88] = 0
        let data = ["MESSAGE=m", "PRIORITY=6"].map { text in
            let content = Array(text.utf8)
            return append(1, [UInt8](repeating: 0, count: isCompact ? 56 : 48) + content, to: &file)
        }
        let entries = (1...4).map { number in
            var body = littleEndian(UInt64(number)) + littleEndian(realtime) + [UInt8](repeating: 0, count: 32)
            for offset in data {
                body += isCompact ? littleEndian(UInt32(offset)) : littleEndian(offset) + littleEndian(UInt64(0))
            }
            return append(3, body, to: &file)
        }
        let item = { (offset: UInt64) in isCompact ? littleEndian(UInt32(offset)) : littleEndian(offset) }
        let next = UInt64((file.count + 24 + 2 * item(0).count + 7) & ~7)
        let first = append(6, littleEndian(next) + entries[..<2].flatMap(item), to: &file)
        _ = append(6, littleEndian(UInt64(0)) + entries[2...].flatMap(item), to: &file)
        file.replaceSubrange(176..<184, with: littleEndian(first))
        return file
    }

    /// Appends an object.
    ///
    /// - Returns: its offset.
    private static func append(_ type: UInt8, _ body: [UInt8], to file: inout [UInt8]) -> UInt64 {
        while file.count % 8 > 0 { file.append(0) }
        let offset = UInt64(file.count)
        file += [type] + [UInt8](repeating: 0, count: 7) + littleEndian(UInt64(16 + body.count)) + body
        return offset
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe Array($0) }
    }
}
