internal import Glibc
internal import NIOCore
internal import Platform

/// A socket that sends datagrams to one receiver. RFC 5426. Never blocks.
struct DatagramSocket: ~Copyable {
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

    /// Resolves the name and connects, so that the receiver's refusals are told. Blocks for the resolution.
    init(to address: SyslogAddress) throws(ConnectionProblem) {
        let resolved: SocketAddress
        do {
            resolved = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
        } catch {
            throw ConnectionProblem(.unreachable, "the name '\(address.host)' is not known")
        }
        descriptor = try Self.connected(to: resolved)
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
