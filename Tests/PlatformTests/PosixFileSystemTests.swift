import Glibc
import Platform
import TestSupport
import Testing

@Suite struct PosixFileSystemTests {
    private let files = PosixFileSystem()
    private let folder = TemporaryFolder()

    @Test func `what was written is read, in part at the end and not behind it`() throws {
        let file = try files.open(path("a"), .createNew, permissions: 0o600)
        try file.write(Array("0123456789".utf8).span, at: 0)
        try file.write(Array("ab".utf8).span, at: 12)
        var bytes: [UInt8] = [1]
        #expect(try file.read(at: 3, count: 4, appendingTo: &bytes) == 4)
        #expect(bytes == [1] + Array("3456".utf8))
        bytes = []
        #expect(try file.read(at: 8, count: 100, appendingTo: &bytes) == 6)
        #expect(bytes == Array("89".utf8) + [0, 0] + Array("ab".utf8))
        #expect(try file.read(at: 14, count: 1, appendingTo: &bytes) == 0)
        #expect(try file.read(at: 1000, count: 1 << 40, appendingTo: &bytes) == 0)
        #expect(try file.status().byteCount == 14)
    }

    @Test func `more than one call's worth is read whole`() throws {
        let content = (0..<(5 << 19) + 7).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let file = try files.open(path("a"), .createNew, permissions: 0o600)
        try file.write(content.span, at: 0)
        #expect(try files.contents(of: path("a"), limit: .max) == content)
        #expect(try files.contents(of: path("a"), limit: 3 << 19)?.count == 3 << 19)
        #expect(try files.contents(of: path("none"), limit: 10) == nil)
    }

    @Test func `a file keeps its identity under another name, and a new one at its path has another`() throws {
        let file = try files.open(path("a"), .createNew, permissions: 0o600)
        let identity = try file.status().identity
        try files.rename(path("a"), to: path("b"))
        #expect(try files.status(of: path("b"))?.identity == identity)
        #expect(try file.status().identity == identity)
        #expect(try files.status(of: path("a")) == nil)
        try files.remove(path("b"))
        #expect(try !file.status().isLinked)
        file.close()
        // The file system may give the same inode number again; the time of birth tells the two apart.
        for _ in 0..<20 {
            let next = try files.open(path("a"), .createNew, permissions: 0o600)
            #expect(try next.status().identity != identity)
            next.close()
            try files.remove(path("a"))
        }
    }

    @Test func `a rename replaces what had the name`() throws {
        for name in ["a", "b"] {
            try files.open(path(name), .createNew, permissions: 0o600).write(Array(name.utf8).span, at: 0)
        }
        try files.rename(path("a"), to: path("b"))
        #expect(try files.list(folder.path) == ["b"])
        #expect(try files.contents(of: path("b"), limit: 9) == Array("a".utf8))
    }

    @Test(arguments: [0o600, 0o640, 0o664, 0o666] as [UInt32])
    func `permissions of a new file do not depend on the umask`(permissions: UInt32) throws {
        // No test of this process but this suite's creates files by these calls; the strictest mask of a service.
        let name = path("mode-\(permissions)")
        _ = try files.open(name, .createOrUpdate, permissions: permissions)
        #expect(mode(of: name) == permissions)
        // One that exists keeps its own.
        _ = try files.open(name, .createOrUpdate, permissions: 0o600)
        #expect(mode(of: name) == permissions)
    }

    @Test func `opening tells what exists from what does not`() throws {
        #expect(throws: FileError("open", path("a"), code: ENOENT)) { try files.open(path("a"), .read, permissions: 0) }
        #expect(throws: FileError("open", path("a"), code: ENOENT)) {
            try files.open(path("a"), .update, permissions: 0)
        }
        _ = try files.open(path("a"), .createNew, permissions: 0o600)
        #expect(throws: FileError("open", path("a"), code: EEXIST)) {
            try files.open(path("a"), .createNew, permissions: 0o600)
        }
        let reading = try files.open(path("a"), .read, permissions: 0)
        #expect(throws: FileError("write", path("a"), code: EBADF)) { try reading.write([1].span, at: 0) }
    }

    @Test func `an error names what was tried, the path and the reason`() {
        let error = FileError("rename", "/no/such", code: ENOENT)
        #expect(error.description == "cannot rename '/no/such': No such file or directory")
        #expect(throws: error) { try files.rename("/no/such", to: path("a")) }
        #expect(throws: FileError("remove", path("x"), code: ENOENT)) { try files.remove(path("x")) }
        #expect(throws: FileError("list", path("x"), code: ENOENT)) { try files.list(path("x")) }
        #expect(throws: FileError("open", path("x"), code: ENOENT)) { try files.synchronizeDirectory(path("x")) }
        #expect(throws: FileError("change the owner of", path("x"), code: ENOENT)) {
            try files.setOwner(of: path("x"), user: nil, group: nil)
        }
    }

    @Test func `folders are made with those above them, and a file in the way is an error`() throws {
        try files.makeDirectory(path("a/b/c"), permissions: 0o700)
        try files.makeDirectory(path("a/b/c"), permissions: 0o700)
        #expect(mode(of: path("a/b/c")) == 0o700)
        #expect(try files.list(path("a")) == ["b"])
        try files.synchronizeDirectory(path("a"))
        _ = try files.open(path("file"), .createNew, permissions: 0o600)
        #expect(throws: FileError("create the folder", path("file"), code: ENOTDIR)) {
            try files.makeDirectory(path("file"), permissions: 0o700)
        }
        #expect(throws: FileError.self) { try files.makeDirectory(path("file/b"), permissions: 0o700) }
        // Below a file there is nothing; that is no error.
        #expect(try files.status(of: path("file/b")) == nil)
    }

    @Test func `a file is cut, and room is set aside for it`() throws {
        let file = try files.open(path("a"), .createNew, permissions: 0o600)
        try file.allocate(byteCount: 10_000)
        #expect(try file.status().byteCount == 10_000)
        try file.allocate(byteCount: 5_000)
        #expect(try file.status().byteCount == 10_000)
        try file.truncate(to: 3)
        try file.synchronize()
        #expect(try files.contents(of: path("a"), limit: 100) == [0, 0, 0])
    }

    @Test func `a locked file cannot be locked again until it is closed`() throws {
        let first = try files.open(path("lock"), .createOrUpdate, permissions: 0o600)
        let second = try files.open(path("lock"), .createOrUpdate, permissions: 0o600)
        #expect(try first.lock())
        #expect(try !second.lock())
        first.close()
        #expect(try second.lock())
    }

    @Test func `a file that was closed takes no call, and closing twice closes no other file`() throws {
        let file = try files.open(path("a"), .createNew, permissions: 0o600)
        file.close()
        let other = try files.open(path("b"), .createNew, permissions: 0o600)
        file.close()
        try other.write([1].span, at: 0)
        #expect(try other.status().byteCount == 1)
    }

    @Test(arguments: [
        ("/var/log/events.log", "/var/log", "events.log"), ("events.log", ".", "events.log"),
        ("/events.log", "/", "events.log"),
        ("/", "/", ""),
    ])
    func `a path has a folder and a last part`(path: String, folder: String, last: String) {
        #expect(parentDirectory(of: path) == folder)
        #expect(lastComponent(of: path) == last)
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func mode(of path: String) -> UInt32 {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return 0 }
        return information.st_mode & 0o7777
    }
}
