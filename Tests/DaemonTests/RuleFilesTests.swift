import EventModel
import Foundation
import Normalization
import Settings
import TestSupport
import Testing

@testable import Daemon

@Suite struct RuleFilesTests {
    private func read(_ yaml: String, path: String = "/r/sshd.yaml") -> (rules: [Rule], mistakes: [String]) {
        let report = SettingsReport()
        let rules = RuleFiles.read(Array(yaml.utf8), path: path, report: report)
        return (rules, report.mistakes.map(\.description))
    }

    @Test func `a rule has what its file says`() throws {
        let (rules, mistakes) = read(
            """
            source: journal
            identifiers: [sshd, "sshd-*"]
            strip: {prefixes: ["error: "], suffixes: [" [preauth]"]}
            defaults: {set: {service: sshd, reason: none}}
            rules:
              - name: failed
                match: ["Failed {method} for {user:user} from {address:ip}", "No {user}"]
                kind: Security.User.Login.Failed
                severity: {by: method, values: {none: "=info"}, otherwise: major}
                classification: audit
                set: {reason: "bad {method}"}
                where: {_UID: 0}
                examples: [{line: Failed none for a from 10.0.0.1, fields: {_UID: 0}, expect: {user: a, severity: info}}]
            """)
        #expect(mistakes == [])
        let rule = try #require(rules.first)
        #expect(rule.name == "sshd/failed")
        #expect(rule.place == "/r/sshd.yaml:6:5")
        #expect(rule.patterns.count == 2)
        #expect(rule.strip.prefixes == ["error: "])
        #expect(rule.parameters.map(\.name) == ["service", "reason"])
        #expect(rule.classification == .audit)
        var examples = RuleExamples(RuleSet(rules))
        #expect(examples.failures() == [])
    }

    @Test(arguments: [
        ("    mach: x", "/r/sshd.yaml:5:5: rules.1.mach: is an unknown key; did you mean 'match'?"),
        ("    match: \"ab {x\"", "/r/sshd.yaml:5:16: rules.1.match: has a '{' without '}'"),
        (
            "    match: [a, \"b {x:nonsense}\"]",
            "/r/sshd.yaml:5:19: rules.1.match: has a placeholder of type 'nonsense'"
        ),
        ("    match: 'error: {x}'", "/r/sshd.yaml:5:12: rules.1.match: begins with 'error: ', which strip takes off"),
        (
            "    set: {a: \"{y}\"}",
            "rules.1.set.a: refers to {y}, which no placeholder of match and no entry of from has"
        ),
        ("    user: \"{\"", "/r/sshd.yaml:5:11: rules.1.user: has a brace without its partner"),
        ("    severity: worse", "/r/sshd.yaml:5:15: rules.1.severity: 'worse' is no severity, allowed are debug"),
        ("    visibility: all", "/r/sshd.yaml:5:17: rules.1.visibility: is 'all', allowed are internal, external"),
        ("    message-id: 12", "/r/sshd.yaml:5:17: rules.1.message-id: '12' is no message ID"),
        ("    objects: [{type: unit}]", "rules.1.objects.1.id: is missing"),
        ("    examples: [x]", "/r/sshd.yaml:5:16: rules.1.examples: holds a single value, allowed are mappings"),
        ("  - name: a", "/r/sshd.yaml:5:11: rules.2.name: 'a' is also a rule at /r/sshd.yaml:4:5; rename one"),
        ("", "rules.1: matches every record"),
    ])
    func `a mistake says where, what and what is allowed`(line: String, mistake: String) {
        let (_, mistakes) = read(
            """
            source: journal
            strip: {prefixes: ["error: "]}
            rules:
              - {name: a, kind: Software.Test.Matched}
            """.replacing(
                "{name: a, kind: Software.Test.Matched}", with: "name: a\n" + line + "\n    kind: Software.Test.Matched"
            ))
        #expect(mistakes.contains { $0.contains(mistake) }, "\(mistakes)")
    }

    @Test func `all mistakes of all files come out at once`() throws {
        let folder = TemporaryFolder()
        try write("source: jornal\nrules: [{name: x, kind: Bad, match: y}]\n", to: folder.path + "/a.yaml")
        try write("rules: 3\n", to: folder.path + "/b.yaml")
        let error = #expect(throws: SettingsMistakes.self) {
            _ = try normalization([folder.path, "/none-such"], .none).load()
        }
        let text = "\(try #require(error))"
        for part in [
            "/a.yaml:1:9: source: is 'jornal'", "did you mean 'journal'?", "rules.1.kind: has 1 words",
            "/b.yaml:1:8: rules: is a single value", "source: is missing", "/none-such: there is no such file",
        ] {
            #expect(text.contains(part), "\(text)")
        }
    }

    @Test func `the operator's rules come first, and one takes the place of a shipped one with its name`() throws {
        let folder = TemporaryFolder()
        func rules(_ names: String...) -> String {
            "source: journal\nrules:\n"
                + names.map { "  - {name: \($0), kind: Software.Service.Started, match: \($0)}\n" }.joined()
        }
        try FileManager.default.createDirectory(atPath: folder.path + "/shipped", withIntermediateDirectories: true)
        try write(rules("one", "own"), to: folder.path + "/sshd.yaml")
        try write(rules("one", "two"), to: folder.path + "/shipped/sshd.yaml")
        try write(rules("one"), to: folder.path + "/shipped/cron.yaml")
        let loaded = try normalization([folder.path + "/sshd.yaml"], .folder(folder.path + "/shipped")).load()
        #expect(loaded.rules.map(\.name) == ["sshd/one", "sshd/own", "cron/one", "sshd/two"])
        #expect(loaded.rules[0].place.hasPrefix(folder.path + "/sshd.yaml"))
    }

    @Test func `however many files there are, rules and mistakes are in the order of their names`() throws {
        let folder = TemporaryFolder()
        let names = (100..<160).map { "r\($0)" }
        for name in names {
            let rule = "{name: x, kind: Software.Service.Started, match: \(name)}"
            try write("source: journal\nrules: [\(rule)]\n", to: "\(folder.path)/\(name).yaml")
        }
        let loaded = try normalization([folder.path], .none).load()
        #expect(loaded.rules.map(\.name) == names.map { "\($0)/x" })

        for name in names {
            try write("source: journal\nrules: []\na: 1\nb: 2\nc: 3\nd: 4\n", to: "\(folder.path)/\(name).yaml")
        }
        let error = #expect(throws: SettingsMistakes.self) { try normalization([folder.path], .none).load() }
        let mistakes = try #require(error)
        #expect(
            mistakes.mistakes.map(\.place.file)
                == names.prefix(50).flatMap { name in
                    Array(repeating: "\(folder.path)/\(name).yaml", count: 4)
                })
        #expect(mistakes.leftOut == 40)
    }

    private func normalization(_ paths: [String], _ shipped: NormalizationSettings.Shipped) -> NormalizationSettings {
        var settings = NormalizationSettings()
        settings.paths = paths
        settings.shipped = shipped
        return settings
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test(arguments: 0..<30)
    func `a damaged rule file is refused or read, and never more`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let yaml = Array(
            "source: journal\nidentifiers: [a]\nrules:\n  - name: x\n    match: \"a {b:int} (c|d)\"\n    kind: Software.Test.Matched\n"
                .utf8)
        for _ in 0..<100 {
            var bytes = yaml
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = UInt8.random(in: 0x09...0x7F, using: &random)
                } else {
                    bytes.insert(Array("{}[]:\"'|-&*\n ".utf8).randomElement(using: &random)!, at: place)
                }
            }
            let report = SettingsReport()
            let rules = RuleFiles.read(bytes, path: "/r/x.yaml", report: report)
            if !report.hasMistakes {
                var asking = RuleExamples(RuleSet(rules))
                _ = asking.failures()
            }
        }
    }
}
