import EventModel
import EventText
import Foundation
import Testing

extension Site {
    /// Files of a sink, the closed ones first and in order; their names say the order.
    func files(of sink: String = "events") throws -> [String] {
        let folder = path("log")
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        let own = names.filter { $0.hasPrefix("\(sink).log") }.sorted()
        return (own.filter { $0 != "\(sink).log" } + own.filter { $0 == "\(sink).log" }).map { "\(folder)/\($0)" }
    }

    /// All lines that a sink wrote, over all its files, without their line feeds. A torn last line is an issue.
    func lines(of sink: String = "events") async throws -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        // A kill may leave a file half compressed beside the whole one; the next run removes it.
        for file in try files(of: sink) where !file.hasSuffix(".partial") {
            let bytes = try await contents(of: file)
            #expect(bytes.isEmpty || bytes.last == 0x0A, "torn: \(file)")
            lines += bytes.split(separator: 0x0A)
        }
        return lines
    }

    /// All events that a sink wrote. A line that cannot be read is an issue.
    func events(of sink: String = "events") async throws -> [Event] {
        try await lines(of: sink).compactMap { line in
            let event = try? Self.event(of: line)
            #expect(event != nil, "not understood: \(String(decoding: line.prefix(300), as: UTF8.self))")
            return event
        }
    }

    /// Messages of the current file, as far as its lines are whole.
    func messages(of sink: String = "events") throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path("log/\(sink).log")) else { return [] }
        return [UInt8](data).split(separator: 0x0A).compactMap { line in
            (try? Self.event(of: line))?.message?.string
        }
    }

    /// The last number of an entry (`Event.number`) in the current file; `nil` when its end has none.
    func lastNumber(of sink: String = "events") throws -> Int? {
        // Between two files there is none.
        guard let file = FileHandle(forReadingAtPath: path("log/\(sink).log")) else { return nil }
        defer { try? file.close() }
        let end = try file.seekToEnd()
        try file.seek(toOffset: end < 1 << 16 ? 0 : end - 1 << 16)
        let tail = [UInt8](try file.readToEnd() ?? Data())
        for line in tail.split(separator: 0x0A).reversed() {
            if let number = (try? Self.event(of: line))?.number { return number }
        }
        return nil
    }

    /// Bytes in all files of a sink.
    func byteCount(of sink: String = "events") throws -> Int {
        try files(of: sink).reduce(0) { sum, file in
            // A file may be renamed or compressed meanwhile.
            let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
            return sum + (size ?? 0)
        }
    }

    private func contents(of file: String) async throws -> [UInt8] {
        guard file.hasSuffix(".gz") else { return Array(try Data(contentsOf: URL(fileURLWithPath: file))) }
        let gzip = try start(["/bin/gzip", "-dc", file])
        #expect(try await gzip.end() == .exit(0))
        return gzip.outputBytes
    }

    private static func event(of line: ArraySlice<UInt8>) throws -> Event {
        guard line.first == UInt8(ascii: "{") else { return try EventLineDecoder().decode(line.span) }
        let draft = try EventJSONDecoder().decode(try JSONParser().parse(line.span))
        let id = try #require(draft.id)
        let time = try #require(draft.time)
        return draft.event(id: id, time: time, observedTime: time, source: .empty)
    }
}

extension Event {
    /// The text of a parameter.
    func text(_ name: Text) -> [UInt8]? {
        guard case .text(let text)? = parameters.first(where: { $0.name == name })?.value else { return nil }
        return text.bytes
    }

    /// The number that the message `entry NUMBER` of a test's entry holds.
    var number: Int? {
        guard let words = message?.string.split(separator: " "), words.count >= 2, words[0] == "entry" else {
            return nil
        }
        return Int(words[1])
    }
}
