internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Why a tap ended, for whoever looks through it.
package enum TapError: Error, Equatable, CustomStringConvertible {
    /// There is no daemon at the socket, and why that is known.
    case notThere(String, reason: String)
    /// The socket's mode or a folder's does not let us connect.
    case notPermitted(String)
    /// The daemon refuses the filter.
    case refused(String)
    /// The daemon has as many clients as it can hold.
    case busy(String)
    /// The daemon answered something else.
    case failed(status: Int, String)
    /// The daemon stopped, or the connection broke.
    case ended(String)

    package var description: String {
        switch self {
        case .notThere(let path, let reason):
            """
            nobody answers at '\(path)': \(reason). Is the daemon running ('systemctl status tributary')? If its \
            setting api.socket names another path, give that with --socket or TRIBUTARY_SOCKET.
            """
        case .notPermitted(let path):
            """
            no permission to connect to '\(path)': join the socket's group ('ls -l \(path)' shows it, \
            'usermod --append --groups GROUP USER' adds to it), or let the operator set api.socket-mode.
            """
        case .refused(let error): error
        case .busy(let reason): "\(reason). Try again later."
        case .failed(let status, let error): "the daemon answered with status \(status): \(error)"
        case .ended(let reason): "the daemon went away: \(reason)"
        }
    }

    /// What a process that could not go on for this reason exits with, by sysexits.h.
    package var exitCode: Int32 {
        switch self {
        case .refused: 64  // EX_USAGE
        case .notThere, .failed, .ended: 69  // EX_UNAVAILABLE
        case .busy: 75  // EX_TEMPFAIL
        case .notPermitted: 77  // EX_NOPERM
        }
    }

    /// Why no connection came about.
    init(connecting error: any Error, to socket: String) {
        switch error {
        case let error as IOError:
            switch error.errnoCode {
            case EACCES, EPERM: self = .notPermitted(socket)
            case ENOENT, ENOTDIR: self = .notThere(socket, reason: "there is no such socket")
            case ECONNREFUSED: self = .notThere(socket, reason: "nobody listens")
            case EAGAIN: self = .busy("the daemon has too many clients")
            default: self = .notThere(socket, reason: "\(error)")
            }
        default: self = .notThere(socket, reason: "\(error)")
        }
    }
}
