import EventModel

/// Memory set aside for a line. Appending checks its end and nothing else, where an array also asks
/// whether it is shared and calls out for the copy: twice as fast for a whole line (`make bench`,
/// events.log row).
///
/// What does not fit is counted and not written, so that one more try with ``byteCount`` bytes succeeds.
@safe struct LineRoom: ByteOutput {
    // Both stay within the memory that `withRoom` lends, and live no longer: `next` moves only by
    // what was compared with `free` before.
    private var next: UnsafeMutablePointer<UInt8>
    /// Bytes from `next` on.
    private var free: Int
    /// Bytes that fit so far.
    private var used = 0
    /// Bytes that did not fit.
    private var missing = 0

    /// - Parameter memory: not empty; must outlive the value.
    private init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
        // Memory that is not empty has an address.
        unsafe next = memory.baseAddress.unsafelyUnwrapped
        free = memory.count
    }

    /// Bytes that were appended, whether they fit or not.
    var byteCount: Int { used + missing }

    /// Appends to `buffer` what `body` writes, which may be run a second time with more room.
    static func append(to buffer: inout [UInt8], _ body: (inout LineRoom) -> Void) {
        var capacity = 4096
        while true {
            var byteCount = 0
            buffer.append(addingCapacity: capacity) { (output: inout OutputSpan<UInt8>) in
                unsafe output.withUnsafeMutableBufferPointer { memory, initializedCount in
                    // The memory is valid in this closure, and `room` does not leave it.
                    var room = unsafe LineRoom(memory)
                    body(&room)
                    byteCount = room.byteCount
                    if byteCount <= capacity { initializedCount = byteCount }
                }
            }
            if byteCount <= capacity { return }
            capacity = byteCount
        }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        guard free > 0 else {
            missing += 1
            return
        }
        unsafe next.pointee = byte
        advance(1)
    }

    @inline(__always)
    mutating func append(copying span: Span<UInt8>) {
        guard span.count <= free else {
            missing += span.count
            return
        }
        unsafe span.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            // The memory is exclusively ours, so the two do not overlap.
            unsafe next.update(from: start, count: bytes.count)
        }
        advance(span.count)
    }

    /// Copies plain bytes as it looks at them, which is nearly all of nearly every text.
    mutating func append(escaping text: Span<UInt8>) {
        let count = text.count
        guard count <= free else { return appendEscaped(text, from: 0) }
        var index = 0
        while count - index >= 8 {
            let word = text.word(at: index)
            guard specialMask(word) == 0 else { return appendEscapedRest(of: text, from: index) }
            store(word, at: index)
            index += 8
        }
        if index < count, count >= 8 {
            // The last eight bytes, of which some are written a second time.
            let word = text.word(at: count - 8)
            guard specialMask(word) == 0 else { return appendEscapedRest(of: text, from: index) }
            store(word, at: count - 8)
            index = count
        }
        while index < count {
            guard isPlain(text[index]) else { return appendEscapedRest(of: text, from: index) }
            // Within `count`, which fits.
            unsafe next[index] = text[index]
            index += 1
        }
        advance(count)
    }

    /// Writes eight bytes at `offset` from `next`; the caller has seen that they fit.
    @inline(__always)
    private func store(_ word: UInt64, at offset: Int) {
        unsafe UnsafeMutableRawPointer(next + offset).storeBytes(of: word.littleEndian, as: UInt64.self)
    }

    /// Goes on when the first `index` bytes are written behind `next`.
    private mutating func appendEscapedRest(of text: Span<UInt8>, from index: Int) {
        advance(index)
        appendEscaped(text, from: index)
    }

    @inline(__always)
    private mutating func advance(_ count: Int) {
        unsafe next += count
        free &-= count
        used &+= count
    }
}
