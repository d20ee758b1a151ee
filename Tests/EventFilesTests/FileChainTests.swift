import EventModel
import Pipeline
import Platform
import TestSupport
import Testing

@testable import EventFiles

@Suite struct FileChainTests {
    @Test(arguments: 0..<50)
    func `a chain comes back from its record`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let chain = try chain(count: Int.random(in: 1...FileChain.maximumCount + 1, using: &random), using: &random)
        let record = try #require(chain.record)
        #expect(record.position == chain.files[0].start.position)
        #expect(record.nextEvent == chain.files[0].start.nextEvent)
        #expect(record.counts == chain.files[0].start.counts)
        #expect(FileChain(record) == chain)
    }

    @Test func `a chain of the most files and a long filter fits into a sink's record`() throws {
        var random = SeededGenerator(seed: 1)
        let record = try #require(try chain(count: FileChain.maximumCount + 1, using: &random).record)
        #expect(record.detail.count < 60 << 10)
        #expect(FileChain(files: []).record == nil)
    }

    @Test func `no beginning of a record is a chain`() throws {
        var random = SeededGenerator(seed: 2)
        let record = try #require(try chain(count: 2, using: &random).record)
        for count in 0..<record.detail.count {
            #expect(FileChain(detail(Array(record.detail.prefix(count)))) == nil)
        }
    }

    @Test func `too many files, none, or another version are no chain`() throws {
        for bytes in [
            [], [1], [1, 0], [2, 1], [1, 10], [1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        ] as [[UInt8]] {
            #expect(FileChain(detail(bytes)) == nil)
        }
    }

    @Test(arguments: 0..<50)
    func `no bytes harm the reader`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let whole = try #require(try chain(count: 3, using: &random).record).detail
        for _ in 0..<100 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let chain = FileChain(detail(bytes)) {
                #expect(chain.files.allSatisfy { $0.start.byteCount >= 0 })
            }
            let garbage = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = FileChain(detail([1, 1] + garbage))
        }
    }

    private func detail(_ bytes: [UInt8]) -> SinkRecord {
        SinkRecord(position: .start, nextEvent: 0, detail: bytes)
    }

    private func chain(count: Int, using random: inout SeededGenerator) throws -> FileChain {
        var files: [ChainedFile] = []
        for _ in 0..<count {
            var settings = FileSinkSettings(path: "x")
            settings.format = FileFormat.allCases.randomElement(using: &random) ?? .json
            settings.dialect = FileDialect.allCases.randomElement(using: &random) ?? .moab
            settings.timeZone = FileTimeZone.allCases.randomElement(using: &random) ?? .utc
            let filter = try EventFilter(canonicalText: Bool.random(using: &random) ? "{}" : #"{"severity":">= info"}"#)
            files.append(
                ChainedFile(
                    identity: FileIdentity(device: random.next(), inode: random.next(), birth: random.next()),
                    number: random.next(),
                    start: FilePoint(
                        position: SpoolPosition(
                            segment: random.next(), offset: UInt32.random(in: 0...UInt32.max, using: &random),
                            event: UInt32.random(in: 0...UInt32.max, using: &random)),
                        nextEvent: random.next(),
                        counts: SinkCounts(
                            delivered: random.next(), filtered: random.next(), quarantined: random.next(),
                            dropped: random.next()),
                        byteCount: Int.random(in: 0...Int.max, using: &random)),
                    began: Int64.random(in: .min ... .max, using: &random),
                    rendition: FileRendition(settings, filter: filter)))
        }
        return FileChain(files: files)
    }
}
