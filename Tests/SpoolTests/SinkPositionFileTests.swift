import Pipeline
import Platform
import Spool
import TestSupport
import Testing

@Suite struct SinkPositionFileTests {
    private static let path = "spool/sinks/s.position"

    private let files = MemoryFileSystem()

    @Test func `a new file has no record, and a written one comes back whole`() throws {
        var file = try open()
        #expect(file.record == nil)
        let record = SinkRecord(
            position: SpoolPosition(segment: .max, offset: .max, event: .max), nextEvent: .max,
            counts: SinkCounts(delivered: 1, filtered: 2, quarantined: 3, dropped: .max),
            detail: (0..<SinkPositionFile.maximumDetailByteCount).map { UInt8(truncatingIfNeeded: $0) })
        try file.write(record)
        #expect(try open().record == record)
    }

    @Test func `the event that a sink began with stays, whatever it records`() throws {
        var file = try open()
        file.begin(with: 41)
        try file.write(record(42))
        try file.write(record(43))
        #expect(try open().firstEvent == 41)
    }

    @Test func `the newest record counts, in either slot`() throws {
        var file = try open()
        for number in 1...7 {
            try file.write(record(UInt64(number)))
            #expect(try open().record == record(UInt64(number)))
        }
    }

    @Test(arguments: [0, 4, 8, 20, 50, 75, 80, 88])
    func `a torn slot falls back to the record before it`(offset: Int) throws {
        var file = try open()
        for number in 1...3 { try file.write(record(UInt64(number))) }
        // The third record stands in the second slot.
        files.corrupt(Self.path) { $0[1 << 16 + offset] ^= 1 }
        #expect(try open().record == record(2))
        var next = try open()
        try next.write(record(9))
        #expect(try open().record == record(9))
    }

    @Test func `garbage and a short file are no record and no obstacle`() throws {
        for content in [[], [1], [UInt8](repeating: 0xFF, count: 2 << 16)] as [[UInt8]] {
            _ = try open()
            files.corrupt(Self.path) { $0 = content }
            var file = try open()
            #expect(file.record == nil)
            try file.write(record(1))
            #expect(try open().record == record(1))
        }
    }

    @Test(arguments: [0, 70, 76, 1000, 1 << 16, 1 << 16 + 40])
    func `what is written to a file that was cut counts at the next start`(byteCount: Int) throws {
        var file = try open()
        // Without a detail the record's last bytes are zeros, as those are that a file grows by.
        for number in 1...2 as ClosedRange<UInt64> {
            try file.write(SinkRecord(position: SpoolPosition(segment: number, offset: 8), nextEvent: number))
        }
        files.corrupt(Self.path) { $0.removeSubrange(byteCount...) }
        var cut = try open()
        try cut.write(record(9))
        #expect(try open().record == record(9))
    }

    @Test(arguments: ["write", "synchronize"])
    func `a record that could not be made durable leaves the one before`(operation: String) throws {
        var file = try open()
        try file.write(record(1))
        files.fail(operation, with: 5)
        #expect(throws: FileError.self) { try file.write(record(2)) }
        #expect(file.record == record(1))
        files.fail(operation, with: nil)
        try file.write(record(3))
        #expect(try open().record == record(3))
    }

    private func open() throws -> SinkPositionFile {
        try SinkPositionFile(directory: "spool", sink: "s", fileSystem: files)
    }

    private func record(_ number: UInt64) -> SinkRecord {
        SinkRecord(
            position: SpoolPosition(segment: number, offset: 8), nextEvent: number, detail: [1, 2, 3, 4, 5, 6, 7, 8])
    }
}
