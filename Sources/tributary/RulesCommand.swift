import ArgumentParser
import Daemon
import Normalization
import Platform
import Settings

/// `tributary rules`: lists the rules, or runs their examples.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List the rules that say what events are, or test them with their own examples.",
        discussion: """
            Without a file it takes those of the settings, and the shipped ones after them. An operator's rule takes \
            the place of a shipped one with its name.

            Exit status: 0 all is well; 65 an example does not come out as it says; 78 the settings or a rule file are \
            wrong.
            """)

    @Flag(help: "Run the examples of all rules: each must be decided by its own rule, with the values that it states.")
    var test = false

    @Option(
        help: ArgumentHelp(
            "Ask the rules about COUNT random and changed texts, and count the bytes that they look at.",
            valueName: "count"))
    var stress: Int?

    @OptionGroup var selection: RuleSelection

    func run() throws {
        let rules = try selection.load().rules
        if let stress { try report(stress, of: rules) }
        guard test || stress != nil else {
            for rule in rules { print("\(rule.name)\t\(rule.source.rawValue)\t\(rule.kind)\t\(rule.place)") }
            return
        }
        guard test else { return }
        var examples = RuleExamples(RuleSet(rules))
        let failures = examples.failures()
        for failure in failures { complain("\(failure)") }
        let count = rules.reduce(0) { $0 + $1.examples.count }
        let patternCount = rules.reduce(0) { $0 + max($1.patterns.count, 1) }
        print("\(rules.count) rules, \(patternCount) patterns, \(count) examples, \(failures.count) failures")
        for rule in rules where rule.examples.isEmpty { complain("\(rule.place): \(rule.name): has no example") }
        if !failures.isEmpty { throw ExitStatus.dataError }
    }

    private func report(_ count: Int, of rules: [Rule]) throws {
        var stress = RuleStress(rules, seed: count)
        stress.run(count)
        let report = stress.report
        print(
            "\(report.textCount) texts, \(report.matchCount) matched, \(report.changedPatternCount) changed patterns, "
                + "\(report.slow.count) not in linear time")
        for (size, steps) in report.mostStepsPerByte.sorted(by: { $0.key < $1.key }) {
            print(
                "texts of \(size == 6 ? 0 : 1 << size) bytes and more: at most \(steps) bytes looked at for each of theirs"
            )
        }
        for text in report.slow { complain(text) }
        if !report.slow.isEmpty { throw ExitStatus.dataError }
    }
}

/// Options that choose rule files.
struct RuleSelection: ParsableArguments {
    @Option(help: "The settings file whose rules are taken, unless --rules and --shipped name others.")
    var config = SettingsFile.defaultPath

    @Option(help: "The folder of the shipped rules, or 'none'.")
    var shipped: String?

    @Option(name: .customLong("rules"), help: "A rule file, or a folder of such; may be given several times.")
    var paths: [String] = []

    /// The rules in order, and the settings that name them where there are some; complains about mistakes and notes.
    func load() throws -> (rules: [Rule], settings: DaemonSettings?) {
        do {
            let configured = isConfigured ? try DaemonSettings.load(config).settings : nil
            var settings = configured?.normalization ?? NormalizationSettings()
            if !paths.isEmpty { settings.paths = paths }
            if let shipped { settings.shipped = shipped == "none" ? .none : .folder(shipped) }
            let loaded = try settings.load()
            for note in loaded.notes { complain("\(note)") }
            return (loaded.rules, configured)
        } catch {
            complain("\(error)")
            throw ExitStatus.configuration
        }
    }

    /// Whether there are settings to ask; without any, the shipped rules are all there is.
    private var isConfigured: Bool {
        config != SettingsFile.defaultPath
            || (try? SettingsSurroundings.machine.fileSystem.exists(config)) == true
    }
}
