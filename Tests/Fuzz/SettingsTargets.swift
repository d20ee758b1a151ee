import Daemon
import EventModel
import Normalization
import Settings
import TestSupport

/// The rules that come with Tributary, from the folder that the fuzzer was started in.
let shippedRules: RuleSet = {
    var settings = NormalizationSettings()
    settings.shipped = .folder("packaging/rules")
    do {
        return RuleSet(try settings.load().rules)
    } catch { fatalError("start it in the repository's root: \(error)") }
}()

/// Nothing of the machine.
private let surroundings = SettingsSurroundings(
    fileSystem: MemoryFileSystem(), environment: { _ in nil }, isReadableByOthers: { _ in false })

/// A settings file: it is read, or every mistake in it has a place.
struct SettingsTarget: FuzzTarget {
    func run(_ bytes: [UInt8]) {
        do {
            _ = try DaemonSettings.load(SettingsFile.read([("fuzz.yaml", bytes)], surroundings: surroundings))
        } catch { require(!"\(error)".isEmpty, "mistakes without a word") }
    }
}

/// A rule file: it is read, and its rules are compiled and asked about their own examples.
struct RulesTarget: FuzzTarget {
    func run(_ bytes: [UInt8]) {
        let report = SettingsReport()
        let rules = RuleFiles.read(bytes, path: "fuzz.yaml", report: report)
        guard !report.hasMistakes, !rules.isEmpty else { return }
        var examples = RuleExamples(RuleSet(rules))
        _ = examples.failures()
    }
}

/// An identifier, a line feed and a message: the shipped rules decide in linear time.
struct RecordsTarget: FuzzTarget {
    private let rules = shippedRules

    func run(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false).map { Text(Array($0)) }
        var record = Record(for: rules)
        record.set(identifier: parts[0])
        record.set(type: parts[0])
        record.set(message: parts.last ?? .empty)
        let text = record.bytes
        for source in SourceType.allCases {
            var scratch = RuleScratch(for: rules)
            var steps = StepCounter()
            if rules.decide(record.subject, of: source, in: text.span, using: &scratch, counting: &steps) {
                _ = Verdict(scratch.outcome, rules, text.span)
            }
            let allowed = RuleStress.allowedStepCount(text.count, rules)
            require(steps.count <= allowed, "\(steps.count) steps for \(text.count) bytes")
        }
    }

    var seeds: [[UInt8]] {
        rules.rules.flatMap { rule in
            rule.examples.prefix(1).map { example in
                Array("\(example.identifier ?? rule.identifiers.first?.pattern ?? "x")\n\(example.line)".utf8)
            }
        }
    }
}
