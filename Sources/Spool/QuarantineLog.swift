internal import EventModel
internal import Pipeline
internal import Platform

/// The quarantine's writing side. Blocks; for one thread at a time. Format and invariants: `QuarantineFormat.swift`.
struct QuarantineLog {
    let directory: String
    let fileSystem: any FileSystem
    /// Largest file, in bytes, unless one record alone has more.
    let maximumFileByteCount: Int

    /// Records that have gone for room, over the quarantine's life.
    private(set) var dropped: UInt64 = 0
    /// Of those, the ones that have gone since this was asked to append.
    private(set) var newlyDropped: UInt64 = 0
    private var nextNumber: UInt64 = 1
    /// The newest file; `nil` before the first record, and after an error, when nobody knows what it holds.
    private var current: (any OpenFile)?
    private var currentNumber: UInt64 = 0
    private var byteCount = 0
    /// Bytes of the newest file before its first record.
    private var headByteCount = 0

    /// - Parameter directory: the spool's.
    init(directory: String, fileSystem: any FileSystem, maximumFileByteCount: Int) {
        self.directory = directory + "/" + QuarantineFormat.folder
        self.fileSystem = fileSystem
        self.maximumFileByteCount = maximumFileByteCount
    }

    /// Makes records durable.
    ///
    /// - Returns: the number of the first.
    mutating func append(_ records: [QuarantinedRecord], time: Timestamp) throws(FileError) -> UInt64 {
        newlyDropped = 0
        do {
            if current == nil { try recover() }
            return try write(records, time: time)
        } catch {
            current?.close()
            current = nil
            throw error
        }
    }

    private mutating func write(_ records: [QuarantinedRecord], time: Timestamp) throws(FileError) -> UInt64 {
        let first = nextNumber
        var buffer: [UInt8] = []
        for record in records {
            let line = QuarantineFormat.line(record, number: nextNumber, time: time)
            let end = byteCount + buffer.count
            if end > headByteCount, end + line.count > maximumFileByteCount {
                try flush(&buffer)
                try beginFile(currentNumber + 1, files: try files())
            }
            buffer.append(contentsOf: line)
            nextNumber += 1
        }
        try flush(&buffer)
        return first
    }

    private mutating func flush(_ buffer: inout [UInt8]) throws(FileError) {
        guard !buffer.isEmpty else { return }
        try current?.write(buffer.span, at: byteCount)
        try current?.synchronize()
        byteCount += buffer.count
        buffer.removeAll()
    }

    /// Finds where to go on (invariants "numbers grow", "torn tail").
    private mutating func recover() throws(FileError) {
        try fileSystem.makeDirectory(directory, permissions: 0o700)
        let files = try files()
        nextNumber = 1
        dropped = 0
        for number in files {
            let lines = try lines(of: number)
            nextNumber = max(nextNumber, lines.next)
            dropped = max(dropped, lines.dropped)
            guard number == files.last else { continue }
            // One without its first line is what a crash left of beginning it.
            guard lines.headByteCount > 0 else {
                try fileSystem.remove(path(of: number))
                return try beginFile(number, files: files.dropLast())
            }
            let file = try fileSystem.open(path(of: number), .update, permissions: 0)
            current = file
            currentNumber = number
            byteCount = lines.byteCount
            headByteCount = lines.headByteCount
            if try file.status().byteCount > byteCount { try file.truncate(to: byteCount) }
        }
        if files.isEmpty { return try beginFile(1, files: []) }
        try remove(files.dropLast(QuarantineFormat.maximumFileCount))
    }

    /// Opens the next file (invariant "counted first").
    private mutating func beginFile(_ number: UInt64, files: [UInt64]) throws(FileError) {
        let surplus = files.dropLast(QuarantineFormat.maximumFileCount - 1)
        var gone: UInt64 = 0
        for file in surplus { gone += try lines(of: file).recordCount }
        newlyDropped += gone
        dropped += gone
        current?.close()
        let file = try fileSystem.open(path(of: number), .createNew, permissions: 0o600)
        let head = QuarantineFormat.head(next: nextNumber, dropped: dropped)
        do {
            try file.write(head.span, at: 0)
            try file.synchronize()
            try fileSystem.synchronizeDirectory(directory)
            try fileSystem.synchronizeDirectory(parentDirectory(of: directory))
        } catch {
            file.close()
            try? fileSystem.remove(path(of: number))
            throw error
        }
        current = file
        currentNumber = number
        byteCount = head.count
        headByteCount = head.count
        try remove(surplus)
    }

    private func remove(_ files: some Sequence<UInt64>) throws(FileError) {
        for file in files where try fileSystem.exists(path(of: file)) { try fileSystem.remove(path(of: file)) }
    }

    /// What the lines of a file say together.
    private struct Lines {
        /// Bytes of whole lines.
        var byteCount = 0
        /// 0 without a first line.
        var headByteCount = 0
        var next: UInt64 = 1
        var dropped: UInt64 = 0
        /// Records that nobody has removed.
        var recordCount: UInt64 = 0
    }

    private func lines(of file: UInt64) throws(FileError) -> Lines {
        var lines = Lines()
        var reader = try QuarantineLines(path: path(of: file), fileSystem: fileSystem)
        while let line = try reader.next() {
            lines.byteCount = reader.lineOffset + line.count + 1
            if reader.lineOffset == 0, let head = QuarantineFormat.head(parsing: line.span) {
                lines.headByteCount = line.count + 1
                lines.next = head.next
                lines.dropped = head.dropped
            } else if let (number, isRemoved) = QuarantineFormat.number(of: line.span) {
                lines.next = max(lines.next, number + 1)
                if !isRemoved { lines.recordCount += 1 }
            }
        }
        return lines
    }

    private func files() throws(FileError) -> [UInt64] {
        try fileSystem.list(directory).compactMap(QuarantineFormat.number(ofName:)).sorted()
    }

    private func path(of file: UInt64) -> String { directory + "/" + QuarantineFormat.name(of: file) }
}

/// The whole lines of a file, one after the other, in the memory of the longest.
struct QuarantineLines {
    private static let chunkByteCount = 256 << 10

    /// Where the line that was read last begins.
    private(set) var lineOffset = 0

    private let file: any OpenFile
    private var buffer: [UInt8] = []
    /// Where `buffer` begins in the file.
    private var bufferOffset = 0
    /// Where the next line begins in `buffer`.
    private var start = 0

    /// - Throws: `FileError`, also when there is no such file.
    init(path: String, fileSystem: any FileSystem) throws(FileError) {
        file = try fileSystem.open(path, .read, permissions: 0)
    }

    /// The next line without its LF; `nil` behind the last whole one.
    mutating func next() throws(FileError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                lineOffset = bufferOffset + start
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            buffer.removeFirst(start)
            bufferOffset += start
            start = 0
            searched = buffer.count
            let count = try file.read(
                at: bufferOffset + buffer.count, count: Self.chunkByteCount, appendingTo: &buffer)
            guard count > 0 else { return nil }
        }
    }
}
