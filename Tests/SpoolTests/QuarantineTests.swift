import EventModel
import EventText
import Pipeline
import Platform
import Spool
import TestSupport
import Testing

/// The invariants of `QuarantineFormat.swift`.
@Suite struct QuarantineTests {
    private let log = RecordedLog()

    private func quarantine(_ files: MemoryFileSystem, maximumFileByteCount: Int = 8 << 20) -> Quarantine {
        Quarantine(
            directory: SpoolFixture.directory, fileSystem: files, maximumFileByteCount: maximumFileByteCount,
            logger: log.logger)
    }

    private func reader(_ files: MemoryFileSystem) -> QuarantineReader {
        QuarantineReader(directory: SpoolFixture.directory, fileSystem: files)
    }

    private func entries(_ files: MemoryFileSystem) throws -> [QuarantineEntry] {
        var entries: [QuarantineEntry] = []
        try reader(files).forEach { entry in
            entries.append(entry)
            return true
        }
        return entries
    }

    private func numbers(_ files: MemoryFileSystem) throws -> [UInt64] { try entries(files).map(\.number) }

    private func record(_ content: QuarantinedRecord.Content, reason: String = "it is no JSON") -> QuarantinedRecord {
        QuarantinedRecord(part: .source("maas"), cause: .undecodable, reason: reason, content: content)
    }

    private func path(_ file: Int) -> String { "\(SpoolFixture.directory)/quarantine/00000\(file).jsonl" }

    @Test(arguments: [
        [], Array("plain".utf8), Array("a \"quoted\" line\nand another\u{0}\u{2028} ü".utf8), [0xFF, 0x00, 0x80],
        [0xC3], [UInt8](repeating: 0xFE, count: 1000), Array("\\\",\"event\":{}".utf8),
    ])
    func `the bytes of a record come back as they were`(bytes: [UInt8]) throws {
        let files = MemoryFileSystem()
        #expect(quarantine(files).keep([record(.bytes(bytes), reason: "a \"reason\"\n")]) == 1)
        let entry = try #require(try reader(files).entry(1))
        #expect(entry.content == bytes)
        #expect(entry.part == "source" && entry.name == "maas" && entry.cause == "undecodable")
        #expect(entry.reason == "a \"reason\"\n")
        #expect(entry.byteCount == nil && entry.event == nil)
        #expect(Timestamp(parsing: entry.time.bytes.span) != nil)
    }

    @Test func `an event comes back as the JSON it was`() throws {
        let files = MemoryFileSystem()
        var writer = BatchWriter()
        writer.append(
            Event(
                id: EventID(high: 1, low: 2), time: .earliest, observedTime: .earliest, source: "s",
                message: Text([0x22, 0xFF, 0x7D])))
        var batch = BatchReader(writer.bytes)
        #expect(try batch.next())
        var json: [UInt8] = []
        var encoder = EventJSONEncoder()
        encoder.append(batch, to: &json)
        quarantine(files).keep([record(.event(json: json), reason: ",\"event\":")])
        let entry = try #require(try reader(files).entry(1))
        #expect(entry.content == json)
        #expect(entry.event?["id"] == .text("00000000000000010000000000000002"))
    }

    @Test(arguments: [0x61 as UInt8, 0xFF])
    func `what is over one mebibyte is cut, and the record says so`(byte: UInt8) throws {
        let files = MemoryFileSystem()
        let bytes = [UInt8](repeating: byte, count: (1 << 20) + 5)
        quarantine(files).keep([record(.bytes(bytes))])
        let entry = try #require(try reader(files).entry(1))
        #expect(entry.content == Array(bytes.prefix(1 << 20)))
        #expect(entry.byteCount == UInt64(bytes.count))
    }

    @Test func `a text is cut between two characters`() throws {
        let files = MemoryFileSystem()
        let text = "a" + String(repeating: "ü", count: 1 << 19)
        quarantine(files).keep([record(.bytes(Array(text.utf8)))])
        let content = try #require(try reader(files).entry(1)?.content)
        #expect(content == Array(("a" + String(repeating: "ü", count: (1 << 19) - 1)).utf8))
    }

    @Test func `numbers grow over restarts and removals`() throws {
        let files = MemoryFileSystem()
        #expect(quarantine(files).keep([record(.nothing), record(.nothing)]) == 1)
        #expect(quarantine(files).keep([record(.nothing)]) == 3)
        #expect(try reader(files).remove(3))
        #expect(try !reader(files).remove(3))
        #expect(try reader(files).entry(3) == nil)
        #expect(quarantine(files).keep([record(.nothing)]) == 4)
        #expect(try numbers(files) == [1, 2, 4])
        #expect(try reader(files).removeAll() == 3)
        #expect(try entries(files).isEmpty)
        #expect(quarantine(files).keep([record(.nothing)]) == 5)
        #expect(try numbers(files) == [5])
    }

    @Test func `one writer: records can be removed while the daemon writes`() throws {
        let files = MemoryFileSystem()
        let quarantine = quarantine(files)
        quarantine.keep([record(.nothing), record(.nothing)])
        #expect(try reader(files).remove(1))
        quarantine.keep([record(.nothing)])
        #expect(try reader(files).removeAll() == 2)
        quarantine.keep([record(.nothing)])
        #expect(try numbers(files) == [4])
    }

    @Test func `torn tail: half a line is cut off, and the next record follows the last whole one`() throws {
        let files = MemoryFileSystem()
        quarantine(files).keep([record(.nothing), record(.bytes(Array("half".utf8)))])
        files.corrupt(path(1)) { $0.removeLast(10) }
        #expect(try numbers(files) == [1])
        #expect(quarantine(files).keep([record(.nothing)]) == 2)
        #expect(try numbers(files) == [1, 2])
    }

    @Test func `lines that are no records are stepped over`() throws {
        let files = MemoryFileSystem()
        quarantine(files).keep([record(.nothing), record(.nothing)])
        files.corrupt(path(1)) { $0[$0.firstIndex(of: 0x0A)! + 20] = 0xFF }
        let before = try numbers(files)
        #expect(before == [2])
        #expect(quarantine(files).keep([record(.nothing)]) == 3)
    }

    @Test func `counted first: it stays within its bound, and says how many records went`() throws {
        let files = MemoryFileSystem()
        let quarantine = quarantine(files, maximumFileByteCount: 8 << 10)
        let content = [UInt8](repeating: 0x61, count: 1 << 10)
        for _ in 0..<80 { quarantine.keep([record(.bytes(content))]) }
        let names = try files.list("\(SpoolFixture.directory)/quarantine")
        let sizes = try names.map {
            try files.status(of: "\(SpoolFixture.directory)/quarantine/\($0)")?.byteCount ?? 0
        }
        #expect(sizes.allSatisfy { $0 <= 8 << 10 })
        #expect(sizes.reduce(0, +) <= 64 << 10)
        // Seven such records fit into a file.
        let kept = try numbers(files)
        #expect(kept.last == 80)
        #expect(UInt64(80 - kept.count) == (try reader(files).dropped()))
        #expect(try reader(files).dropped() == 28)
        #expect(log.messages.contains { $0.contains("its oldest 7 records went, so far 28") })
    }

    @Test func `a record that was kept survives a power cut, whenever it comes, and no number comes twice`() throws {
        let content = [UInt8](repeating: 0x61, count: 300)
        // Enough to begin files, and to remove some.
        var crash = 1
        while true {
            let files = MemoryFileSystem()
            files.crash(at: crash)
            let quarantine = quarantine(files, maximumFileByteCount: 1000)
            var kept: [UInt64] = []
            for _ in 0..<24 where !files.hasCrashed {
                if let number = quarantine.keep([record(.bytes(content))]) { kept.append(number) }
            }
            let isDone = !files.hasCrashed
            for seed in 0..<2 {
                let after = files.afterPowerCut(seed: seed)
                let found = try numbers(after)
                #expect(Set(kept.suffix(8)).isSubset(of: found), "call \(crash), seed \(seed)")
                #expect(found == found.sorted() && Set(found).count == found.count)
                let next = try #require(self.quarantine(after).keep([record(.nothing)]))
                #expect(next > (kept.last ?? 0) && next > (found.last ?? 0), "call \(crash), seed \(seed)")
                #expect(try numbers(after).last == next)
            }
            if isDone { break }
            crash += 1
        }
        #expect(crash > 20)
    }

    @Test func `a full disk holds nothing up, is said once, and passes`() throws {
        let files = MemoryFileSystem()
        let quarantine = quarantine(files)
        quarantine.keep([record(.nothing)])
        files.fail("write", with: 28)
        #expect(quarantine.keep([record(.nothing)]) == nil)
        #expect(quarantine.keep([record(.nothing), record(.nothing)]) == nil)
        #expect(log.messages.count { $0.contains("cannot be kept") } == 1)
        files.fail("write", with: nil)
        #expect(quarantine.keep([record(.nothing)]) == 2)
        #expect(log.messages.last?.contains("3 records are not in it") == true)
        #expect(try numbers(files) == [1, 2])
    }

    @Test func `without a quarantine there is nothing to read and nothing to remove`() throws {
        let files = MemoryFileSystem()
        #expect(try entries(files).isEmpty)
        #expect(try reader(files).removeAll() == 0)
        #expect(try !reader(files).remove(1))
        #expect(try reader(files).dropped() == 0)
    }
}
