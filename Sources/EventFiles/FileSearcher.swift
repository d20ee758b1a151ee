internal import EventText
internal import Platform

/// Looks through files one after the other.
struct FileSearcher {
    /// What there is to say of a file.
    struct Report: Sendable {
        /// Lines that are none of ours.
        var foreignCount = 0
        /// Why its end was not reached.
        var problem: (any Error & Sendable)?
    }

    /// Bytes looked through at a time.
    private static let blockByteCount = 256 << 10

    private var sieve: LineSieve
    private var writer: ResultWriter

    init(_ sieve: LineSieve, _ writer: ResultWriter) {
        self.sieve = sieve
        self.writer = writer
    }

    /// Looks for what is wanted in a file.
    ///
    /// - Parameter pause: called after each block with what was found in it, which it may take, and with the number of
    ///   bytes that were read of the file for it; on `false` the search ends.
    mutating func search(_ file: EventFileSet.File, pause: (inout [UInt8], Int) -> Bool) -> Report {
        var report = Report()
        var splitter = LineSplitter()
        var block = [UInt8](repeating: 0, count: Self.blockByteCount)
        var results: [UInt8] = []
        do {
            guard let input = try file.open() else { return report }
            var reader = BlockReader(input)
            while true {
                let before = reader.readByteCount
                let count = try reader.next(into: &block)
                guard count > 0 else { break }
                splitter.add(block.span.extracting(first: count)) { judge($0, &results, &report) }
                guard pause(&results, reader.readByteCount - before) else { return report }
            }
        } catch { report.problem = error }
        splitter.finish { judge($0, &results, &report) }
        _ = pause(&results, 0)
        return report
    }

    private mutating func judge(_ line: Span<UInt8>, _ results: inout [UInt8], _ report: inout Report) {
        switch sieve.judge(line) {
        case .wanted: writer.append(line, foundBy: &sieve, to: &results)
        case .unwanted: break
        case .foreign: report.foreignCount += 1
        }
    }
}

/// The last lines of what is appended.
struct LastLines {
    private let limit: Int
    private var count = 0
    /// Whole lines.
    private(set) var bytes: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Appends whole lines, and forgets those that are too many now and then.
    mutating func append(_ lines: [UInt8]) {
        bytes += lines
        count += lines.count { $0 == 0x0A }
        if count > 2 * limit { trim() }
    }

    /// Forgets all lines but the last ones.
    ///
    /// - Returns: how many there are.
    @discardableResult
    mutating func trim() -> Int {
        var start = 0
        while count > limit, let end = bytes[start...].firstIndex(of: 0x0A) {
            start = end + 1
            count -= 1
        }
        bytes.removeFirst(start)
        return count
    }
}
