internal import Platform

/// Reads a file in blocks, and inflates it where it is compressed with gzip, which its first bytes tell.
struct BlockReader {
    /// Why a file's end was not reached.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case file(FileError)
        case compression(GzipInflater.Problem, name: String)

        var description: String {
            switch self {
            case .file(let error): "\(error)"
            case .compression(.damaged, let name): "cannot inflate all of '\(name)': it is damaged"
            case .compression(.truncated, let name): "cannot inflate all of '\(name)': its end is missing"
            case .compression(.noMemory, let name): "cannot inflate '\(name)': there is no memory for it"
            }
        }
    }

    /// Bytes read from a compressed file at a time.
    private static let inputByteCount = 128 << 10

    private let source: ByteInput
    private var inflater: GzipInflater?
    private var input: [UInt8] = []
    private var inputStart = 0
    private var inputEnd = 0
    private var hasBegun = false

    /// Bytes read from the file so far.
    private(set) var readByteCount = 0

    init(_ source: ByteInput) {
        self.source = source
    }

    /// Fills `block` from its beginning.
    ///
    /// - Parameter block: of 64 KiB or more.
    /// - Returns: number of bytes, at least one before the end; 0 at the end.
    mutating func next(into block: inout [UInt8]) throws(Problem) -> Int {
        do throws(FileError) {
            if !hasBegun {
                hasBegun = true
                let count = try begin(with: &block)
                if inflater == nil { return count }
            } else if inflater == nil {
                return try read(into: &block)
            }
        } catch { throw .file(error) }
        return try inflateNext(into: &block)
    }

    /// Reads the first bytes into `block`, and moves them where they are compressed.
    private mutating func begin(with block: inout [UInt8]) throws(FileError) -> Int {
        var count = 0
        while count < 2 {
            let more = try read(into: &block, from: count)
            if more == 0 { break }
            count += more
        }
        guard count >= 2, block[0] == 0x1F, block[1] == 0x8B, let found = try? GzipInflater() else { return count }
        inflater = found
        input = Array(block[..<count])
        inputEnd = count
        if input.count < Self.inputByteCount {
            input += [UInt8](repeating: 0, count: Self.inputByteCount - input.count)
        }
        return count
    }

    private mutating func inflateNext(into block: inout [UInt8]) throws(Problem) -> Int {
        guard let inflater else { return 0 }
        while true {
            if inputStart < inputEnd {
                let produced: Int
                do throws(GzipInflater.Problem) {
                    produced = try inflater.inflate(&input, from: &inputStart, to: inputEnd, into: &block)
                } catch { throw .compression(error, name: source.name) }
                if produced > 0 { return produced }
            }
            do throws(FileError) { inputEnd = try source.read(into: &input) } catch { throw .file(error) }
            readByteCount += inputEnd
            inputStart = 0
            guard inputEnd > 0 else {
                if inflater.isInMember { throw .compression(.truncated, name: source.name) }
                return 0
            }
        }
    }

    private mutating func read(into buffer: inout [UInt8], from start: Int = 0) throws(FileError) -> Int {
        let count = try source.read(into: &buffer, from: start)
        readByteCount += count
        return count
    }
}
