import EventModel
import EventText
import Pipeline
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct SinkEndpointTests {
    /// Sinks that answer as they are told.
    private struct Sinks: SinkControl {
        let outcome: SkipOutcome

        func sinkNames() async -> [String] { ["siem", "events"] }
        func skip(sink: String, by user: String) async -> SkipOutcome { sink == "siem" ? outcome : .unknown }
    }

    private static let root = Sender(user: 0, group: 0, process: 1, program: "curl", userName: "root")
    private static let event =
        #"{"id":"00000000000000010000000000000002","time":"2026-11-21T09:30:00.000000Z","#
        + #""observedTime":"2026-11-21T09:30:01.000000Z","source":"journal","message":"m"}"#

    private func endpoint(_ outcome: SkipOutcome = .nothingWaits) -> SinkEndpoint {
        SinkEndpoint(
            control: Sinks(outcome: outcome), acceptor: RecordingAcceptor(), maximumBody: 1 << 20,
            limits: LocalAPI.Limits(), clock: ContinuousClock(), now: { APIHarness.now })
    }

    @Test(arguments: [
        (SkipOutcome.skipped(event: Array("{}".utf8), number: 3, filtered: 2), 200, #"{"skipped":{},"quarantine":3,"#),
        (.skipped(event: Array("{}".utf8), number: nil, filtered: 0), 200, #""quarantine":null,"filtered":0}"#),
        (.nothingWaits, 200, #"{"skipped":null}"#), (.refusesNothing, 409, "takes every event"),
        (.unknown, 404, "there are: events, siem"), (.busy, 503, "nothing was stepped over"),
        (.failed("no disk"), 500, "no disk"),
    ])
    func `each outcome of a skip has its answer`(outcome: SkipOutcome, status: Int, text: String) async {
        let answer = await endpoint(outcome).skip("siem", sender: Self.root)
        #expect(answer.status == status)
        #expect(String(decoding: answer.body, as: UTF8.self).contains(text))
    }

    @Test func `nobody but root and the daemon's own user may skip`() async {
        let other = Sender(user: 54_321, group: 0, process: 1, program: "curl", userName: "eve")
        #expect(await endpoint().skip("siem", sender: other).status == 403)
        let own = Sender(user: endpoint().ownUser, group: 9, process: 1, program: "curl", userName: "tributary")
        #expect(await endpoint().skip("siem", sender: own).status == 200)
    }

    @Test func `a replay becomes a batch of its own source, its events as they were`() async throws {
        try await APIHarness.run(control: Sinks(outcome: .busy)) { harness in
            let answer = try await harness.send("POST", "/v1/sinks/siem/replay", "\(Self.event)\n\(Self.event)\n")
            #expect(answer.status == 200 && answer.body == "{\"accepted\":2}\n")
            let batch = try #require(harness.acceptor.batches.first)
            #expect(batch.source == "replay/siem" && batch.cursor == nil)
            #expect(batch.counts == SourceCounts(read: 2, accepted: 2))
            var reader = BatchReader(batch.payload)
            var encoder = EventJSONEncoder()
            for _ in 0..<2 {
                #expect(try reader.next())
                var json: [UInt8] = []
                encoder.append(reader, to: &json)
                #expect(String(decoding: json, as: UTF8.self) == Self.event)
            }
            #expect(try !reader.next())
        }
    }

    @Test(arguments: [
        ("siem", "", 400, "an event was expected"), ("siem", "[]", 400, "no event"),
        ("siem", "{\"id\":", 400, "the body ends"),
        ("siem", event.replacing("\"source\":\"journal\",", with: ""), 400, #""field":"source""#),
        ("siem", event.replacing("\"time\"", with: "\"tim\""), 400, "tim"),
        ("siem", String(repeating: " ", count: 1 << 20) + event, 413, "api.maximum-body"),
        ("other", event, 404, "there are: events, siem"),
    ])
    func `a replay that is not right writes nothing`(sink: String, body: String, status: Int, text: String) async throws
    {
        try await APIHarness.run(maximumBody: 1 << 20, control: Sinks(outcome: .busy)) { harness in
            let answer = try await harness.send("POST", "/v1/sinks/\(sink)/replay", body)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.body.contains(text), "\(answer.body)")
            #expect(harness.acceptor.batches.isEmpty)
        }
    }

    @Test(arguments: [
        ("GET", "/v1/sinks/siem/skip", Route.wrongMethod(allow: "POST")),
        ("POST", "/v1/sinks/siem/skip", .skip(sink: "siem")),
        ("POST", "/v1/sinks/a.b-c/replay?x", .replay(sink: "a.b-c")), ("POST", "/v1/sinks/siem", .unknown),
        ("POST", "/v1/sinks/siem/skip/", .unknown), ("POST", "/v1/sinks//drop", .unknown),
    ])
    func `paths of sinks are told apart`(method: String, target: String, route: Route) {
        #expect(Route(method: method, target: target) == route)
    }
}
