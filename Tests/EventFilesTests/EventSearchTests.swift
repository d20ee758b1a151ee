import EventModel
import EventText
import Foundation
import Platform
import TestSupport
import Testing

@testable import EventFiles

@Suite struct EventSearchTests {
    private let folder = TemporaryFolder()

    private var path: String { folder.path + "/events.log" }

    /// Lines of events that happened one second after each other, by their numbers.
    private func lines(_ numbers: Range<Int>) -> [UInt8] {
        numbers.flatMap { number in
            let seconds = number % 60 < 10 ? "0\(number % 60)" : "\(number % 60)"
            return Array(
                "2026-01-01T00:\(10 + number / 60):\(seconds).000Z severity=\"INFO\" message=\"\(number)\" user=\"u\(number % 3)\"\n"
                    .utf8)
        }
    }

    private func write(_ bytes: [UInt8], to name: String = "events.log") throws {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name))
    }

    private func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
        let plain = folder.path + "/plain"
        try Data(bytes).write(to: URL(fileURLWithPath: plain))
        let source = try PosixFileSystem().open(plain, .read, permissions: 0)
        let target = try PosixFileSystem().open(plain + ".gz", .createOrUpdate, permissions: 0o600)
        try target.truncate(to: 0)
        #expect(try GzipCompressor.compress(source, to: target) { true })
        return try #require(try PosixFileSystem().contents(of: plain + ".gz", limit: 1 << 30))
    }

    private func search(
        _ paths: [String]? = nil, _ condition: String? = nil, since: String? = nil, limit: Int? = nil
    ) throws -> (numbers: [Int], report: EventSearch.Report) {
        let filter = EventFilter(conditions: try condition.map { [try EventFilter.Condition(parsing: $0)] } ?? [])
        let since = since.flatMap { Timestamp($0) }
        let search = EventSearch(
            EventFileSet(paths ?? [path], since: since), LineSieve(filter, since: since),
            ResultWriter(.asFound, isColored: false))
        var output: [UInt8] = []
        let write: ([UInt8]) -> Bool = { bytes in
            output += bytes
            return true
        }
        let report = limit.map { search.runFromEnd(limit: $0, write) } ?? search.run(write)
        let numbers = output.split(separator: 0x0A).compactMap { line in
            (try? EventLineDecoder().decode(Array(line).span))?.message.flatMap { Int($0.string) }
        }
        return (numbers, report)
    }

    /// Five rotated files and the sink's own, 20 events each, some compressed.
    private func writeRotated() throws {
        for number in 0..<5 {
            let name = "events.log-00000\(number)-2026010\(number + 1)T000000Z"
            let bytes = lines(number * 20..<number * 20 + 20)
            if number < 3 { try write(try gzipped(bytes), to: name + ".gz") } else { try write(bytes, to: name) }
        }
        try write(lines(100..<120))
    }

    @Test func `a sink's file stands for its rotated ones, oldest first`() throws {
        try writeRotated()
        // Left by a crash: the compressed one counts.
        try write(lines(40..<60), to: "events.log-000002-20260103T000000Z")
        try write(lines(900..<901), to: "events.log-000004-20260105T000000Z.gz.partial")
        try write(lines(901..<902), to: "events.log-x")
        #expect(try search().numbers == Array(0..<120))
        #expect(try search(nil, "user=u1").numbers == (0..<120).filter { $0 % 3 == 1 })
        let one = folder.path + "/events.log-000001-20260102T000000Z.gz"
        #expect(try search([one]).numbers == Array(20..<40))
        #expect(try search([path, one]).numbers == Array(0..<120) + Array(20..<40))
    }

    @Test func `rotated files are found where the sink's own is not there yet`() throws {
        try writeRotated()
        try FileManager.default.removeItem(atPath: path)
        #expect(try search().numbers == Array(0..<100))
    }

    @Test func `files that were closed long before are not opened`() throws {
        try writeRotated()
        try write([0x1F, 0x8B, 0xFF], to: "events.log-000000-20260101T000000Z.gz")
        #expect(try search().report.problems.count == 1)
        let late = try search(since: "2026-01-02T00:00:00.000001Z")
        #expect(late.report.problems.isEmpty)
    }

    @Test func `the last ones come from the end, in their order`() throws {
        try writeRotated()
        #expect(try search(limit: 30).numbers == Array(90..<120))
        #expect(try search(nil, "user=u1", limit: 10).numbers == (0..<120).filter { $0 % 3 == 1 }.suffix(10))
        #expect(try search(limit: 1000).numbers == Array(0..<120))
    }

    @Test func `lines that are none are counted`() throws {
        try write(Array("words\n".utf8) + lines(0..<3) + Array("2026-01-01T00:00:00Z severity=\"INF".utf8))
        let (numbers, report) = try search()
        #expect(numbers == [0, 1, 2])
        #expect(report.foreignCount == 2)
    }

    @Test func `a file that is cut or damaged is named, and what comes before counts`() throws {
        let whole = try gzipped(lines(0..<4000))
        try write(Array(whole.dropLast(20)), to: "cut.gz")
        var damaged = whole
        damaged[whole.count / 2] ^= 0xFF
        try write(damaged, to: "damaged.gz")
        try write(lines(0..<5), to: "good")
        let (numbers, report) = try search(["cut.gz", "damaged.gz", "none", "good"].map { folder.path + "/" + $0 })
        #expect(numbers.count > 1000)
        #expect(numbers.suffix(5) == [0, 1, 2, 3, 4])
        #expect(
            report.problems.map { "\($0)" } == [
                "cannot inflate all of '\(folder.path)/cut.gz': its end is missing",
                "cannot inflate all of '\(folder.path)/damaged.gz': it is damaged",
            ])
        let problems = EventFileSet([folder.path + "/none"]).problems
        #expect(problems == [FileError("open", folder.path + "/none", code: 2)])
    }

    @Test func `several members and padding are one file`() throws {
        try write(try gzipped(lines(0..<10)) + gzipped([]) + gzipped(lines(10..<20)) + [0, 0, 0], to: "many.gz")
        let (numbers, report) = try search([folder.path + "/many.gz"])
        #expect(numbers == Array(0..<20))
        #expect(report.problems.isEmpty)
    }

    @Test func `a search of which nothing more is wanted ends`() throws {
        for number in 0..<40 { try write(lines(0..<2000), to: "events.log-00010\(number + 10)-20260101T000000Z") }
        var calls = 0
        let set = EventFileSet([path])
        _ = EventSearch(set, LineSieve(.all), ResultWriter(.asFound, isColored: false)).run { _ in
            calls += 1
            return false
        }
        #expect(calls < 40)
        #expect(set.files.count == 40)
    }

    @Test(arguments: 0..<50)
    func `lines do not depend on where blocks end`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<300).map { _ in UInt8.random(in: 0..<6, using: &random) == 0 ? 0x0A : UInt8(0x61) }
        var splitter = LineSplitter(maximumByteCount: 8)
        var found: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            splitter.add(bytes.span.extracting(start..<end)) { found.append(Array(copying: $0.extracting(first: 9))) }
            start = end
        }
        splitter.finish { found.append(Array(copying: $0.extracting(first: 9))) }
        var expected = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0.prefix(9)) }
        if expected.last == [] { expected.removeLast() }
        #expect(found == expected)
    }

    @Test func `a rendition is what was asked for`() throws {
        try write(
            Array(
                "2026-01-01T00:00:00.000Z severity=\"FATAL\" origin=\"sshd\" message=\"a\\nb\" kind=\"K\" host=\"h\"\n"
                    .utf8))
        func rendered(_ form: ResultForm, _ isColored: Bool = false) -> String {
            var output: [UInt8] = []
            _ = EventSearch(EventFileSet([path]), LineSieve(.all), ResultWriter(form, isColored: isColored)).run {
                output += $0
                return true
            }
            return String(decoding: output, as: UTF8.self)
        }
        #expect(
            rendered(.table)
                == "2026-01-01T00:00:00.000Z critical h                sshd             K                                a\\nb\n"
        )
        #expect(rendered(.line, true).hasPrefix("\u{1B}[1;31m2026-01-01T00:00:00.000Z severity=\"FATAL\""))
        #expect(rendered(.line, true).hasSuffix("host=\"h\"\u{1B}[0m\n"))
        let json = rendered(.json)
        #expect(json.contains("\"severity\":\"critical\",\"message\":\"a\\nb\""), "\(json)")
        try write(Array(json.utf8))
        #expect(rendered(.asFound) == json)
        #expect(rendered(.line).hasPrefix("2026-01-01T00:00:00.000+00:00 severity=\"FATAL\" origin=\"sshd\""))
    }
}
