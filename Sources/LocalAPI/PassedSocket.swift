internal import Glibc

/// Sockets that systemd has opened for this process (sd_listen_fds(3)), by what the environment says.
struct PassedDescriptors: Equatable {
    /// The first one that is passed: SD_LISTEN_FDS_START.
    static let first: Int32 = 3

    /// Names of the descriptors from ``first`` on, of the units that they are of; empty where systemd gives none.
    let names: [String]

    /// - Parameters:
    ///   - environment: a variable of the environment.
    ///   - process: our process id; what is meant for another process, such as a parent, is not for us.
    init?(environment: (String) -> String?, process: Int32) {
        guard environment("LISTEN_PID").flatMap({ Int32($0) }) == process,
            let count = environment("LISTEN_FDS").flatMap({ Int($0) }), (1...1024).contains(count)
        else { return nil }
        let given = (environment("LISTEN_FDNAMES") ?? "")
            .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        names = (0..<count).map { $0 < given.count ? given[$0] : "" }
    }

    /// The descriptor of a socket unit; the only one, whatever its name.
    func descriptor(named name: String) -> Int32? {
        if names.count == 1 { return Self.first }
        return names.firstIndex(of: name).map { Self.first + Int32($0) }
    }
}

/// The Unix socket that systemd listens at for us. It stays open for the life of the process, so that clients can
/// connect while the API is started anew; its file is systemd's.
package struct PassedSocket: Sendable {
    /// The unit's name, and so the descriptor's.
    static let name = "tributary.socket"

    /// What was passed to this process.
    ///
    /// - Returns: `nil` when nothing was.
    /// - Throws: ``LocalSocketError/notPassed(_:)`` when what was passed is no Unix socket that listens.
    package static func ofThisProcess() throws(LocalSocketError) -> PassedSocket? {
        let passed = PassedDescriptors(
            // Nothing of ours writes the environment while it is read.
            environment: { name in unsafe getenv(name).map { unsafe String(cString: $0) } }, process: getpid())
        guard let passed else { return nil }
        guard let descriptor = passed.descriptor(named: name) else {
            throw .notPassed("\(passed.names.count) descriptors came, and none has the name \(name)")
        }
        return try PassedSocket(descriptor)
    }

    private let descriptor: Int32

    /// - Throws: ``LocalSocketError/notPassed(_:)``.
    init(_ descriptor: Int32) throws(LocalSocketError) {
        let options = [
            (SO_DOMAIN, AF_UNIX, "no Unix socket"), (SO_TYPE, Int32(SOCK_STREAM.rawValue), "no stream socket"),
            (SO_ACCEPTCONN, 1, "a socket that does not listen"),
        ]
        for (option, wanted, problem) in options {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0, value == wanted else {
                throw .notPassed("descriptor \(descriptor) is \(problem)")
            }
        }
        // Children must not inherit it, and nobody is to wait for it.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        self.descriptor = descriptor
    }

    /// A descriptor of the same socket, for one who closes it.
    func duplicate() throws(LocalSocketError) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw .notPassed("descriptor \(descriptor) cannot be copied") }
        return copy
    }
}
