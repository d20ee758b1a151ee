import EventModel
import EventText
import Platform

/// Reads events back from files of `events.log` lines, of the extended dialect, or of JSON lines.
///
/// Each file is read up to the size that it has when it is opened, so that one may be read while it is written.
struct EventLogReader {
    /// What went wrong with a file as a whole.
    enum Failure: Error, CustomStringConvertible {
        /// It is compressed.
        case compressed(String)
        /// Its lines do not have what an event needs.
        case notExtended(String, line: Int)

        var description: String {
            switch self {
            case .compressed(let file):
                "\(file): is compressed; unpack it with 'gzip --decompress --keep' and name that file"
            case .notExtended(let file, let line):
                """
                \(file):\(line): has no id and no source: it was written with 'dialect: moab', which does not keep all \
                of an event
                """
            }
        }
    }

    private static let chunkByteCount = 1 << 20

    let files: [String]
    private let fileSystem = PosixFileSystem()

    init(files: [String]) {
        self.files = files
    }

    /// Hands every event to `take`, in the order of the files.
    ///
    /// - Returns: lines that are no events, as `file:line: problem`, the first hundred of them.
    func forEach(_ take: (Event) async throws -> Void) async throws -> [String] {
        var problems: [String] = []
        for path in files {
            guard !path.hasSuffix(".gz") else { throw Failure.compressed(path) }
            let file = try fileSystem.open(path, .read, permissions: 0)
            defer { file.close() }
            let size = try file.status().byteCount
            var (offset, number) = (0, 0)
            var buffer: [UInt8] = []
            while offset < size {
                let count = try file.read(
                    at: offset, count: min(Self.chunkByteCount, size - offset), appendingTo: &buffer)
                guard count > 0 else { break }
                offset += count
                var start = 0
                while let end = buffer[start...].firstIndex(of: 0x0A) {
                    number += 1
                    do {
                        let event = try Self.event(of: Array(buffer[start..<end]))
                        guard event.id != EventID(high: 0, low: 0), !event.source.isEmpty else {
                            throw Failure.notExtended(path, line: number)
                        }
                        try await take(event)
                    } catch let problem as LineProblem {
                        if problems.count < 100 { problems.append("\(path):\(number): \(problem.text)") }
                    }
                    start = end + 1
                }
                buffer.removeFirst(start)
            }
        }
        return problems
    }

    private struct LineProblem: Error {
        let text: String
    }

    private static func event(of line: [UInt8]) throws -> Event {
        do {
            guard line.first == UInt8(ascii: "{") else { return try EventLineDecoder().decode(line.span) }
            let draft = try EventJSONDecoder().decode(try JSONParser(maximumByteCount: line.count).parse(line.span))
            guard let time = draft.time else { throw LineProblem(text: "has no time") }
            return draft.event(id: EventID(high: 0, low: 0), time: time, observedTime: time, source: .empty)
        } catch let problem as LineProblem {
            throw problem
        } catch {
            throw LineProblem(text: "\(error)")
        }
    }
}
