package import EventModel
package import EventText
internal import Pipeline
package import Platform

/// A record of the quarantine, as it was read.
package struct QuarantineEntry: Sendable {
    package let number: UInt64
    /// When it was set aside.
    package let time: Text
    /// `source` or `sink`.
    package let part: Text
    /// Name of the source or sink.
    package let name: Text
    package let cause: Text
    package let reason: Text
    /// The event, where there is one.
    package let event: JSONValue?
    /// What is left of it: an event as canonical JSON, else the bytes as they came; `nil` where nobody has them.
    package let content: [UInt8]?
    /// Bytes of the whole, where ``content`` was cut.
    package let byteCount: UInt64?
    /// The line in the quarantine, without its LF.
    package let line: [UInt8]

    /// Longest line, in bytes: of 1 MiB each byte may be escaped.
    private static let maximumLineByteCount = 16 << 20

    /// Reads a line; `nil` for one that is no record, or was removed.
    init?(_ line: [UInt8]) {
        guard let (number, isRemoved) = QuarantineFormat.number(of: line.span), !isRemoved,
            let value = try? JSONParser(maximumByteCount: Self.maximumLineByteCount).parse(line.span),
            case .text(let time)? = value["time"], case .text(let part)? = value["part"],
            case .text(let name)? = value["name"], case .text(let cause)? = value["cause"],
            case .text(let reason)? = value["reason"]
        else { return nil }
        (self.number, self.time, self.part, self.name) = (number, time, part, name)
        (self.cause, self.reason, self.line) = (cause, reason, line)
        event = value["event"]
        byteCount = value["byteCount"]?.magnitude
        if case .text(let text)? = value["text"] {
            content = text.bytes
        } else if case .text(let text)? = value["base64"] {
            content = Base64.decode(text.bytes.span)
        } else if event != nil, let start = line.firstRange(of: Array(",\"event\":".utf8))?.upperBound {
            // It is the last member: texts before it cannot hold a quote that is not escaped.
            content = Array(line[start..<line.count - 1])
        } else {
            content = nil
        }
    }
}

/// Reads the quarantine and removes from it, while the daemon runs or does not.
package struct QuarantineReader: Sendable {
    package let directory: String
    private let fileSystem: any FileSystem

    /// - Parameter directory: the spool's.
    package init(directory: String, fileSystem: any FileSystem = PosixFileSystem()) {
        self.directory = directory + "/" + QuarantineFormat.folder
        self.fileSystem = fileSystem
    }

    /// Hands every record to `take`, the oldest first, until that answers `false`.
    package func forEach(_ take: (QuarantineEntry) throws -> Bool) throws {
        for file in try files() {
            guard var lines = try lines(of: file) else { continue }
            while let line = try lines.next() {
                guard let entry = QuarantineEntry(line) else { continue }
                guard try take(entry) else { return }
            }
        }
    }

    /// The record of this number; `nil` when there is none.
    package func entry(_ number: UInt64) throws -> QuarantineEntry? {
        var found: QuarantineEntry?
        try forEach { entry in
            if entry.number == number { found = entry }
            return entry.number < number
        }
        return found
    }

    /// How many records have gone for room.
    package func dropped() throws(FileError) -> UInt64 {
        guard let newest = try files().last, var lines = try lines(of: newest), let line = try lines.next() else {
            return 0
        }
        return QuarantineFormat.head(parsing: line.span)?.dropped ?? 0
    }

    /// Removes a record.
    ///
    /// - Returns: `false` when there is none of this number.
    package func remove(_ number: UInt64) throws(FileError) -> Bool {
        for file in try files() where try removeRecords(of: file, where: { $0 == number }) > 0 { return true }
        return false
    }

    /// Removes every record that there is at this moment.
    ///
    /// - Returns: how many there were.
    package func removeAll() throws(FileError) -> Int {
        let files = try files()
        var count = 0
        for file in files {
            count += try removeRecords(of: file, where: { _ in true })
            // The newest stays, as the daemon may be writing it (invariant "one writer").
            if file != files.last { try fileSystem.remove(path(of: file)) }
        }
        return count
    }

    private func removeRecords(of file: UInt64, where isMeant: (UInt64) -> Bool) throws(FileError) -> Int {
        guard var lines = try lines(of: file) else { return 0 }
        var count = 0
        var output: (any OpenFile)?
        while let line = try lines.next() {
            guard let (number, isRemoved) = QuarantineFormat.number(of: line.span), !isRemoved, isMeant(number) else {
                continue
            }
            if output == nil { output = try fileSystem.open(path(of: file), .update, permissions: 0) }
            let bytes = QuarantineFormat.removed(number: number, byteCount: line.count + 1)
            try output?.write(bytes.span, at: lines.lineOffset)
            count += 1
        }
        try output?.synchronize()
        return count
    }

    private func lines(of file: UInt64) throws(FileError) -> QuarantineLines? {
        do {
            return try QuarantineLines(path: path(of: file), fileSystem: fileSystem)
        } catch {
            // The daemon may have removed it for room.
            guard try fileSystem.exists(path(of: file)) else { return nil }
            throw error
        }
    }

    private func files() throws(FileError) -> [UInt64] {
        guard try fileSystem.exists(directory) else { return [] }
        return try fileSystem.list(directory).compactMap(QuarantineFormat.number(ofName:)).sorted()
    }

    private func path(of file: UInt64) -> String { directory + "/" + QuarantineFormat.name(of: file) }
}
