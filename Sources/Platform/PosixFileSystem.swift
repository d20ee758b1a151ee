internal import CLinux
internal import Glibc
internal import Synchronization

/// The files of the machine.
package struct PosixFileSystem: FileSystem {
    package init() {}

    package func open(_ path: String, _ mode: OpenMode, permissions: UInt32) throws(FileError) -> any OpenFile {
        let flags: Int32
        switch mode {
        case .read: flags = O_RDONLY
        case .update: flags = O_RDWR
        case .createNew: flags = O_RDWR | O_CREAT | O_EXCL
        case .createOrUpdate: flags = O_RDWR | O_CREAT
        }
        let existed = unsafe flags & O_CREAT == 0 || access(path, F_OK) == 0
        let descriptor = retrying { unsafe Glibc.open(path, flags | O_CLOEXEC, permissions) }
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        if !existed { _ = fchmod(descriptor, permissions) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        guard unsafe Glibc.rename(path, newPath) == 0 else { throw FileError("rename", path, code: errno) }
    }

    package func remove(_ path: String) throws(FileError) {
        guard unsafe unlink(path) == 0 else { throw FileError("remove", path, code: errno) }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw FileError("list", directory, code: errno) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // `d_name` is a C string inside the entry, which lives until the next call.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(FileError) {
        guard unsafe mkdir(path, permissions) != 0 else { return }
        let code = errno
        if code == ENOENT, parentDirectory(of: path) != path {
            try makeDirectory(parentDirectory(of: path), permissions: permissions)
            guard unsafe mkdir(path, permissions) == 0 || errno == EEXIST else {
                throw FileError("create the folder", path, code: errno)
            }
            return
        }
        var information = stat()
        guard code == EEXIST, unsafe stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
            throw FileError("create the folder", path, code: code == EEXIST ? ENOTDIR : code)
        }
    }

    package func synchronizeDirectory(_ path: String) throws(FileError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("synchronize", path, code: errno) }
    }

    package func status(of path: String) throws(FileError) -> FileStatus? {
        do {
            return try fileStatus(descriptor: AT_FDCWD, path: path, name: path)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
    }

    package func setOwner(of path: String, user: UInt32?, group: UInt32?) throws(FileError) {
        guard unsafe chown(path, user ?? UInt32.max, group ?? UInt32.max) == 0 else {
            throw FileError("change the owner of", path, code: errno)
        }
    }
}

/// An open file of the machine.
private final class PosixFile: OpenFile {
    private let descriptor: Int32
    private let path: String
    private let isClosed = Atomic(false)

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    func read(at offset: Int, count: Int, appendingTo buffer: inout [UInt8]) throws(FileError) -> Int {
        let start = buffer.count
        var failure: Int32 = 0
        buffer.reserveCapacity(start + min(count, 1 << 20))
        // Read to the array's own spare room, a mebibyte at a time: `count` may be far more than there is.
        var total = 0
        while total < count {
            let wanted = min(count - total, 1 << 20)
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { memory, initialized in
                let result = retrying { unsafe pread(descriptor, memory.baseAddress, wanted, off_t(offset + total)) }
                if result < 0 { failure = errno }
                initialized = max(result, 0)
            }
            guard failure == 0 else { throw FileError("read", path, code: failure) }
            buffer.append(contentsOf: chunk)
            total += chunk.count
            if chunk.count < wanted { break }
        }
        return total
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(FileError) {
        let failure: Int32 = unsafe bytes.withUnsafeBytes { memory in
            var written = 0
            while written < memory.count {
                // `written` is below `count`, so the rest is inside the span.
                let result = retrying {
                    unsafe pwrite(
                        descriptor, memory.baseAddress! + written, memory.count - written, off_t(offset + written))
                }
                guard result >= 0 else { return errno }
                written += result
            }
            return 0
        }
        guard failure == 0 else { throw FileError("write", path, code: failure) }
    }

    func synchronize() throws(FileError) {
        guard retrying({ fdatasync(descriptor) }) == 0 else { throw FileError("synchronize", path, code: errno) }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        guard retrying({ ftruncate(descriptor, off_t(byteCount)) }) == 0 else {
            throw FileError("truncate", path, code: errno)
        }
    }

    func allocate(byteCount: Int) throws(FileError) {
        let code = posix_fallocate(descriptor, 0, off_t(byteCount))
        guard code == 0 else { throw FileError("allocate", path, code: code) }
    }

    func status() throws(FileError) -> FileStatus {
        try fileStatus(descriptor: descriptor, path: "", name: path)
    }

    func lock() throws(FileError) -> Bool {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
        guard errno == EWOULDBLOCK else { throw FileError("lock", path, code: errno) }
        return false
    }

    func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { Glibc.close(descriptor) }
    }

    deinit {
        close()
    }
}

func fileStatus(descriptor: Int32, path: String, name: String) throws(FileError) -> FileStatus {
    var status = linux_status()
    guard unsafe linux_status(descriptor, path, &status) == 0 else { throw FileError("examine", name, code: errno) }
    return FileStatus(
        identity: FileIdentity(
            device: status.device, inode: status.inode,
            birth: UInt64(bitPattern: status.birth_seconds) &* 1_000_000_000 &+ UInt64(status.birth_nanoseconds)),
        byteCount: Int(status.byte_count),
        modified: status.modified_seconds * 1_000_000 + Int64(status.modified_nanoseconds) / 1000,
        isLinked: status.link_count > 0, isDirectory: mode_t(status.mode) & S_IFMT == S_IFDIR)
}

/// Repeats a call that a signal interrupted.
private func retrying<Result: FixedWidthInteger & SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
