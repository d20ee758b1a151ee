import Foundation
import Glibc
import Synchronization

/// A syslog receiver over TCP, with octet counting, that closes the connection when a message is too large for it,
/// before it has read that.
final class PoisonReceiver: Sendable {
    /// Largest message that it reads, in bytes.
    static let maximumByteCount = 10_000

    private struct State {
        var messages: [String] = []
        var refusalCount = 0
    }

    /// Port of 127.0.0.1.
    let port: UInt16
    private let descriptor: Int32
    private let state = Mutex(State())

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // Small, so that the kernel does not take a message that nobody reads.
        var byteCount: Int32 = 4096
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &byteCount, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            // Every address of a family begins as `sockaddr` does.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard result else { throw TimedOut(description: "no socket: \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.run() }
    }

    /// Messages that it read, without their headers.
    var messages: [String] { state.withLock { $0.messages } }
    /// Connections that it closed on a message.
    var refusalCount: Int { state.withLock { $0.refusalCount } }

    /// Ends it; a connection that is open is read to its end.
    func stop() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func run() {
        while true {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { break }
            read(connection)
            close(connection)
        }
        close(descriptor)
    }

    private func read(_ connection: Int32) {
        while let byteCount = readLength(connection) {
            guard byteCount <= Self.maximumByteCount else {
                return state.withLock { $0.refusalCount += 1 }
            }
            var message = [UInt8](repeating: 0, count: byteCount)
            guard unsafe recv(connection, &message, byteCount, Int32(MSG_WAITALL)) == byteCount else { return }
            let text = String(decoding: message, as: UTF8.self)
            let words = text.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: false)
            state.withLock { $0.messages.append(words.last.map(String.init) ?? "") }
        }
    }

    private func readLength(_ connection: Int32) -> Int? {
        var length = 0
        var byte: UInt8 = 0
        while unsafe recv(connection, &byte, 1, 0) == 1 {
            guard (0x30...0x39).contains(byte) else { return length }
            length = length * 10 + Int(byte - 0x30)
        }
        return nil
    }
}
