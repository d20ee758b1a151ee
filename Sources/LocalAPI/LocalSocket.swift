internal import Glibc
internal import Platform

/// A Unix socket that listens, and its file.
package struct LocalSocket: Sendable {
    /// Largest number of bytes in a path: `sun_path` of unix(7) less its zero byte.
    static let maximumPathByteCount = 107

    /// Connections that the kernel keeps for us until we take them.
    static let backlog: Int32 = 1024

    /// Whoever serves the socket closes it.
    let descriptor: Int32
    private let path: String
    private let file: FileIdentity

    /// Creates the socket and listens.
    ///
    /// A file that a dead process left is replaced. Nobody can connect before the socket has its mode: it listens
    /// only then.
    /// - Parameter mode: permissions; the process's umask does not count.
    static func listen(at path: String, mode: UInt32) throws(LocalSocketError) -> LocalSocket {
        guard (1...maximumPathByteCount).contains(path.utf8.count), !path.utf8.contains(0) else {
            throw .badPath(path, limit: maximumPathByteCount)
        }
        do {
            try PosixFileSystem().makeDirectory(parentDirectory(of: path), permissions: 0o755)
        } catch {
            throw .failed(path, "\(error)")
        }
        try vacate(path)
        let descriptor = try open(path)
        do throws(LocalSocketError) {
            return try bind(descriptor, path: path, mode: mode)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// What is at a socket's path.
    package enum Use: Equatable, Sendable {
        /// Nothing, or a socket where nobody listens.
        case free
        /// A socket where somebody listens.
        case live
        /// Something that is no socket.
        case foreign
    }

    /// Looks what is at a path, and changes nothing.
    package static func use(of path: String) -> Use {
        var information = stat()
        guard unsafe lstat(path, &information) == 0 else { return .free }
        guard information.st_mode & S_IFMT == S_IFSOCK else { return .foreign }
        guard let descriptor = try? open(path) else { return .live }
        defer { close(descriptor) }
        let result = unsafe withAddress(of: path) { address, length in unsafe connect(descriptor, address, length) }
        return result == 0 || errno != ECONNREFUSED ? .live : .free
    }

    /// Removes the file, unless another process has put its own in the place.
    func remove() {
        guard let status = try? PosixFileSystem().status(of: path), status.identity == file else { return }
        try? PosixFileSystem().remove(path)
    }

    /// Refuses a path where somebody listens, or where something lies that is no socket; removes a dead socket.
    private static func vacate(_ path: String) throws(LocalSocketError) {
        var information = stat()
        guard unsafe lstat(path, &information) == 0 else {
            guard errno == ENOENT else { throw .failed(path, systemMessage(errno)) }
            return
        }
        guard information.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let descriptor = try open(path)
        defer { close(descriptor) }
        let result = unsafe withAddress(of: path) { address, length in unsafe connect(descriptor, address, length) }
        // A full queue is answered with EAGAIN, so somebody listens there, too.
        guard result != 0, errno != EAGAIN else { throw .occupied(path) }
        guard errno == ECONNREFUSED || errno == ENOENT else { throw .failed(path, systemMessage(errno)) }
        unsafe unlink(path)
    }

    private static func open(_ path: String) throws(LocalSocketError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .failed(path, systemMessage(errno)) }
        return descriptor
    }

    private static func bind(
        _ descriptor: Int32, path: String, mode: UInt32
    ) throws(LocalSocketError) -> LocalSocket {
        let result = unsafe withAddress(of: path) { address, length in
            unsafe Glibc.bind(descriptor, address, length)
        }
        guard result == 0 else { throw .failed(path, systemMessage(errno)) }
        guard unsafe chmod(path, mode) == 0, Glibc.listen(descriptor, backlog) == 0,
            let status = try? PosixFileSystem().status(of: path)
        else {
            let code = errno
            unsafe unlink(path)
            throw .failed(path, systemMessage(code))
        }
        return LocalSocket(descriptor: descriptor, path: path, file: status.identity)
    }

    /// Calls `body` with the address of a path that is known to fit.
    private static func withAddress(
        of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The path is shorter than `sun_path`, which is all zeros, so a zero byte ends it.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            // Every address of a family begins as `sockaddr` does.
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Why the local API has no socket.
package enum LocalSocketError: Error, Equatable, CustomStringConvertible {
    /// The path is empty, has a zero byte or is longer than an address can be.
    case badPath(String, limit: Int)
    /// Somebody listens there.
    case occupied(String)
    /// A file of another kind has the name.
    case notASocket(String)
    /// A call of the system failed.
    case failed(String, String)
    /// What systemd has passed cannot be used, and why.
    case notPassed(String)

    package var description: String {
        switch self {
        case .badPath(let path, let limit):
            "cannot listen at '\(path)' (api.socket): a socket's path has 1 to \(limit) bytes. Choose a shorter one."
        case .occupied(let path):
            """
            cannot listen at '\(path)' (api.socket): another Tributary runs and answers there. Stop it, or give this \
            one a socket of its own.
            """
        case .notASocket(let path):
            "cannot listen at '\(path)' (api.socket): a file lies there that is no socket. Remove it, or choose another path."
        case .failed(let path, let reason):
            "cannot listen at '\(path)' (api.socket): \(reason). Make its folder writable by the service's user."
        case .notPassed(let reason):
            """
            cannot use the socket that systemd has passed: \(reason). tributary.socket must have one ListenStream= with \
            the path of a Unix socket.
            """
        }
    }
}
