import Pipeline
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct StatusTests {
    @Test func `the report comes back from its JSON`() throws {
        var report = StatusReport.sample
        report.complaints = ["sink 'x': hangs"]
        report.sources[0].lagSeconds = 1.5
        report.sinks[0].trouble = StatusReport.Trouble(reason: "say \"no\"\n", seconds: 3)
        #expect(try StatusReport(json: report.json()) == report)
    }

    @Test func `status, metrics and health are served`() async throws {
        try await APIHarness.run { harness in
            let status = try await harness.send("GET", "/v1/status", contentType: nil)
            #expect(status.status == 200)
            #expect(try StatusReport(json: Array(status.body.utf8)) == StatusReport.sample)
            let metrics = try await harness.send("GET", "/metrics", contentType: nil)
            #expect(metrics.status == 200)
            #expect(metrics.body == StatusReport.sample.metrics())
            #expect(try await harness.send("GET", "/healthz", contentType: nil).status == 200)
            #expect(try await harness.send("POST", "/metrics").status == 405)
        }
    }

    @Test func `health names the parts without progress`() async {
        var report = StatusReport.sample
        report.complaints = ["sink 'siem': rests", "spool: full"]
        let endpoint = StatusEndpoint(report: { [report] in report })
        let answer = await endpoint.health()
        #expect(answer.status == 503)
        #expect(answer.body == Array("sink 'siem': rests\nspool: full\n".utf8))
    }

    /// The grammar of the text format: https://prometheus.io/docs/instrumenting/exposition_formats/.
    @Test func `every line of the metrics parses, and each family is told once, before its samples`() throws {
        var report = StatusReport.sample
        report.sources[0].name = #"od"d\na"# + "\nme"
        report.sources[0].lagSeconds = 0.125
        let sample =
            /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")*\})? (-?[0-9.e+]+)/
        var families: [String: String] = [:]
        var current = ""
        var samples: Set<String> = []
        let text = report.metrics()
        #expect(text.hasSuffix("\n"))
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge)/) {
                #expect(families.updateValue(String(match.2), forKey: String(match.1)) == nil)
                #expect(current == match.1)
            } else if let match = line.wholeMatch(of: /# HELP ([a-z_]+) .+/) {
                current = String(match.1)
            } else {
                let match = try #require(try sample.wholeMatch(in: line), "\(line)")
                #expect(match.1 == current)
                #expect(samples.insert("\(match.1)\(match.2 ?? "")").inserted)
                #expect(Double(match.3) != nil)
                #expect(match.1.hasSuffix("_total") == (families[current] == "counter"))
            }
        }
        #expect(families.count > 25)
    }
}
