internal import EventModel
internal import Glibc

/// Cuts what a reader writes into frames, in memory that is used again.
@safe final class FrameAssembler {
    private var buffer: UnsafeMutableRawPointer
    private var capacity: Int
    private var start = 0
    private var end = 0

    init() {
        capacity = 1 << 20
        unsafe buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        unsafe buffer.deallocate()
    }

    /// Takes what a descriptor has now.
    ///
    /// - Returns: what read(2) answered.
    func fill(from descriptor: Int32) -> Int {
        if start > 0 {
            // Both ranges are inside the buffer, and memmove takes overlapping ones.
            unsafe _ = memmove(buffer, buffer + start, end - start)
            end -= start
            start = 0
        }
        if end == capacity { grow() }
        // `end` is below `capacity`.
        let count = unsafe read(descriptor, buffer + end, capacity - end)
        if count > 0 { end += count }
        return count
    }

    /// Forgets what it holds.
    func removeAll() {
        start = 0
        end = 0
    }

    /// Lends the next whole frame: its type and content.
    ///
    /// - Returns: `nil` when there is none yet.
    func next<Result>(_ body: (UInt8, Span<UInt8>) throws(WireError) -> Result) throws(WireError) -> Result? {
        guard end - start >= 4 else { return nil }
        // Four bytes are there.
        let byteCount = unsafe Int(UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
        guard byteCount >= 1, byteCount <= Wire.maximumFrameByteCount else {
            throw .tooLong(byteCount: byteCount, limit: Wire.maximumFrameByteCount)
        }
        guard end - start >= 4 + byteCount else { return nil }
        // The whole frame is there, and nothing is read to the buffer while it is lent.
        let bytes = unsafe UnsafeBufferPointer(
            start: UnsafePointer((buffer + start + 4).assumingMemoryBound(to: UInt8.self)), count: byteCount)
        start += 4 + byteCount
        let content = unsafe bytes.span
        return try body(content[0], content.extracting(1..<byteCount))
    }

    /// A frame is at most 16 MiB, so the buffer is at most 32.
    private func grow() {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
        // `end` bytes are in the old buffer, and the new one is larger.
        unsafe larger.copyMemory(from: buffer, byteCount: end)
        unsafe buffer.deallocate()
        unsafe buffer = larger
        capacity *= 2
    }
}
