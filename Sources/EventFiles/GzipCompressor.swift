internal import CZlib
internal import EventModel
internal import Platform

/// Compresses files with zlib, in RFC 1952's form.
enum GzipCompressor {
    private static let chunkByteCount = 128 << 10

    /// Writes the compressed content of `source` to `destination` and makes it durable.
    ///
    /// - Parameter mayGoOn: asked between chunks; on `false` it stops early.
    /// - Returns: whether all was written.
    static func compress(
        _ source: any OpenFile, to destination: any OpenFile, mayGoOn: () -> Bool
    ) throws(FileError) -> Bool {
        var stream = unsafe z_stream()
        // 15 + 16: the largest window, with a gzip header. Memory level 8: 256 KiB in all.
        let code = unsafe deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw FileError("compress", "a rotated file", code: 12) }
        defer { unsafe deflateEnd(&stream) }
        var input: [UInt8] = []
        var output = [UInt8](repeating: 0, count: chunkByteCount)
        var offset = 0
        var written = 0
        while true {
            guard mayGoOn() else { return false }
            input.removeAll(keepingCapacity: true)
            let count = try source.read(at: offset, count: chunkByteCount, appendingTo: &input)
            offset += count
            let flush = count < chunkByteCount ? Z_FINISH : Z_NO_FLUSH
            var used = 0
            repeat {
                let produced = unsafe deflate(&input, &used, &output, &stream, flush)
                if produced > 0 { try destination.write(output.span.extracting(0..<produced), at: written) }
                written += produced
                if produced < chunkByteCount { break }
            } while true
            if flush == Z_FINISH { break }
        }
        try destination.synchronize()
        return true
    }

    /// Runs the stream once over what is left of `input` and fills `output` from its beginning.
    ///
    /// - Returns: number of bytes produced.
    private static func deflate(
        _ input: inout [UInt8], _ used: inout Int, _ output: inout [UInt8], _ stream: inout z_stream, _ flush: Int32
    ) -> Int {
        let inputCount = input.count - used
        let capacity = output.count
        return unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                // zlib reads at most avail_in and writes at most avail_out bytes; both buffers outlive the call.
                unsafe stream.next_in = input.baseAddress.map { unsafe $0 + used }
                unsafe stream.avail_in = UInt32(inputCount)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(capacity)
                _ = unsafe CZlib.deflate(&stream, flush)
                unsafe used += inputCount - Int(stream.avail_in)
                return unsafe capacity - Int(stream.avail_out)
            }
        }
    }
}
