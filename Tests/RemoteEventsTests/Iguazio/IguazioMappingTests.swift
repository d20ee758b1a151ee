import EventModel
import Settings
import Testing

@testable import RemoteEvents

@Suite struct IguazioMappingTests {
    @Test func `the samples become the events of the golden files`() throws {
        let golden = GoldenEvents("iguazio")
        let empty = RemoteAnswer.response(RemoteResponse(status: 200, body: try golden.bytes("empty.json")))
        for name in try golden.names where !name.hasPrefix("session") {
            var settings = IguazioSettings(
                remote: RemoteSettings(url: "https://dashboard.example.com", pageSize: 200), username: "tail",
                credentials: .accessKey(Secret([65])))
            settings.remote.start = .beginning
            settings.collections = [.events]
            var api = IguazioAPI(settings, from: nil)
            let now = try #require(Timestamp("2026-03-01T12:00:00Z"))
            _ = api.next(now: now)
            var page = RemotePage(source: "igz", observedTime: now)
            let status = name.hasPrefix("error_") ? Int(name.dropFirst(6)) ?? 0 : 200
            let answer = RemoteAnswer.response(RemoteResponse(status: status, body: try golden.bytes("\(name).json")))
            var verdict = api.received(answer, now: now, into: &page)
            // The next page is empty, or a second refusal.
            if verdict == .proceed || verdict == .goOn, case .send = api.next(now: now) {
                verdict = api.received(status == 200 ? empty : answer, now: now, into: &page)
            }
            try golden.check(name, verdict, page)
        }
    }
}
