import EventModel
import Foundation
import Logging
import Pipeline
import Platform
import TestSupport
import Testing

@testable import EventFiles

@Suite struct FileKeeperTests {
    private static let minute: Int64 = 60_000_000

    private let folder = TemporaryFolder()
    private let files = PosixFileSystem()
    private let log = RecordedLog()

    @Test func `closed files are compressed, and their bytes stay the same`() async throws {
        for number in 1...3 { try create(number, Array("content of \(number)\n".utf8)) }
        try create(named: "events.log", [1])
        try await tidy(before: 4)
        #expect(try names() == ["events.log"] + (1...3).map { name($0) + ".gz" })
        for number in 1...3 {
            #expect(try decompress(path(name(number) + ".gz")) == Array("content of \(number)\n".utf8))
        }
        #expect(mode(of: path(name(1) + ".gz")) == 0o640)
    }

    @Test func `files that are not finished are let be`() async throws {
        for number in 1...4 { try create(number) }
        try await tidy(before: 3, keep: 0)
        #expect(try names() == [name(3), name(4)])
        try await tidy(before: 0, keep: 0)
        #expect(try names() == [name(3), name(4)])
    }

    @Test func `so many of the newest stay as the settings say`() async throws {
        for number in 1...9 { try create(number) }
        try await tidy(before: 100, keep: 4)
        #expect(try names() == (6...9).map { name($0) + ".gz" })
    }

    @Test func `files go when they are too old`() async throws {
        // By the stamp in the name: a file that waits for its compression grows no younger.
        let names = (1...4).map {
            RotatedName.make(base: "events.log", number: UInt64($0), closed: Int64($0) * Self.minute)
        }
        for name in names { try create(named: name, [0x0A]) }
        try await tidy(before: 100, keepFor: .seconds(120), compression: .none, now: 5 * Self.minute)
        #expect(try self.names() == Array(names[2...]))
    }

    @Test func `a file that cannot be removed does not keep the others`() async throws {
        for number in 1...5 { try create(number) }
        let folder = path(name(2) + ".gz.partial")
        try files.makeDirectory(folder, permissions: 0o700)
        try files.open(folder + "/x", .createNew, permissions: 0o600).close()
        try await tidy(before: 100, keep: 2)
        #expect(try names() == [name(2) + ".gz.partial", name(4) + ".gz", name(5) + ".gz"])
        #expect(log.messages.filter { $0.contains("Cannot tidy") }.count == 1)
    }

    @Test func `files go when all together are too large`() async throws {
        for number in 1...5 { try create(number, [UInt8](repeating: 1, count: 100)) }
        try await tidy(before: 100, keepSize: 250, compression: .none)
        #expect(try names() == [name(4), name(5)])
    }

    @Test func `what a crash left of a compression is removed and done again`() async throws {
        let content = Array("whole\n".utf8)
        try create(1, content)
        try create(named: name(1) + ".gz.partial", [1, 2, 3])
        try await tidy(before: 2)
        #expect(try names() == [name(1) + ".gz"])
        #expect(try decompress(path(name(1) + ".gz")) == content)
    }

    @Test func `a crash between the rename and the removal is finished`() async throws {
        try create(1, Array("one\n".utf8))
        try await tidy(before: 2)
        let compressed = try files.contents(of: path(name(1) + ".gz"), limit: 1000)
        try create(1, Array("one\n".utf8))
        try await tidy(before: 2)
        #expect(try names() == [name(1) + ".gz"])
        #expect(try files.contents(of: path(name(1) + ".gz"), limit: 1000) == compressed)
    }

    @Test func `files of others are let be`() async throws {
        let foreign = [
            "events.log", "events.log-20231114", "events.log.1", "events.log.unexpected-7",
            "events.log-notes.gz.partial",
            "events.log-audit-000001-20231114T221320Z", "events.log-audit-000001-20231114T221320Z.gz.partial",
        ]
        for name in foreign { try create(named: name, [1]) }
        try create(1)
        try await tidy(before: 100, keep: 0)
        #expect(try names() == foreign.sorted())
    }

    @Test func `a folder that is missing is no work`() async throws {
        try files.makeDirectory(folder.path + "/logs", permissions: 0o700)
        try FileManager.default.removeItem(atPath: folder.path + "/logs")
        try await tidy(before: 100)
        #expect(log.messages == [])
    }

    @Test func `what cannot be tidied is told once and does not end the keeper`() async throws {
        let memory = MemoryFileSystem()
        try memory.makeDirectory("d", permissions: 0o700)
        let path = "d/" + name(1)
        try memory.open(path, .createNew, permissions: 0o600).write([1].span, at: 0)
        memory.fail("write", with: 28)
        try await run(keeper(settings(), files: memory, path: "d/events.log"), before: 2)
        #expect(log.messages.count == 1)
        #expect(log.messages[0].contains("rotate"))
        #expect(try memory.exists(path))
        memory.fail("write", with: nil)
        try await run(keeper(settings(), files: memory, path: "d/events.log"), before: 2)
        #expect(try memory.list("d") == [name(1) + ".gz"])
    }

    @Test func `a point becomes durable, and one that cannot is thrown to the sink`() async throws {
        let memory = MemoryFileSystem()
        try memory.makeDirectory("d", permissions: 0o700)
        let handle = try memory.open("d/events.log", .createNew, permissions: 0o600)
        let place = FilePoint(
            position: SpoolPosition(segment: 1, offset: 8), nextEvent: 3, counts: SinkCounts(), byteCount: 9)
        for code in [nil, 5] as [Int32?] {
            let keeper = keeper(settings(), files: memory, path: "d/events.log")
            memory.fail("synchronize", with: code)
            keeper.synchronize(EventFileWriter.SyncPoint(handles: [handle], number: 1, point: place))
            #expect(keeper.isBusy)
            try await run(keeper, before: 0)
            if let code {
                #expect(throws: FileError("synchronize", "d/events.log", code: code)) { try keeper.takeCompleted() }
            } else {
                #expect(try keeper.takeCompleted()?.point == place)
            }
            #expect(try keeper.takeCompleted() == nil)
            #expect(!keeper.isBusy)
        }
    }

    private func tidy(
        before number: UInt64, keep: Int? = nil, keepFor: Duration? = nil, keepSize: Int? = nil,
        compression: RotationSettings.Compression = .gzip, now: Int64 = 0
    ) async throws {
        var settings = settings()
        settings.keep = keep
        settings.keepFor = keepFor
        settings.keepSize = keepSize
        settings.compression = compression
        try await run(keeper(settings, files: files, path: path("events.log"), now: now), before: number)
    }

    private func settings() -> RotationSettings {
        var settings = RotationSettings.never
        settings.compression = .gzip
        return settings
    }

    /// Runs until there is nothing to do.
    private func run(_ keeper: FileKeeper, before number: UInt64) async throws {
        keeper.release(before: number)
        keeper.finish()
        try await keeper.run()
    }

    private func keeper(_ settings: RotationSettings, files: any FileSystem, path: String, now: Int64 = 0) -> FileKeeper
    {
        let plan = EventFilePlan(
            name: "events", path: path, mode: 0o640, user: nil, group: nil,
            rendition: FileRendition(FileSinkSettings(path: path), filter: .all),
            rotation: RotationPolicy(settings), offset: { _ in 0 })
        return FileKeeper(
            plan: plan, rotation: settings, fileSystem: files, progress: Watermark(0), now: { now }, logger: log.logger)
    }

    private func create(_ number: Int, _ content: [UInt8] = [0x0A]) throws {
        try create(named: name(number), content)
    }

    private func create(named name: String, _ content: [UInt8]) throws {
        try files.makeDirectory(folder.path + "/logs", permissions: 0o700)
        try files.open(path(name), .createNew, permissions: 0o600).write(content.span, at: 0)
    }

    private func name(_ number: Int) -> String {
        RotatedName.make(base: "events.log", number: UInt64(number), closed: 1_700_000_000_000_000)
    }

    private func path(_ name: String) -> String { folder.path + "/logs/" + name }

    private func names() throws -> [String] { try files.list(folder.path + "/logs").sorted() }

    private func mode(of path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]) as? Int
    }
}
