internal import Glibc

/// The seam between what we decide about files and the files: the spool and the file sink see no other.
///
/// Two implementations: ``PosixFileSystem``, and `MemoryFileSystem` in the tests, which can crash at every
/// call and then holds only what was synchronized.
package protocol FileSystem: Sendable {
    /// Opens a file.
    ///
    /// - Parameter permissions: the mode of a file that this call creates; the process's umask does not count.
    func open(_ path: String, _ mode: OpenMode, permissions: UInt32) throws(FileError) -> any OpenFile

    /// Gives a file another name, and replaces what had it.
    func rename(_ path: String, to newPath: String) throws(FileError)

    /// Removes a file.
    func remove(_ path: String) throws(FileError)

    /// Names in a directory, in no order, without `.` and `..`.
    func list(_ directory: String) throws(FileError) -> [String]

    /// Creates a directory and those above it. One that exists is no error.
    func makeDirectory(_ path: String, permissions: UInt32) throws(FileError)

    /// Makes creations, renames and removals in a directory durable.
    func synchronizeDirectory(_ path: String) throws(FileError)

    /// What is known of the file at a path; `nil` when there is none.
    func status(of path: String) throws(FileError) -> FileStatus?

    /// Sets owner and group of a file; `nil` leaves one as it is.
    func setOwner(of path: String, user: UInt32?, group: UInt32?) throws(FileError)
}

/// How a file is opened.
package enum OpenMode: Sendable {
    /// Only for reading.
    case read
    /// For reading and writing; must exist.
    case update
    /// For reading and writing; must not exist.
    case createNew
    /// For reading and writing; created when it does not exist.
    case createOrUpdate
}

/// An open file. Offsets and counts are in bytes. Calls block.
package protocol OpenFile: AnyObject, Sendable {
    /// Reads up to `count` bytes at `offset` to the end of `buffer`.
    ///
    /// - Returns: number of bytes; less than `count` only at the end of the file.
    func read(at offset: Int, count: Int, appendingTo buffer: inout [UInt8]) throws(FileError) -> Int

    /// Writes all of `bytes` at `offset`. After an error, some of them may be there.
    func write(_ bytes: Span<UInt8>, at offset: Int) throws(FileError)

    /// Makes content and size durable, as fdatasync(2) does.
    func synchronize() throws(FileError)

    /// Cuts the file to `byteCount` bytes.
    func truncate(to byteCount: Int) throws(FileError)

    /// Reserves room, so that writes below `byteCount` cannot fail for want of it. The size grows to `byteCount`.
    func allocate(byteCount: Int) throws(FileError)

    func status() throws(FileError) -> FileStatus

    /// Locks the file for this process until it is closed.
    ///
    /// - Returns: `false` when another process has it.
    func lock() throws(FileError) -> Bool

    /// Closes the file, as its release does. Later calls fail.
    func close()
}

/// Facts about a file.
package struct FileStatus: Equatable, Sendable {
    package let identity: FileIdentity
    /// Size in bytes.
    package let byteCount: Int
    /// Last change of the content, microseconds since the epoch.
    package let modified: Int64
    /// Whether the file still has a name.
    package let isLinked: Bool
    /// Whether it is a directory.
    package let isDirectory: Bool

    package init(
        identity: FileIdentity, byteCount: Int, modified: Int64, isLinked: Bool = true, isDirectory: Bool = false
    ) {
        self.identity = identity
        self.byteCount = byteCount
        self.modified = modified
        self.isLinked = isLinked
        self.isDirectory = isDirectory
    }
}

/// What a file stays known by when it is renamed.
///
/// The time of birth is a part: file systems give the inode number of a removed file to the next new one.
package struct FileIdentity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    /// Nanoseconds since the epoch; 0 where the file system does not know.
    package let birth: UInt64

    package init(device: UInt64, inode: UInt64, birth: UInt64) {
        self.device = device
        self.inode = inode
        self.birth = birth
    }
}

/// A call on a file that failed.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// What was tried: `open`, `write`, ….
    package let operation: String
    package let path: String
    /// The system's error number.
    package let code: Int32

    package init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    package var description: String { "cannot \(operation) '\(path)': \(systemMessage(code))" }

    /// Whether nothing has the path.
    package var isNoSuchFile: Bool { code == ENOENT }
}

extension FileSystem {
    /// Whether something has this path.
    package func exists(_ path: String) throws(FileError) -> Bool {
        try status(of: path) != nil
    }

    /// The whole content of a file of at most `limit` bytes; `nil` when there is none at the path.
    package func contents(of path: String, limit: Int) throws(FileError) -> [UInt8]? {
        guard try exists(path) else { return nil }
        let file = try open(path, .read, permissions: 0)
        defer { file.close() }
        var bytes: [UInt8] = []
        _ = try file.read(at: 0, count: limit, appendingTo: &bytes)
        return bytes
    }
}

/// The folder of a path: `/var/log` of `/var/log/events.log`, `.` of `events.log`.
package func parentDirectory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The last part of a path.
package func lastComponent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
}
