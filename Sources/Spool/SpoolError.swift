internal import Platform

/// Why the spool cannot be used.
package enum SpoolError: Error, Equatable, CustomStringConvertible {
    /// Another process has the directory.
    case inUse(directory: String)
    /// The directory or a file in it cannot be created, read or written.
    case inaccessible(directory: String, reason: String)

    package var description: String {
        switch self {
        case .inUse(let directory):
            """
            Spool '\(directory)' is in use by another process (spool.directory). \
            Stop that process, or give each Tributary a directory of its own.
            """
        case .inaccessible(let directory, let reason):
            """
            Spool '\(directory)' cannot be used: \(reason) (spool.directory). \
            Make the directory writable by the service's user, on a disk with room.
            """
        }
    }
}
