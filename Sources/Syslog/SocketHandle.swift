internal import Glibc
internal import NIOCore
internal import Platform

/// A descriptor of our own for a connection's socket, which stays when NIO closes its one: so the kernel can still be
/// asked what the peer has, and what is in its send buffer still goes out.
struct SocketHandle: ~Copyable, Sendable {
    /// What `TCP_INFO` says.
    struct Status {
        /// Bytes that the peer's kernel has acknowledged, its answer to the connection request included.
        let acknowledged: UInt64
        /// Whether the connection is over for good: nothing more will be acknowledged.
        let isClosed: Bool
    }

    private let descriptor: Int32

    /// - Parameter descriptor: from ``duplicate(_:)``; closed when the handle goes.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Another descriptor for the same socket, which no child process gets; below zero on failure.
    static func duplicate(_ descriptor: Int32) -> Int32 {
        fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    }

    deinit {
        _ = close(descriptor)
    }

    /// What the kernel knows of the connection; `nil` on a kernel before 4.1, which does not count.
    func status() -> Status? {
        // linux/tcp.h, struct tcp_info: the state is its first byte, tcpi_bytes_acked the eight bytes from offset 120.
        // The C library's own declaration ends before that.
        let acknowledgedWord = 15
        var words = [UInt64](repeating: 0, count: 32)
        var length = socklen_t(words.count * 8)
        // The kernel writes at most `length` bytes, all of which are in the array.
        let code = unsafe words.withUnsafeMutableBytes {
            unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, $0.baseAddress, &length)
        }
        guard code == 0, Int(length) >= (acknowledgedWord + 1) * 8 else { return nil }
        return Status(
            acknowledged: words[acknowledgedWord], isClosed: UInt8(truncatingIfNeeded: words[0].littleEndian) == 7)
    }

    /// Looks at what the peer has sent without taking it.
    ///
    /// - Returns: why nothing should be sent any more; `nil` while the peer is there.
    func peerProblem() -> String? {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        if count == 0 { return "the receiver has closed the connection" }
        guard count < 0, errno != EAGAIN, errno != EINTR else { return nil }
        return "the connection is broken: \(systemMessage(errno))"
    }
}
