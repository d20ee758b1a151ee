import Foundation
import Glibc
import Synchronization

/// A syslog receiver over TCP with octet counting, on a port of 127.0.0.1 that the system chose. It takes one
/// connection after the other, and says what its application has read.
final class StreamReceiver: Sendable {
    /// What it does with a connection.
    enum Manner: Sendable {
        /// Reads until the sender closes.
        case read
        /// Reads so many messages, or a few more, then resets the connection. What its kernel had acknowledged by then
        /// it reads; what comes later the kernel refuses.
        case reset(after: Int)
        /// Reads so many messages, waits until its kernel has more, and throws that away: the kernel answers with a
        /// reset, as when a program dies or closes too early.
        case abort(after: Int)
        /// Reads so many messages, says that it has nothing to say, and reads on until the sender closes.
        case halfClose(after: Int)
        /// Reads nothing before ``StreamReceiver/open()``.
        case stall
        /// Closes at once.
        case hangUp
    }

    private struct State {
        var messages: [[UInt8]] = []
        var connectionCount = 0
        var isOpen = false
        var isStopped = false
    }

    let port: Int
    private let state = Mutex(State())
    private let listener: Int32

    /// - Parameters:
    ///   - port: 0 for any.
    ///   - bufferByteCount: how much its kernel keeps that it has not read, about; `nil` for the system's choice.
    ///   - manner: what it does with the connection of that number, from 0.
    init(
        port: Int = 0, bufferByteCount: Int32? = nil, _ manner: @escaping @Sendable (Int) -> Manner = { _ in .read }
    ) {
        listener = loopbackSocket(Int32(SOCK_STREAM.rawValue), port: port)
        if var bufferByteCount {
            _ = unsafe setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &bufferByteCount, 4)
            // Segments of the loopback are larger than such a buffer, and its window would open but by the timer.
            var segmentByteCount: Int32 = 1400
            _ = unsafe setsockopt(listener, Int32(IPPROTO_TCP), TCP_MAXSEG, &segmentByteCount, 4)
        }
        self.port = boundPort(listener)
        precondition(listen(listener, 8) == 0)
        let receiver = self
        Thread.detachNewThread { receiver.serve(manner) }
    }

    var messages: [[UInt8]] { state.withLock { $0.messages } }
    var messageCount: Int { state.withLock { $0.messages.count } }
    var texts: [String] { messages.map { String(decoding: $0, as: UTF8.self) } }
    var connectionCount: Int { state.withLock { $0.connectionCount } }

    /// Lets ``Manner/stall`` read.
    func open() {
        state.withLock { $0.isOpen = true }
    }

    /// Closes everything.
    func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func serve(_ manner: (Int) -> Manner) {
        while !isStopped {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            let number = state.withLock { state in
                state.connectionCount += 1
                return state.connectionCount - 1
            }
            serve(connection, manner(number))
            close(connection)
        }
        close(listener)
    }

    private func serve(_ connection: Int32, _ manner: Manner) {
        var reader = FrameCounter()
        switch manner {
        case .hangUp: return
        case .read: read(connection, &reader) { false }
        case .stall:
            while !state.withLock({ $0.isOpen || $0.isStopped }) { usleep(1000) }
            read(connection, &reader) { false }
        case .reset(let count):
            let first = messageCount
            read(connection, &reader) { self.messageCount - first >= count }
            // From now on Linux answers data with a reset; what it has acknowledged can still be read.
            shutdown(connection, Int32(SHUT_RDWR))
            read(connection, &reader) { false }
        case .abort(let count):
            let first = messageCount
            read(connection, &reader) { self.messageCount - first >= count }
            var more = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            _ = unsafe Glibc.poll(&more, 1, 1000)
        case .halfClose(let count):
            let first = messageCount
            read(connection, &reader) { self.messageCount - first >= count }
            shutdown(connection, Int32(SHUT_WR))
            read(connection, &reader) { false }
        }
    }

    /// Reads until `isEnough` or the stream ends. Small pieces, so that the kernel's buffer has something most times.
    private func read(_ connection: Int32, _ reader: inout FrameCounter, until isEnough: () -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !isStopped, !isEnough() {
            var poll = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            guard unsafe Glibc.poll(&poll, 1, 100) > 0 else { continue }
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            let messages = reader.take(buffer[..<count])
            state.withLock { $0.messages += messages }
        }
    }
}

/// Reads octet-counted frames, RFC 6587, section 3.4.1. What is no frame becomes a message that no parser takes.
struct FrameCounter {
    private var rest: [UInt8] = []

    mutating func take(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        rest += bytes
        var messages: [[UInt8]] = []
        var start = 0
        while let space = rest[start...].firstIndex(of: 0x20) {
            guard let length = Int(String(decoding: rest[start..<space], as: UTF8.self)) else {
                messages.append(Array("no frame: ".utf8) + rest[start...])
                start = rest.count
                break
            }
            guard rest.count - space - 1 >= length else { break }
            messages.append(Array(rest[(space + 1)...(space + length)]))
            start = space + 1 + length
        }
        rest.removeFirst(start)
        return messages
    }
}

/// A syslog receiver over UDP.
final class DatagramReceiver: Sendable {
    let port: Int
    private let received = Mutex([[UInt8]]())
    private let isStopped = Mutex(false)
    private let socket: Int32

    init(port: Int = 0) {
        socket = loopbackSocket(Int32(SOCK_DGRAM.rawValue), port: port)
        self.port = boundPort(socket)
        let receiver = self
        Thread.detachNewThread { receiver.serve() }
    }

    var messages: [[UInt8]] { received.withLock { $0 } }
    var messageCount: Int { received.withLock { $0.count } }

    func stop() {
        isStopped.withLock { $0 = true }
    }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !isStopped.withLock({ $0 }) {
            var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard unsafe Glibc.poll(&poll, 1, 100) > 0 else { continue }
            let count = unsafe recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { break }
            let message = Array(buffer[..<count])
            received.withLock { $0.append(message) }
        }
        close(socket)
    }
}

/// A port of 127.0.0.1 where nobody listens.
func unusedPort() -> Int {
    let socket = loopbackSocket(Int32(SOCK_STREAM.rawValue), port: 0)
    defer { close(socket) }
    return boundPort(socket)
}

/// A socket that is bound to 127.0.0.1.
private func loopbackSocket(_ type: Int32, port: Int) -> Int32 {
    let descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), 0)
    precondition(descriptor >= 0)
    var on: Int32 = 1
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
    if type == Int32(SOCK_DGRAM.rawValue) {
        var byteCount: Int32 = 8 << 20
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &byteCount, 4)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    precondition(code == 0, "bind: \(errno)")
    return descriptor
}

private func boundPort(_ descriptor: Int32) -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
    }
    return Int(in_port_t(bigEndian: address.sin_port))
}
