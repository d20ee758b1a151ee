import Pipeline
import Platform
import Synchronization

/// Files whose synchronizing a test can hold, to see what gathers meanwhile.
final class GatedFileSystem: FileSystem {
    /// Number of times that a segment's synchronizing has begun.
    let begun = Watermark(0)

    private let base: any FileSystem
    private let count = Mutex(0)
    private let isHeld = Mutex(false)
    private let gate = Semaphore()

    init(_ base: any FileSystem) {
        self.base = base
    }

    /// From now on the next synchronizing of a segment blocks.
    func hold() {
        isHeld.withLock { $0 = true }
    }

    /// Lets the one that blocks, and all after it, go on.
    func release() {
        isHeld.withLock { $0 = false }
        gate.post()
    }

    fileprivate func pass(_ path: String) {
        guard path.hasSuffix(".segment") else { return }
        let number = count.withLock { count in
            count += 1
            return count
        }
        begun.advance(to: number)
        if isHeld.withLock({ $0 }) { gate.wait() }
    }

    func open(_ path: String, _ mode: OpenMode, permissions: UInt32) throws(FileError) -> any OpenFile {
        GatedFile(base: try base.open(path, mode, permissions: permissions), path: path, system: self)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) { try base.rename(path, to: newPath) }

    func remove(_ path: String) throws(FileError) { try base.remove(path) }

    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }

    func makeDirectory(_ path: String, permissions: UInt32) throws(FileError) {
        try base.makeDirectory(path, permissions: permissions)
    }

    func synchronizeDirectory(_ path: String) throws(FileError) { try base.synchronizeDirectory(path) }

    func status(of path: String) throws(FileError) -> FileStatus? { try base.status(of: path) }

    func setOwner(of path: String, user: UInt32?, group: UInt32?) throws(FileError) {
        try base.setOwner(of: path, user: user, group: group)
    }
}

private final class GatedFile: OpenFile {
    private let base: any OpenFile
    private let path: String
    private let system: GatedFileSystem

    init(base: any OpenFile, path: String, system: GatedFileSystem) {
        self.base = base
        self.path = path
        self.system = system
    }

    func read(at offset: Int, count: Int, appendingTo buffer: inout [UInt8]) throws(FileError) -> Int {
        try base.read(at: offset, count: count, appendingTo: &buffer)
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(FileError) { try base.write(bytes, at: offset) }

    func synchronize() throws(FileError) {
        system.pass(path)
        try base.synchronize()
    }

    func truncate(to byteCount: Int) throws(FileError) { try base.truncate(to: byteCount) }

    func allocate(byteCount: Int) throws(FileError) { try base.allocate(byteCount: byteCount) }

    func status() throws(FileError) -> FileStatus { try base.status() }

    func lock() throws(FileError) -> Bool { try base.lock() }

    func close() { base.close() }
}
