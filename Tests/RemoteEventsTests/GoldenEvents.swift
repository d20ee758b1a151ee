import EventModel
import EventText
import Foundation
import Pipeline
import Testing

@testable import RemoteEvents

/// Golden files of remote APIs: an answer `CASE.json` and what it becomes, `CASE.out`.
///
/// `TRIBUTARY_REGENERATE=1` in the environment writes the `.out` files anew; review their differences like code.
struct GoldenEvents {
    private let folder: URL

    init(_ api: String) {
        folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(api)")
    }

    /// The names of all cases.
    var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
                .map { String($0.dropLast(5)) }.sorted()
        }
    }

    /// The bytes of a file.
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }

    /// Expects of a case what its `.out` says: the events, the notes, the counts and the verdict.
    func check(_ name: String, _ verdict: RemoteVerdict, _ page: RemotePage) throws {
        var lines: [UInt8] = []
        var encoder = EventJSONEncoder()
        var reader = BatchReader(page.payload)
        while try reader.next() {
            encoder.append(reader, to: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        for note in page.notes { lines += "note: \(note)\n".utf8 }
        if case .retry(let failure) = verdict { lines += "\(failure.kind): \(failure)\n".utf8 }
        let counts = page.counts
        lines += "read \(counts.read) accepted \(counts.accepted) rejected \(counts.rejected)\n".utf8
        let file = folder.appending(path: "\(name).out")
        if ProcessInfo.processInfo.environment["TRIBUTARY_REGENERATE"] != nil {
            try Data(lines).write(to: file)
        }
        let expected = try #require(try? Data(contentsOf: file), "there is no \(name).out")
        let (found, wanted) = (String(decoding: lines, as: UTF8.self), String(decoding: expected, as: UTF8.self))
        #expect(found == wanted, "case \(name)")
    }
}
