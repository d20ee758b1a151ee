internal import Glibc
internal import NIOCore
internal import Pipeline
internal import Platform
internal import Synchronization

/// A socket that sends datagrams to one receiver. RFC 5426. Never blocks.
final class DatagramSocket: Sendable {
    enum Outcome: Equatable {
        case sent
        /// The socket's buffer is full.
        case full
        /// The datagram is larger than the way to the receiver allows, and will always be.
        case tooLarge
        /// Nobody listens there, or the way is broken.
        case failed(String)
    }

    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Resolves the name and connects, so that the receiver's refusals are told.
    static func open(to address: SyslogAddress) async throws(ConnectionProblem) -> DatagramSocket {
        DatagramSocket(descriptor: try connected(to: try await resolved(address)))
    }

    /// Resolves on a thread of its own, which nobody waits for once the task is cancelled.
    private static func resolved(_ address: SyslogAddress) async throws(ConnectionProblem) -> SocketAddress {
        let lookup = Lookup()
        startThread(name: "resolve") {
            lookup.finish(try? SocketAddress.makeAddressResolvingHost(address.host, port: address.port))
        }
        _ = try? await lookup.isFinished.wait(for: 1)
        guard let resolved = lookup.answer else {
            throw ConnectionProblem(.unreachable, "the name '\(address.host)' is not known")
        }
        return resolved
    }

    /// A descriptor of a socket that is connected to `address`.
    private static func connected(to address: SocketAddress) throws(ConnectionProblem) -> Int32 {
        let family = address.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(
            family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else {
            throw ConnectionProblem(.unreachable, "no socket can be made: \(systemMessage(errno))")
        }
        // The address is valid in the closure, and connect(2) copies it.
        let code = unsafe address.withSockAddr { unsafe connect(descriptor, $0, socklen_t($1)) }
        guard code == 0 else {
            let reason = systemMessage(errno)
            _ = close(descriptor)
            throw ConnectionProblem(.unreachable, "cannot send there: \(reason)")
        }
        return descriptor
    }

    deinit {
        _ = close(descriptor)
    }

    /// Sends one datagram.
    func send(_ message: [UInt8]) -> Outcome {
        while true {
            // Only `count` bytes are read, which the span has.
            let count = unsafe message.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 { return .sent }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS: return .full
            case EMSGSIZE: return .tooLarge
            default: return .failed(systemMessage(errno))
            }
        }
    }

    /// What the network said of datagrams sent before; `nil` when nothing.
    func takeProblem() -> String? {
        var code: Int32 = 0
        var length = socklen_t(4)
        // Four bytes for the four that the option has.
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code != 0 else { return nil }
        return systemMessage(code)
    }
}

/// What a thread finds for a task.
private final class Lookup: Sendable {
    /// 1 when there is an answer.
    let isFinished = Watermark(0)
    private let found = Mutex<SocketAddress?>(nil)

    var answer: SocketAddress? { found.withLock { $0 } }

    func finish(_ answer: SocketAddress?) {
        found.withLock { $0 = answer }
        isFinished.advance(to: 1)
    }
}
