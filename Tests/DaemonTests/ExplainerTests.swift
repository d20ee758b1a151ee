import EventModel
import Normalization
import TestSupport
import Testing

@testable import Daemon

@Suite struct ExplainerTests {
    private static let time = Timestamp(microseconds: Int64(1_700_000_000_000_000))

    private func rules() throws -> RuleSet {
        var failed = Rule(name: "sshd/failed", kind: "Security.User.Login.Failed")
        failed.place = "/r/sshd.yaml:3:5"
        failed.identifiers = [Glob("sshd")]
        failed.patterns = [try Pattern("Bad {_x}"), try Pattern("Failed for {user} from {address:ip}")]
        var remote = Rule(name: "maas/powered-on", kind: "Compute.Machine.PoweredOn")
        remote.source = .maas
        remote.types = [Glob("Node powered on")]
        var stack = remote
        stack.name = "panko/stack"
        stack.source = .panko
        stack.types = [Glob("a.b")]
        var job = remote
        job.name = "moab/job"
        job.source = .mws
        job.types = [Glob("Job Start")]
        var volume = remote
        volume.name = "iguazio/volume"
        volume.source = .iguazio
        volume.types = []
        volume.patterns = [try Pattern("Volume {volume} was made")]
        return RuleSet([failed, remote, stack, job, volume])
    }

    private func explain(_ input: String, source: SourceType? = nil, types: [String: SourceType] = [:]) throws
        -> Explainer.Reading
    {
        try Explainer(try rules(), source: source, types: types, observed: Self.time).explain(Array(input.utf8))
    }

    @Test func `an export stream is explained entry by entry`() throws {
        let reading = try explain(
            """
            __CURSOR=s=1
            __REALTIME_TIMESTAMP=1700000000000001
            SYSLOG_IDENTIFIER=sshd
            MESSAGE=Failed for root from 10.0.0.1

            MESSAGE
            \u{3}\0\0\0\0\0\0\0a
            b
            SYSLOG_IDENTIFIER=x
            """)
        #expect(reading.notes == [])
        #expect(reading.explanations.count == 2)
        let first = try #require(reading.explanations.first)
        #expect(first.rule?.name == "sshd/failed")
        #expect(first.pattern == "Failed for {user} from {address:ip}")
        #expect(first.captures.map { "\($0.name)=\($0.value)" } == ["user=root", "address=10.0.0.1"])
        #expect(first.event.kind == "Security.User.Login.Failed")
        #expect(first.event.time.microseconds == 1_700_000_000_000_001)
        #expect(reading.explanations[1].rule == nil)
        #expect(reading.explanations[1].event.message == "a\nb")
        let lines = first.text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "rule      sshd/failed at /r/sshd.yaml:3:5")
        #expect(lines[2] == "caught    user     root")
        #expect(lines.contains { $0.hasPrefix("event     {\"id\":") })
        #expect(lines.last?.hasPrefix("line      2023-11-14T22:13:20.000001+00:00 severity=\"WARN\"") == true)
    }

    @Test func `journal entries as JSON are explained, in whatever form journalctl gives values`() throws {
        let reading = try explain(
            """
            {"__REALTIME_TIMESTAMP":"1700000000000001","SYSLOG_IDENTIFIER":"sshd","MESSAGE":[66,97,100,32,255]}
            no JSON
            {"SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Bad","A":["one","two"],"B":null}
            """)
        #expect(reading.explanations.map(\.rule?.name) == ["sshd/failed", nil])
        #expect(reading.explanations[0].captures.map(\.value.bytes) == [[255]])
        #expect(reading.explanations[1].event.parameters.map(\.name) == ["A", "A.2"])
        #expect(reading.notes == ["line 2 is no JSON object"])
        let pretty = "{\n  \"SYSLOG_IDENTIFIER\" : \"sshd\",\n  \"MESSAGE\" : \"Bad thing\"\n}\n"
        #expect(try explain(pretty).explanations.map(\.rule?.name) == ["sshd/failed"])
    }

    @Test func `a line of events.log is explained by the type of its source`() throws {
        let line = #"2023-11-14T22:13:20.000+00:00 severity="INFO" type="Node powered on" message="m" source="region""#
        let unknown = try explain(line)
        #expect(unknown.explanations.map(\.rule?.name) == [nil])
        #expect(unknown.notes.count == 1)
        for reading in [try explain(line, types: ["region": .maas]), try explain(line, source: .maas)] {
            #expect(reading.explanations.map(\.rule?.name) == ["maas/powered-on"])
            #expect(reading.notes == [])
        }
        let journal = #"2023-11-14T22:13:20.000+00:00 type="syslog" origin="sshd" message="Bad x" kind="A.B.C""#
        #expect(try explain(journal).explanations.map(\.event.kind) == ["Security.User.Login.Failed"])
    }

    @Test(arguments: [
        (
            #"{"count":1,"events":[{"id":1,"level":"INFO","created":"Tue, 14 Nov. 2023 22:13:20","type":"Node powered on","description":""}]}"#,
            "maas/powered-on"
        ),
        (
            #"{"id":1,"level":"INFO","created":"Tue, 14 Nov. 2023 22:13:20","type":"Node powered on","description":""}"#,
            "maas/powered-on"
        ),
        (
            #"[{"message_id":"a","event_type":"a.b","generated":"2023-11-14T22:13:20","traits":[],"raw":{}}]"#,
            "panko/stack"
        ),
        (
            #"{"totalCount":1,"results":[{"id":"1","eventDate":"2023-11-14 22:13:20 UTC","eventType":"Job Start"}]}"#,
            "moab/job"
        ),
        (
            #"{"data":[{"type":"event","id":"1","attributes":{"description":"Volume v1 was made","kind":"A.B.C"}}]}"#,
            "iguazio/volume"
        ),
    ])
    func `a response of an API is known by its form`(body: String, rule: String) throws {
        let reading = try explain(body)
        #expect(reading.notes == [])
        #expect(reading.explanations.map(\.rule?.name) == [rule])
        if rule.hasPrefix("iguazio") {
            #expect(reading.explanations[0].event.kind == "A.B.C")
            #expect(reading.explanations[0].event.objects.map(\.id) == ["v1"])
        }
    }

    @Test(arguments: ["", "\n\n", "hello", "{}", "[]", "{\"a\":1}", "\u{1}", "42", "=x", "_"])
    func `what is none of these is refused`(input: String) throws {
        #expect(throws: Explainer.Failure.self) { try explain(input) }
    }

    @Test(arguments: 0..<100)
    func `no input ends the process`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let samples = [
            "SYSLOG_IDENTIFIER=sshd\nMESSAGE\n\u{3}\0\0\0\0\0\0\0a\nb\n\nMESSAGE=Bad x\n",
            #"{"SYSLOG_IDENTIFIER":"sshd","MESSAGE":[66,97,100],"A":["x"]}"#,
            #"2023-11-14T22:13:20.000+00:00 severity="INFO" type="syslog" message="m" source="journal""#,
            #"{"events":[{"id":1,"level":"INFO","created":"Tue, 14 Nov. 2023 22:13:20","type":"x"}]}"#,
        ]
        for sample in samples {
            var bytes = Array(sample.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            let reading = try? Explainer(try rules(), observed: Self.time).explain(bytes)
            for explanation in reading?.explanations ?? [] { #expect(!explanation.text.isEmpty) }
        }
    }
}
