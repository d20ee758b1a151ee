import EventModel
import Glibc
import Pipeline
import Platform
import TestSupport
import Testing

@testable import Journal

@Suite(.serialized) struct JournalSourceTests {
    @Test func `hostile entries become one event each, in order and with their bytes`() async throws {
        let fixture = try JournalFixture()
        var random = SeededGenerator(seed: 1)
        var entries = (0..<2000).map { JournalFixture.hostileEntry($0, using: &random) }
        entries[777].fields.removeAll { $0.name == "MESSAGE" }
        entries[777].fields.append(("MESSAGE", [UInt8](repeating: 0x78, count: 1 << 20)))
        try fixture.write(entries, to: "a.journal")
        let collector = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: collector)
        let events = await collector.events
        #expect(events.map(\.number) == Array(0..<2000))
        for (event, entry) in zip(events, entries) {
            #expect(event.message?.bytes == entry.value("MESSAGE"))
            #expect(event.time.microseconds == Int64(entry.realtime))
            #expect(event.host == "host1")
            #expect(event.text("BINARY") == entry.value("BINARY"))
            #expect(event.text("FIELD_299") == entry.value("FIELD_299"))
        }
        #expect(Set(events.map(\.id)).count == 2000)
        let repeated = try #require(events.first { $0.number == 4 })
        #expect(Set(["REPEATED", "REPEATED.2", "REPEATED.3"].map { repeated.text(Text($0)) }).count == 3)
        let counts = await collector.counts
        #expect(counts == SourceCounts(read: 2000, accepted: 2000))
    }

    @Test func `a second run adds nothing, and a later one only what is new`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<300).map { JournalFixture.entry($0) }, to: "a.journal")
        let first = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: first)
        let cursor = try #require(await first.cursor)
        let second = BatchCollector()
        try await source(fixture).run(from: cursor, mode: .once, into: second)
        #expect(await second.events.isEmpty)
        try fixture.write((300..<310).map { JournalFixture.entry($0) }, to: "a.journal")
        let third = BatchCollector()
        try await source(fixture).run(from: cursor, mode: .once, into: third)
        #expect(await third.events.map(\.number) == Array(300..<310))
    }

    @Test func `any batch's cursor goes on after its last event`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<5000).map { JournalFixture.entry($0) }, to: "a.journal")
        let whole = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: whole)
        let batches = await whole.batches
        #expect(batches.count >= 3)
        var read: UInt64 = 0
        for batch in batches {
            read += batch.counts.read
            let rest = BatchCollector()
            try await source(fixture).run(from: batch.cursor, mode: .once, into: rest)
            #expect(await rest.events.map(\.number) == Array(Int(read)..<5000))
            #expect(await rest.events.map(\.id) == (await whole.events.map(\.id).suffix(5000 - Int(read))))
        }
    }

    @Test func `entries that the filters leave out move the cursor`() async throws {
        let fixture = try JournalFixture()
        try fixture.write(
            (0..<500).map { JournalFixture.entry($0, unit: $0 == 100 ? "rare.service" : "app.service") },
            to: "a.journal")
        let collector = BatchCollector()
        try await source(fixture) { $0.units = ["rare"] }.run(from: nil, mode: .once, into: collector)
        #expect(await collector.events.map(\.number) == [100])
        #expect(await collector.counts == SourceCounts(read: 500, accepted: 1, filtered: 499))
        let rest = BatchCollector()
        try await source(fixture).run(from: await collector.cursor, mode: .once, into: rest)
        #expect(await rest.counts.read == 0)
    }

    @Test func `a vacuum between two runs is one gap`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<100).map { JournalFixture.entry($0) }, to: "a.journal")
        let first = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: first)
        try fixture.write((100..<200).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.remove("a.journal")
        try fixture.write((200..<300).map { JournalFixture.entry($0) }, to: "b.journal")
        let second = BatchCollector()
        try await source(fixture).run(from: await first.cursor, mode: .once, into: second)
        #expect(await second.entries.map(\.number) == Array(200..<300))
        let gap = try #require(await second.notes.first)
        #expect(await second.notes.count == 1)
        #expect(await second.counts == SourceCounts(read: 100, accepted: 100, noted: 1))
        #expect(gap.severity == .major)
        #expect(gap.parameters.first?.value == .time(Timestamp(microseconds: JournalFixture.start + 99_000)))
        #expect(await second.events.first?.kind == "Software.Log.Gap")
        let third = BatchCollector()
        try await source(fixture).run(from: await second.cursor, mode: .once, into: third)
        #expect(await third.events.isEmpty)
    }

    @Test func `a start now takes only what comes later, from another file too`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<50).map { JournalFixture.entry($0) }, to: "a.journal")
        let collector = BatchCollector()
        let journal = source(fixture) { $0.start = .now }
        let run = Task { try await journal.run(from: nil, mode: .forever, into: collector) }
        await collector.wait { !$0.batches.isEmpty }
        #expect(await collector.events.isEmpty)
        try fixture.write((50..<60).map { JournalFixture.entry($0) }, to: "a.journal")
        await collector.wait { $0.events.count >= 10 }
        try fixture.write((60..<70).map { JournalFixture.entry($0) }, to: "b.journal")
        await collector.wait { $0.events.count >= 20 }
        #expect(await collector.events.map(\.number) == Array(50..<70))
        run.cancel()
        _ = await run.result
        #expect(readers(of: fixture).isEmpty)
    }

    @Test func `a truncated and an overwritten file cost their own entries and are told once`() async throws {
        let fixture = try JournalFixture()
        let filler = String(repeating: "x", count: 300)
        let entries = (0..<12_000).map { JournalFixture.entry($0, message: "\($0) \(filler)") }
        try fixture.write(Array(entries[..<4000]), to: "a.journal")
        try fixture.write(Array(entries[4000..<8000]), to: "b.journal")
        try fixture.write(Array(entries[8000...]), to: "c.journal")
        let collector = BatchCollector()
        await collector.hold(afterBatches: 1)
        let journal = source(fixture)
        let run = Task { try await journal.run(from: nil, mode: .forever, into: collector) }
        await collector.wait { !$0.batches.isEmpty }
        try fixture.truncate("b.journal", toShare: 0.5)
        var random = SeededGenerator(seed: 3)
        try fixture.overwrite(
            "c.journal", atShare: 0.6, with: (0..<8192).map { _ in UInt8.random(in: 0...255, using: &random) })
        await collector.release()
        await collector.wait { $0.entries.last?.number == 11_999 && $0.notes.contains { $0.text("file") != nil } }
        try fixture.write((12_000..<12_010).map { JournalFixture.entry($0) }, to: "d.journal")
        await collector.wait { $0.entries.last?.number == 12_009 }
        let numbers = await collector.entries.compactMap(\.number)
        #expect(Array(numbers.prefix(4000)) == Array(0..<4000))
        #expect(numbers == numbers.sorted())
        #expect(Set(numbers).count == numbers.count)
        #expect(Array(numbers.suffix(10)) == Array(12_000..<12_010))
        let truncated = await collector.notes.filter { $0.text("file") == Array(fixture.path("b.journal").utf8) }
        #expect(truncated.count == 1)
        run.cancel()
        _ = await run.result
        #expect(readers(of: fixture).isEmpty)
    }

    @Test func `entries behind missing numbers keep their ids`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<3000).map { JournalFixture.entry($0) }, to: "a.journal")
        let whole = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: whole)
        let ids = Dictionary(uniqueKeysWithValues: await whole.entries.map { ($0.number, $0.id) })
        #expect(ids.count == 3000)
        #expect(Set(ids.values).count == 3000)
        var random = SeededGenerator(seed: 5)
        for share in [0.55, 0.7, 0.85] {
            try fixture.overwrite(
                "a.journal", atShare: share, with: (0..<512).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
        let damaged = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: damaged)
        let rest = await damaged.entries
        #expect((1500..<3000).contains(rest.count))
        for event in rest where event.number != nil { #expect(event.id == ids[event.number]) }
        #expect(Set(rest.map(\.id)).isSubset(of: ids.values))
    }

    @Test func `entries of several counters keep their ids`() async throws {
        let fixture = try JournalFixture()
        var expected: [EventID?] = []
        for part in 0..<3 {
            let name = "\(part).journal"
            try fixture.write(
                stride(from: part, to: 900, by: 3).map { JournalFixture.entry($0) }, to: name)
            let alone = BatchCollector()
            try await source(fixture) { $0.place = .files([fixture.path(name)]) }.run(
                from: nil, mode: .once, into: alone)
            expected += await alone.events.map(\.id)
        }
        let together = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: together)
        #expect(await together.entries.map(\.number) == Array(0..<900))
        #expect(await Set(together.events.map(\.id)) == Set(expected))
    }

    @Test func `what follows a damaged list of entries is read by another way`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<2000).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.damageEntryList("a.journal")
        let collector = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: collector)
        #expect(await collector.entries.map(\.number) == Array(0..<2000))
        #expect(await collector.notes.map { $0.text("file") } == [Array(fixture.path("a.journal").utf8)])
        let second = BatchCollector()
        try await source(fixture).run(from: await collector.cursor, mode: .once, into: second)
        #expect(await second.events.isEmpty)
    }

    @Test(.timeLimit(.minutes(1)))
    func `what is appended behind a damaged list of entries is read as well`() async throws {
        let fixture = try JournalFixture()
        let maker = try JournalFixture()
        let files = try [100, 200, 300].map { end in
            try maker.write((end - 100..<end).map { JournalFixture.entry($0) }, to: "a.journal")
            let whole = try #require(try PosixFileSystem().contents(of: maker.path("a.journal"), limit: 1 << 28))
            try maker.damageEntryList("a.journal")
            defer { try? maker.write(bytes: whole, to: "a.journal") }
            return try #require(try PosixFileSystem().contents(of: maker.path("a.journal"), limit: 1 << 28))
        }
        try fixture.write(bytes: files[0], to: "a.journal")
        // Its time ends before that of the first entry which the library cannot find.
        try fixture.write((300..<310).map { JournalFixture.entry($0 - 300, unit: "other.service") }, to: "b.journal")
        let collector = BatchCollector()
        let running = Task { try await source(fixture).run(from: nil, mode: .forever, into: collector) }
        await collector.wait { $0.entries.count == 110 }
        // As journald appends to a file without a look at what is damaged before its end.
        for (index, bytes) in files.enumerated().dropFirst() {
            try fixture.overwrite("a.journal", atShare: 0, with: bytes)
            await collector.wait { $0.entries.count == (index + 1) * 100 + 10 }
        }
        running.cancel()
        _ = try? await running.value
        #expect(await collector.entries.count == 310)
        #expect(await Set(collector.entries.map(\.id)).count == 310)
        #expect(await collector.notes.map { $0.text("file") } == [Array(fixture.path("a.journal").utf8)])
        let second = BatchCollector()
        try await source(fixture).run(from: await collector.cursor, mode: .once, into: second)
        #expect(await second.entries.isEmpty)
    }

    @Test func `a damaged list of entries is made up for although files with the same counter were read further`()
        async throws
    {
        let fixture = try JournalFixture()
        try fixture.write((0..<200).map { JournalFixture.entry(2 * $0) }, to: "a.journal")
        try fixture.write((0..<200).map { JournalFixture.entry(2 * $0 + 1) }, to: "b.journal")
        try fixture.shareCounter(["a.journal", "b.journal"])
        let whole = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: whole)
        #expect(await whole.events.map(\.number) == Array(0..<400))
        try fixture.damageEntryList("a.journal")
        let collector = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: collector)
        #expect(await collector.entries.compactMap(\.number).sorted() == Array(0..<400))
        #expect(await collector.notes.map { $0.text("file") } == [Array(fixture.path("a.journal").utf8)])
        let second = BatchCollector()
        try await source(fixture).run(from: await collector.cursor, mode: .once, into: second)
        #expect(await second.events.isEmpty)
    }

    @Test func `a number that comes twice is two entries, also for a reader that begins beside several counters`()
        async throws
    {
        let fixture = try JournalFixture()
        try fixture.write((0..<20).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.write((20..<40).map { JournalFixture.entry($0) }, to: "b.journal")
        let first = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: first)
        try fixture.write((40..<60).map { JournalFixture.entry($0) }, to: "c.journal")
        try fixture.write((60..<80).map { JournalFixture.entry($0) }, to: "d.journal")
        try fixture.shareCounter(["c.journal", "d.journal"], repeats: true)
        let second = BatchCollector()
        try await source(fixture).run(from: await first.cursor, mode: .once, into: second)
        #expect(await second.events.compactMap(\.number).sorted() == Array(40..<80))
    }

    @Test func `of a journal that is read from its beginning a damaged first file is made up for`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<100).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.write((100..<200).map { JournalFixture.entry($0) }, to: "b.journal")
        try fixture.shareCounter(["a.journal", "b.journal"])
        try fixture.damageEntryList("a.journal", array: 0)
        let collector = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: collector)
        #expect(await collector.entries.compactMap(\.number).sorted() == Array(0..<200))
        #expect(await collector.notes.map { $0.text("file") } == [Array(fixture.path("a.journal").utf8)])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a file that was read and gets another counter's id by damage is not read again`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<100).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.write((100..<200).map { JournalFixture.entry($0) }, to: "b.journal")
        let collector = BatchCollector()
        let running = Task { try await source(fixture).run(from: nil, mode: .forever, into: collector) }
        await collector.wait { $0.entries.count == 200 }
        let file = try PosixFileSystem().open(fixture.path("a.journal"), .update, permissions: 0)
        try file.write([0xAA, 0x55].span, at: 80)
        file.close()
        // Each new file has all files opened again, and looked at a second later.
        for count in [210, 220] {
            try fixture.write((count - 10..<count).map { JournalFixture.entry($0) }, to: "\(count).journal")
            await collector.wait { $0.entries.count >= count }
            try await Task.sleep(for: .seconds(2))
        }
        running.cancel()
        _ = try? await running.value
        #expect(await collector.events.map(\.number) == Array(0..<220))
    }

    @Test func `bytes that were changed anywhere cost their own entries, and what is missing is told`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<3000).map { JournalFixture.entry($0) }, to: "a.journal")
        let path = fixture.path("a.journal")
        let whole = try #require(try PosixFileSystem().contents(of: path, limit: 1 << 28))
        let used = whole.lastIndex { $0 != 0 } ?? 0
        var random = SeededGenerator(seed: 6)
        for _ in 0..<12 {
            var bytes = whole
            for _ in 0..<20 {
                bytes[Int.random(in: 4096...used, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try fixture.write(bytes: bytes, to: "a.journal")
            let collector = BatchCollector()
            try await source(fixture).run(from: nil, mode: .once, into: collector)
            let count = await collector.entries.count
            #expect(count <= 3000)
            if count < 3000 { #expect(await !collector.notes.isEmpty) }
        }
    }

    @Test func `files that are no journals are told and do no harm`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<10).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.write(bytes: [], to: "empty.journal")
        try fixture.write(bytes: [UInt8](repeating: 0x41, count: 100_000), to: "foreign.journal")
        let first = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: first)
        #expect(await first.entries.map(\.number) == Array(0..<10))
        #expect(await first.notes.map { $0.text("file") } == [Array(fixture.path("foreign.journal").utf8)])
        let second = BatchCollector()
        try await source(fixture).run(from: await first.cursor, mode: .once, into: second)
        #expect(await second.events.isEmpty)
    }

    @Test(arguments: [SIGKILL, SIGSTOP])
    func `a reader that dies or stops is replaced and nothing is lost or repeated`(signal: Int32) async throws {
        let fixture = try JournalFixture()
        let filler = String(repeating: "x", count: 300)
        try fixture.write((0..<20_000).map { JournalFixture.entry($0, message: "\($0) \(filler)") }, to: "a.journal")
        let collector = BatchCollector()
        await collector.hold(afterBatches: 2)
        let journal = source(fixture) { $0.stallTimeout = .seconds(3) }
        let run = Task { try await journal.run(from: nil, mode: .once, into: collector) }
        await collector.wait { $0.batches.count >= 2 }
        let victim = try #require(readers(of: fixture).first)
        kill(victim, signal)
        await collector.release()
        try await run.value
        #expect(await collector.events.map(\.number) == Array(0..<20_000))
        #expect(readers(of: fixture).isEmpty)
    }

    @Test func `a reader that may not write for long lets the files go and comes back`() async throws {
        let fixture = try JournalFixture()
        let filler = String(repeating: "x", count: 300)
        try fixture.write((0..<20_000).map { JournalFixture.entry($0, message: "\($0) \(filler)") }, to: "a.journal")
        let collector = BatchCollector()
        await collector.hold(afterBatches: 1)
        let journal = source(fixture) { $0.stallTimeout = .milliseconds(200) }
        let run = Task { try await journal.run(from: nil, mode: .once, into: collector) }
        await collector.wait { !$0.batches.isEmpty }
        let reader = try #require(readers(of: fixture).first)
        // It read on until the pipe was full, so it has the file open until it lets it go.
        while openJournals(of: reader) > 0 { await Task.yield() }
        #expect(readers(of: fixture) == [reader])
        await collector.release()
        try await run.value
        #expect(await collector.events.map(\.number) == Array(0..<20_000))
    }

    @Test func `a file that ends every reader is found and left out`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<10).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.write((10..<20).map { JournalFixture.entry($0) }, to: "deadly.journal")
        // The program dies of that file, which no other place than the list of files left out may name. The sixth
        // byte of a request is its version, and the seventh its task; 2 is to examine.
        try fixture.write(
            bytes: Array(
                """
                #!/bin/bash
                exec 3<&0
                request=$(mktemp -p \(fixture.directory))
                dd bs=65536 count=1 of=$request 2>/dev/null
                task=$(od -An -tu1 -j6 -N1 $request)
                grep -q deadly $request && named=1 || named=0
                if [ $((task == 2)) = $named ]; then kill -ABRT $$; fi
                exec \(executable) journal-reader < <(cat $request; rm $request; exec cat <&3)

                """.utf8), to: "reader.sh")
        #expect(unsafe chmod(fixture.path("reader.sh"), 0o755) == 0)
        let collector = BatchCollector()
        let journal = source(fixture, reader: fixture.path("reader.sh"))
        try await journal.run(from: nil, mode: .once, into: collector)
        #expect(await collector.entries.map(\.number) == Array(0..<10))
        #expect(await collector.notes.map { $0.text("file") } == [Array(fixture.path("deadly.journal").utf8)])
    }

    @Test func `files by name are read, and one that is broken does not stop the others`() async throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<10).map { JournalFixture.entry($0) }, to: "a.journal")
        try fixture.write((10..<20).map { JournalFixture.entry($0) }, to: "b.journal")
        try fixture.write(bytes: [1, 2, 3], to: "c.journal")
        let collector = BatchCollector()
        let journal = source(fixture) { settings in
            settings.place = .files(["a.journal", "b.journal", "c.journal"].map(fixture.path))
        }
        try await journal.run(from: nil, mode: .once, into: collector)
        #expect(await collector.entries.map(\.number) == Array(0..<20))
        #expect(await collector.notes.count == 1)
    }

    @Test func `a folder that is not there ends a run that reads once`() async throws {
        let fixture = try JournalFixture()
        let collector = BatchCollector()
        let journal = source(fixture) { $0.place = .directory(fixture.path("none")) }
        try await journal.run(from: nil, mode: .once, into: collector)
        #expect(await collector.batches.isEmpty)
    }

    @Test func `long fields and large entries are cut and say so`() async throws {
        let fixture = try JournalFixture()
        var entry = JournalFixture.entry(0)
        entry.fields.removeAll { $0.name == "MESSAGE" }
        entry.fields.append(("MESSAGE", [UInt8](repeating: 0x61, count: 3 << 20)))
        entry.fields.append(("LONG", Array("é".utf8) * 40_000))
        try fixture.write([entry, JournalFixture.entry(1)], to: "a.journal")
        let collector = BatchCollector()
        try await source(fixture).run(from: nil, mode: .once, into: collector)
        let event = try #require(await collector.events.first)
        #expect(event.message?.bytes.count == 1 << 20)
        #expect(event.parameters.contains(Parameter("truncated.MESSAGE", .integer(WholeNumber(3 << 20)))))
        #expect(event.text("LONG")?.count == 64 << 10)
        #expect(event.parameters.contains(Parameter("truncated.LONG", .integer(WholeNumber(80_000)))))
        #expect(await collector.events.map(\.number) == [0, 1])
    }
}

private func * (bytes: [UInt8], count: Int) -> [UInt8] {
    Array(repeatElement(bytes, count: count).joined())
}
