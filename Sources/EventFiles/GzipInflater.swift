internal import CZlib

/// Reads the form of RFC 1952, several members after each other included, with zlib.
///
/// zlib's stream knows its own address, so it has one that does not change.
@safe final class GzipInflater {
    /// Why bytes are no compressed file.
    enum Problem: Error, Equatable {
        /// They are not as RFC 1952 has them, or their checksum differs.
        case damaged
        /// They end inside a member.
        case truncated
        /// zlib has no memory.
        case noMemory
    }

    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether a member has begun and has not ended.
    private(set) var isInMember = false

    init() throws(Problem) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 + 16: the largest window, and only with a gzip header.
        let code = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw .noMemory }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates bytes of `input` from `used` on, which moves past them, to `output` from its beginning.
    ///
    /// - Parameter end: where the bytes end in `input`.
    /// - Returns: number of bytes produced; 0 when all of the input is used.
    func inflate(_ input: inout [UInt8], from used: inout Int, to end: Int, into output: inout [UInt8]) throws(Problem)
        -> Int
    {
        let capacity = output.count
        var produced = 0
        while produced < capacity, used < end {
            if !isInMember {
                guard try begin(input, from: &used, to: end) else { return produced }
            }
            let start = used
            let code = unsafe input.withUnsafeMutableBufferPointer { input in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    // zlib reads at most avail_in and writes at most avail_out bytes; both buffers outlive the call.
                    unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + start }
                    unsafe stream.pointee.avail_in = UInt32(end - start)
                    unsafe stream.pointee.next_out = output.baseAddress.map { unsafe $0 + produced }
                    unsafe stream.pointee.avail_out = UInt32(capacity - produced)
                    return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                }
            }
            unsafe used = end - Int(stream.pointee.avail_in)
            unsafe produced = capacity - Int(stream.pointee.avail_out)
            switch code {
            case Z_OK: break
            case Z_STREAM_END: isInMember = false
            case Z_MEM_ERROR: throw .noMemory
            default:
                // What came before the damage counts; the next call meets the damage again.
                guard produced > 0 else { throw .damaged }
                return produced
            }
        }
        return produced
    }

    /// Begins the next member; `false` where only zeros follow, with which some systems pad files.
    private func begin(_ input: [UInt8], from used: inout Int, to end: Int) throws(Problem) -> Bool {
        while used < end, input[used] == 0 { used += 1 }
        guard used < end else { return false }
        unsafe inflateReset(stream)
        isInMember = true
        return true
    }
}
