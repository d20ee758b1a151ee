internal import Glibc

/// The reader's side of the protocol: frames to standard output, requests from standard input.
struct ReaderOutput {
    /// The daemon is gone, or wants us to end.
    struct Ended: Error {}

    /// Descriptors; injected for tests.
    let input: Int32
    let output: Int32

    private var incoming: [UInt8] = []

    init(input: Int32 = 0, output: Int32 = 1) {
        self.input = input
        self.output = output
        _ = fcntl(output, F_SETFL, fcntl(output, F_GETFL) | O_NONBLOCK)
    }

    /// Sends a frame.
    func send(_ type: Wire.Reply, _ content: [UInt8] = []) throws(Ended) {
        var bytes: [UInt8] = []
        bytes.append(frame: type.rawValue, content)
        let result = unsafe bytes.withUnsafeBufferPointer { unsafe write($0, patience: -1) {} }
        guard result else { throw Ended() }
    }

    /// Sends a frame of entries, which follow `head` without being copied.
    ///
    /// - Parameters:
    ///   - patience: milliseconds without a byte taken after which `whenStuck` is called.
    func send(
        _ builder: borrowing FrameBuilder, head: [UInt8], patience: Int32, whenStuck: () -> Void
    ) throws(Ended) {
        let result = unsafe builder.withEntries { entries in
            var start: [UInt8] = []
            let byteCount = UInt32(1 + head.count + entries.count)
            for shift in stride(from: 0, to: 32, by: 8) {
                start.append(UInt8(truncatingIfNeeded: byteCount >> UInt32(shift)))
            }
            start.append(Wire.Reply.entries.rawValue)
            start += head
            return unsafe start.withUnsafeBufferPointer { unsafe write($0, patience: patience, whenStuck) }
                && write(entries, patience: patience, whenStuck)
        }
        guard result else { throw Ended() }
    }

    private func write(_ bytes: UnsafeBufferPointer<UInt8>, patience: Int32, _ whenStuck: () -> Void) -> Bool {
        var written = 0
        var patience = patience
        while written < bytes.count {
            // `written` is below `count`.
            let result = unsafe Glibc.write(output, bytes.baseAddress! + written, bytes.count - written)
            if result < 0, errno == EINTR { continue }
            if result < 0, errno == EAGAIN {
                var polled = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
                if unsafe poll(&polled, 1, patience) == 0 {
                    whenStuck()
                    patience = -1
                }
                continue
            }
            guard result > 0 else { return false }
            written += result
        }
        return true
    }

    /// Waits for the request.
    mutating func request() throws -> ReaderRequest {
        while true {
            if let (type, content) = try nextFrame() {
                guard type == Wire.Request.request.rawValue else { throw WireError.malformed("request") }
                return try ReaderRequest(decoding: content)
            }
            try fill()
        }
    }

    /// Answers what the daemon asks meanwhile; does not wait.
    mutating func answer() throws(Ended) {
        while isReadable() { try fill() }
        while let (type, _) = try? nextFrame() {
            if type == Wire.Request.ping.rawValue { try send(.pong) }
        }
    }

    /// Waits for a request or for the journal.
    ///
    /// - Parameters:
    ///   - descriptor: the journal's; below zero for none.
    ///   - timeout: milliseconds, -1 for ever.
    func wait(for descriptor: Int32, timeout: Int32) {
        var polled = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&polled, nfds_t(polled.count), timeout)
    }

    private func isReadable() -> Bool {
        var polled = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&polled, 1, 0) > 0
    }

    private mutating func fill() throws(Ended) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe read(input, &chunk, chunk.count)
        if count < 0, errno == EINTR { return }
        guard count > 0, incoming.count < ReaderRequest.maximumByteCount else { throw Ended() }
        incoming += chunk[..<count]
    }

    private mutating func nextFrame() throws(WireError) -> (type: UInt8, content: [UInt8])? {
        guard incoming.count >= 4 else { return nil }
        let byteCount = incoming[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard byteCount >= 1, byteCount <= ReaderRequest.maximumByteCount else {
            throw .tooLong(byteCount: byteCount, limit: ReaderRequest.maximumByteCount)
        }
        guard incoming.count >= 4 + byteCount else { return nil }
        let frame = (incoming[4], Array(incoming[5..<4 + byteCount]))
        incoming.removeFirst(4 + byteCount)
        return frame
    }
}
