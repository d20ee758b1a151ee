import Platform
import TestSupport
import Testing

@testable import Journal

@Suite struct JournalFileViewTests {
    /// An entry as libsystemd gives it.
    private struct Known {
        let cursor: JournalCursor
        let fields: [[UInt8]]
    }

    @Test(arguments: [true, false])
    func `an entry's fields are those that the library gives`(isCompact: Bool) throws {
        let fixture = try JournalFixture()
        var random = SeededGenerator(seed: 1)
        let entries = (0..<600).map { JournalFixture.hostileEntry($0, using: &random) }
        try fixture.write(entries, to: "a.journal", isCompact: isCompact)
        // Many different fields, so there are several files.
        var settings = JournalSettings()
        settings.place = .directory(fixture.directory)
        let files = JournalFolder.files(settings)
        let known = try entriesOfLibrary(files)
        #expect(files.count > 1 && known.count == 600)
        var start = known[0].cursor
        start.sequenceNumber = 0
        var views = JournalFileViews(files, after: start)
        var takenCount = 0
        for known in known {
            guard let fields = fields(of: &views, known.cursor) else { continue }
            #expect(fields == known.fields)
            takenCount += 1
        }
        // A long value is compressed.
        #expect(takenCount > 400)
    }

    @Test(arguments: [true, false])
    func `an entry is found from any place before it, under its own number and time alone`(isCompact: Bool) throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<3000).map { JournalFixture.entry($0) }, to: "a.journal", isCompact: isCompact)
        let known = try entriesOfLibrary(fixture, "a.journal")
        for step in [1, 2, 17, 700, 2999] {
            let view = try #require(JournalFileView(path: fixture.path("a.journal")))
            for place in stride(from: 0, to: known.count, by: step) {
                let cursor = known[place].cursor
                #expect(fields(of: view, cursor.sequenceNumber, cursor.realtime) == known[place].fields)
            }
            let last = known[known.count - 1].cursor
            #expect(fields(of: view, last.sequenceNumber + 1, last.realtime) == nil)
            #expect(fields(of: view, known[0].cursor.sequenceNumber, known[0].cursor.realtime) == nil)
        }
        let view = try #require(JournalFileView(path: fixture.path("a.journal")))
        #expect(fields(of: view, known[9].cursor.sequenceNumber, known[9].cursor.realtime + 1) == nil)
    }

    @Test func `a file that grows shows what it got`() throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<50).map { JournalFixture.entry($0) }, to: "a.journal")
        let view = try #require(JournalFileView(path: fixture.path("a.journal")))
        let first = try entriesOfLibrary(fixture, "a.journal")
        #expect(fields(of: view, first[49].cursor.sequenceNumber, first[49].cursor.realtime) == first[49].fields)
        #expect(fields(of: view, first[49].cursor.sequenceNumber + 1, first[49].cursor.realtime) == nil)
        // More than what a new file has room for, so that it gets larger.
        let long = [UInt8](repeating: 0x61, count: 300)
        try fixture.write(
            (50..<20_000).map {
                var entry = JournalFixture.entry($0)
                entry.fields.append(("LONG", Array("\($0) ".utf8) + long))
                return entry
            }, to: "a.journal")
        let second = try entriesOfLibrary(fixture, "a.journal")
        #expect(second.count == 20_000)
        for known in second[50...] {
            #expect(fields(of: view, known.cursor.sequenceNumber, known.cursor.realtime) == known.fields)
        }
    }

    @Test func `damage gives other fields of the file or none`() throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<200).map { JournalFixture.entry($0) }, to: "a.journal")
        let known = try entriesOfLibrary(fixture, "a.journal")
        let whole = try bytes(of: fixture.path("a.journal"))
        // The hash tables come first, and are not looked at.
        let used = whole.lastIndex { $0 != 0 } ?? 0
        var random = SeededGenerator(seed: 4)
        var lostCount = 0
        for _ in 0..<60 {
            var bytes = whole
            for _ in 0..<400 {
                bytes[Int.random(in: used - 60_000...used, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(bytes.count - Int.random(in: 0...used, using: &random)) }
            try fixture.write(bytes: bytes, to: "b.journal")
            guard let view = JournalFileView(path: fixture.path("b.journal")) else {
                lostCount += known.count
                continue
            }
            for known in known where fields(of: view, known.cursor.sequenceNumber, known.cursor.realtime) == nil {
                lostCount += 1
            }
        }
        #expect(lostCount > 0)
    }

    @Test func `what is no journal file is not looked at`() throws {
        let fixture = try JournalFixture()
        for bytes in [[], Array("LPKSHHRH".utf8), [UInt8](repeating: 0, count: 4096)] {
            try fixture.write(bytes: bytes, to: "a.journal")
            #expect(JournalFileView(path: fixture.path("a.journal")) == nil)
        }
        #expect(JournalFileView(path: fixture.path("missing.journal")) == nil)
        #expect(JournalFileView(path: fixture.directory) == nil)
    }

    @Test func `files of one counter are looked at in turn`() throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<100).map { JournalFixture.entry($0) }, to: "b.journal")
        var old = try bytes(of: fixture.path("b.journal"))
        old[16] = 2
        try fixture.write((100..<200).map { JournalFixture.entry($0) }, to: "b.journal")
        try fixture.write(bytes: old, to: "a.journal")
        let known = try entriesOfLibrary(fixture, "b.journal")
        var views = JournalFileViews(
            ["a.journal", "b.journal", "missing.journal"].map { fixture.path($0) }, after: known[49].cursor)
        for known in known[50...] { #expect(fields(of: &views, known.cursor) == known.fields) }
        var other = known[199].cursor
        other.sequence = JournalCursor.ID()
        #expect(fields(of: &views, other) == nil)
    }

    private func entriesOfLibrary(_ fixture: JournalFixture, _ name: String) throws -> [Known] {
        try entriesOfLibrary([fixture.path(name)])
    }

    private func entriesOfLibrary(_ files: [String]) throws -> [Known] {
        let journal = try JournalHandle(JournalSettings(), files: files)
        var known: [Known] = []
        while journal.next() > 0 {
            var fields: [[UInt8]] = []
            _ = unsafe journal.forEachField { data, count in
                fields.append(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
            }
            known.append(Known(cursor: try #require(journal.cursor().flatMap { JournalCursor($0) }), fields: fields))
        }
        return known
    }

    private func fields(of views: inout JournalFileViews, _ cursor: JournalCursor) -> [[UInt8]]? {
        var fields: [[UInt8]] = []
        let isThere = unsafe views.forEachField(
            of: cursor.sequenceNumber, cursor.sequence, realtime: cursor.realtime
        ) { data, count in
            fields.append(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
        }
        return isThere ? fields : nil
    }

    private func bytes(of path: String) throws -> [UInt8] {
        try #require(try PosixFileSystem().contents(of: path, limit: 1 << 28))
    }

    private func fields(of view: JournalFileView, _ number: UInt64, _ realtime: UInt64) -> [[UInt8]]? {
        let list = UnsafeMutablePointer<JournalFileView.Field>.allocate(capacity: JournalFileView.maximumFieldCount)
        defer { unsafe list.deallocate() }
        guard let count = unsafe view.find(number, realtime: realtime, into: list) else { return nil }
        return (0..<count).map { index in
            unsafe Array(UnsafeBufferPointer(start: list[index].data, count: list[index].byteCount))
        }
    }
}
