import Pipeline
import Platform
import TestSupport
import Testing

@testable import EventFiles

/// The writer and its recovery on real files, with what others do to them.
@Suite struct EventFileWriterTests {
    private let sink = FileSinkFixture()

    @Test func `a start goes on where the last one was recorded, and writes nothing twice`() throws {
        for round in 1...5 {
            let writer = try sink.start()
            try sink.deliver(10, with: writer)
            if round % 2 == 0 { try writer.synchronize() }
        }
        #expect(try sink.allEvents() == Array(0..<50))
        #expect(try sink.start().written.counts == SinkCounts(delivered: 50))
        #expect(sink.notices == [])
    }

    @Test func `what is delivered again to another sink is counted as filtered, also by a start that compares`() throws
    {
        let writer = try sink.start()
        try sink.append(2)
        try sink.append(3, from: Replay.source(for: "other"))
        try sink.append(1, from: Replay.source(for: "events"))
        try sink.append(2, from: Replay.source(for: "other"))
        try sink.append(1)
        while try writer.step() {}
        #expect(try sink.allEvents() == [0, 1, 5, 8])
        let next = try sink.start()
        while try next.step() {}
        #expect(try sink.allEvents() == [0, 1, 5, 8])
        #expect(next.written.counts == SinkCounts(delivered: 4, filtered: 5))
        #expect(sink.notices == [])
    }

    @Test func `a torn line is completed`() throws {
        try sink.deliver(3, with: try sink.start())
        try sink.cut(sink.path, to: try sink.byteCount(sink.path) - 7)
        let writer = try sink.start()
        while try writer.step() {}
        #expect(try sink.allEvents() == [0, 1, 2])
        #expect(sink.notices == [])
    }

    @Test(arguments: ["garbage\n", "garbage without an end", "1970-01-01T00:00:03 nearly ours\n"])
    func `bytes that others appended while it was stopped are moved aside`(foreign: String) throws {
        let writer = try sink.start()
        try sink.deliver(3, with: writer)
        try writer.synchronize()
        let size = try sink.byteCount(sink.path)
        try sink.append(2)
        try sink.appendForeign(foreign, to: sink.path)
        let next = try sink.start()
        while try next.step() {}
        #expect(try sink.allEvents() == Array(0..<5))
        guard case .unexpectedBytes(sink.path, let copy, let byteCount) = sink.notices.first else {
            Issue.record("no notice: \(sink.notices)")
            return
        }
        // What is the same as our next line may stay; the rest is in the copy.
        let kept = foreign.utf8.count - byteCount
        #expect(copy == sink.path + ".unexpected-\(size + kept)")
        #expect(try sink.files.contents(of: copy, limit: 1000) == Array(foreign.utf8.dropFirst(kept)))
    }

    @Test func `bytes that are moved aside twice from the same place are both kept`() throws {
        let writer = try sink.start()
        try sink.deliver(2, with: writer)
        try writer.synchronize()
        for text in ["first and long\n", "second\n"] {
            try sink.appendForeign(text, to: sink.path)
            _ = try sink.start()
        }
        let copies = try sink.names().filter { $0.contains(".unexpected-") }
        let contents = try copies.map {
            String(
                decoding: try #require(try sink.files.contents(of: sink.directory + "/" + $0, limit: 99)), as: UTF8.self
            )
        }
        #expect(contents == ["first and long\n", "second\n"])
        #expect(try sink.allEvents() == [0, 1])
    }

    @Test func `a file that was cut while it was stopped goes on with a whole line`() throws {
        let writer = try sink.start()
        try sink.deliver(5, with: writer)
        try writer.synchronize()
        try sink.cut(sink.path, to: try sink.byteCount(sink.path) / 2)
        let next = try sink.start()
        #expect(sink.notices == [.changedByOthers(file: sink.path, what: "cut")])
        try sink.deliver(2, with: next)
        #expect(try sink.events(in: sink.path).suffix(3) == [1, 5, 6])
        #expect(try sink.start().written.counts.delivered == 7)
    }

    @Test func `a file that was cut while it is written goes on behind what is left`() throws {
        let writer = try sink.start()
        try sink.deliver(4, with: writer)
        try sink.cut(sink.path, to: 0)
        try sink.deliver(2, with: writer)
        #expect(try sink.events(in: sink.path) == [4, 5])
        try sink.cut(sink.path, to: try sink.byteCount(sink.path) - 10)
        try sink.deliver(2, with: writer)
        #expect(try sink.events(in: sink.path) == [4, 6, 7])
        #expect(sink.notices == Array(repeating: .changedByOthers(file: sink.path, what: "cut"), count: 2))
        // What happened is recorded: a start compares with the file as it is.
        _ = try sink.start()
        #expect(sink.notices == [])
        #expect(try sink.events(in: sink.path) == [4, 6, 7])
    }

    @Test func `lines that others add while it is written stay whole, and so do ours`() throws {
        let writer = try sink.start()
        try sink.deliver(2, with: writer)
        try sink.appendForeign("foreign", to: sink.path)
        try sink.deliver(2, with: writer)
        #expect(try sink.events(in: sink.path) == [0, 1, 2, 3])
        let text = String(decoding: try #require(try sink.files.contents(of: sink.path, limit: 9999)), as: UTF8.self)
        #expect(text.contains("\nforeign\n"))
        #expect(sink.notices == [.changedByOthers(file: sink.path, what: "extended")])
        _ = try sink.start()
        #expect(try sink.events(in: sink.path) == [0, 1, 2, 3])
    }

    @Test func `a file that somebody removed is begun again`() throws {
        let writer = try sink.start()
        try sink.deliver(3, with: writer)
        try writer.synchronize()
        try sink.files.remove(sink.path)
        try sink.deliver(2, with: writer)
        #expect(try sink.events(in: sink.path) == [3, 4])
        #expect(sink.notices == [.changedByOthers(file: sink.path, what: "removed")])
        try writer.synchronize()
        try sink.deliver(1, with: try sink.start())
        #expect(try sink.events(in: sink.path) == [3, 4, 5])
        #expect(sink.notices == [])
    }

    @Test func `a file that somebody removed while it was stopped is told, and what was not recorded is written again`()
        throws
    {
        let writer = try sink.start()
        try sink.deliver(3, with: writer)
        try writer.synchronize()
        try sink.deliver(2, with: writer)
        try sink.files.remove(sink.path)
        let next = try sink.start()
        while try next.step() {}
        #expect(sink.notices == [.missing(file: sink.path)])
        #expect(try sink.events(in: sink.path) == [3, 4])
    }

    @Test func `after a rename by others it writes on to that file until it is reopened`() throws {
        let writer = try sink.start()
        try sink.deliver(2, with: writer)
        try sink.files.rename(sink.path, to: sink.path + ".1")
        try sink.deliver(2, with: writer)
        #expect(try sink.events(in: sink.path + ".1") == [0, 1, 2, 3])
        try writer.reopen()
        try sink.deliver(2, with: writer)
        #expect(try sink.events(in: sink.path + ".1") == [0, 1, 2, 3])
        #expect(try sink.events(in: sink.path) == [4, 5])
        // Nobody renamed anything: nothing happens.
        try writer.reopen()
        try sink.deliver(1, with: writer)
        #expect(try sink.events(in: sink.path) == [4, 5, 6])
        #expect(sink.notices == [])
    }

    @Test func `a rename by others and a kill leave every event once`() throws {
        let writer = try sink.start()
        try sink.deliver(2, with: writer)
        try writer.synchronize()
        try sink.deliver(2, with: writer)
        try sink.files.rename(sink.path, to: sink.path + ".1")
        try sink.cut(sink.path + ".1", to: try sink.byteCount(sink.path + ".1") - 20)
        let next = try sink.start()
        try sink.deliver(2, with: next)
        let (old, new) = (try sink.events(in: sink.path + ".1"), try sink.events(in: sink.path))
        #expect((old + new).sorted() == Array(0..<6))
        #expect(sink.notices == [])
    }

    @Test func `a folder that is missing is made`() throws {
        sink.settings.path = sink.folder.path + "/a/b/events.log"
        try sink.deliver(1, with: try sink.start())
        #expect(try sink.events(in: sink.path) == [0])
    }

    @Test func `a folder that cannot be made is an error until it can`() throws {
        try sink.append(2)
        try sink.files.open(sink.directory, .createNew, permissions: 0o600).close()
        #expect(throws: FileError.self) { try sink.start() }
        try sink.files.remove(sink.directory)
        let writer = try sink.start()
        while try writer.step() {}
        #expect(try sink.allEvents() == [0, 1])
    }

    @Test func `a file that was there before is kept, and its open line is ended`() throws {
        try sink.files.makeDirectory(sink.directory, permissions: 0o700)
        try sink.appendForeign("an old line", to: sink.path)
        try sink.deliver(1, with: try sink.start())
        let text = String(decoding: try #require(try sink.files.contents(of: sink.path, limit: 999)), as: UTF8.self)
        #expect(text.hasPrefix("an old line\n1970-"))
    }

    @Test func `files are closed before they are too large, and their numbers go on over starts`() throws {
        sink.settings.rotation.size = 1000
        for _ in 0..<4 { try sink.deliver(12, with: try sink.start()) }
        #expect(try sink.allEvents() == Array(0..<48))
        let names = try sink.rotatedNames()
        #expect(names.count > 4)
        #expect(names.map { RotatedName($0, base: "events.log")?.number } == (1...UInt64(names.count)).map { $0 })
        for name in names { #expect(try sink.byteCount(sink.directory + "/" + name) <= 1000) }
    }

    @Test func `a line longer than a file has a file of its own`() throws {
        sink.settings.rotation.size = 10
        try sink.deliver(3, with: try sink.start())
        #expect(try sink.rotatedNames().count == 2)
        #expect(try sink.allEvents() == [0, 1, 2])
    }

    @Test func `a file is closed when its period is over, and an empty one is not`() throws {
        sink.settings.rotation.every = .seconds(3600)
        let writer = try sink.start()
        sink.clock.advance(seconds: 7200)
        try writer.rotateIfOver()
        #expect(try sink.rotatedNames() == [])
        try sink.deliver(2, with: writer)
        sink.clock.advance(seconds: 3600)
        try writer.rotateIfOver()
        #expect(try sink.rotatedNames().count == 1)
        try writer.rotateIfOver()
        try sink.deliver(2, with: writer)
        sink.clock.advance(seconds: 3600)
        // Also when events come before anybody looks at the clock.
        try sink.deliver(1, with: writer)
        #expect(try sink.rotatedNames().count == 2)
        #expect(try sink.events(in: sink.path) == [4])
        #expect(try sink.allEvents() == [0, 1, 2, 3, 4])
    }

    @Test func `a period goes on over a restart`() throws {
        sink.settings.rotation.every = .seconds(3600)
        let writer = try sink.start()
        try sink.deliver(1, with: writer)
        try writer.synchronize()
        sink.clock.advance(seconds: 3600)
        let next = try sink.start()
        try next.rotateIfOver()
        #expect(try sink.rotatedNames().count == 1)
    }

    @Test func `many rotations before anything is synchronized are all recovered`() throws {
        sink.settings.rotation.size = 200
        // The chain was last synchronized at the 29th file.
        try sink.deliver(33, with: try sink.start())
        let names = try sink.rotatedNames()
        for name in names.suffix(3) {
            let path = sink.directory + "/" + name
            try sink.cut(path, to: try sink.byteCount(path) - 30)
        }
        try sink.deliver(3, with: try sink.start())
        #expect(try sink.allEvents() == Array(0..<36))
        #expect(sink.notices == [])
    }
}
