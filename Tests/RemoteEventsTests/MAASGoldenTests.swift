import EventModel
import EventText
import Foundation
import Pipeline
import Settings
import Testing

@testable import RemoteEvents

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/maas")

/// `Golden/maas/CASE.in` is an answer of a region, `CASE.out` what becomes of it: events as canonical JSON, then notes.
///
/// To write the `.out` files anew: `TRIBUTARY_REGENERATE=1 swift test --filter MAASGoldenTests`; then review the diff.
@Suite struct MAASGoldenTests {
    private static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".in") }.sorted()

    private func output(of name: String) throws -> String {
        var settings = MAASSettings(
            remote: RemoteSettings(url: "http://127.0.0.1/MAAS", pageSize: 500),
            key: MAASKey(consumer: "c", token: "t", secret: Secret([1])))
        settings.remote.start = .beginning
        let now = Timestamp("2026-01-01T00:00:00Z") ?? .earliest
        var api = MAASAPI(settings, from: nil)
        _ = api.next(now: now)
        let body = try Array(Data(contentsOf: folder.appending(path: name)))
        var page = RemotePage(source: "region", observedTime: now)
        let verdict = api.received(.response(RemoteResponse(status: 200, body: body)), now: now, into: &page)
        var text: [UInt8] = []
        var reader = BatchReader(page.payload)
        var encoder = EventJSONEncoder()
        while try reader.next() {
            encoder.append(reader, to: &text)
            text.append(0x0A)
        }
        for note in page.notes { text += Array("# \(note)\n".utf8) }
        if case .retry(let failure) = verdict { text += Array("! \(failure.reason)\n".utf8) }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: cases)
    func `an answer becomes the events that its golden file has`(name: String) throws {
        let file = folder.appending(path: name.dropLast(3) + ".out")
        let output = try output(of: name)
        if ProcessInfo.processInfo.environment["TRIBUTARY_REGENERATE"] != nil {
            try Data(output.utf8).write(to: file)
        }
        #expect(try output == String(decoding: Data(contentsOf: file), as: UTF8.self))
    }

    @Test func `there are cases`() {
        #expect(Self.cases.count >= 9)
    }
}
