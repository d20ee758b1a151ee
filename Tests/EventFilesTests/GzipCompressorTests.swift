import Foundation
import Platform
import TestSupport
import Testing

@testable import EventFiles

@Suite struct GzipCompressorTests {
    private let folder = TemporaryFolder()
    private let files = PosixFileSystem()

    @Test(arguments: [0, 1, 5_000, 128 << 10, 3 << 20])
    func `gzip gives the same bytes back`(byteCount: Int) throws {
        var random = SeededGenerator(seed: byteCount)
        // Half noise, half text, so that it is neither incompressible nor all the same.
        let content = (0..<byteCount).map {
            $0 / 512 % 2 == 0 ? UInt8(truncatingIfNeeded: random.next()) : UInt8($0 % 61)
        }
        #expect(try compress(content, mayGoOn: { true }))
        #expect(try decompress(folder.path + "/file.gz") == content)
    }

    @Test func `it stops between pieces when it may not go on`() throws {
        var pieces = 0
        let isWhole = try compress([UInt8](repeating: 1, count: 1 << 20)) {
            pieces += 1
            return pieces < 3
        }
        #expect(!isWhole)
        #expect(pieces == 3)
    }

    @Test func `an error of the disk is the caller's`() throws {
        let memory = MemoryFileSystem()
        try memory.makeDirectory("d", permissions: 0o700)
        let source = try memory.open("d/a", .createNew, permissions: 0o600)
        try source.write([1, 2, 3].span, at: 0)
        let destination = try memory.open("d/b", .createNew, permissions: 0o600)
        for operation in ["write", "synchronize"] {
            memory.fail(operation, with: 28)
            #expect(throws: FileError(operation, "d/b", code: 28)) {
                try GzipCompressor.compress(source, to: destination) { true }
            }
            memory.fail(operation, with: nil)
        }
    }

    private func compress(_ content: [UInt8], mayGoOn: () -> Bool) throws -> Bool {
        let source = try files.open(folder.path + "/file", .createNew, permissions: 0o600)
        try source.write(content.span, at: 0)
        let destination = try files.open(folder.path + "/file.gz", .createNew, permissions: 0o600)
        return try GzipCompressor.compress(source, to: destination, mayGoOn: mayGoOn)
    }
}

/// What the system's gzip makes of a compressed file.
func decompress(_ path: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["--decompress", "--keep", "--force", path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let plain = String(path.dropLast(3))
    return try #require(try PosixFileSystem().contents(of: plain, limit: 1 << 30))
}
