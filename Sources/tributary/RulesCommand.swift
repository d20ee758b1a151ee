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

    @OptionGroup var selection: RuleSelection

    func run() throws {
        let rules = try selection.load()
        guard test else {
            for rule in rules { print("\(rule.name)\t\(rule.source.rawValue)\t\(rule.kind)\t\(rule.place)") }
            return
        }
        var examples = RuleExamples(RuleSet(rules))
        let failures = examples.failures()
        for failure in failures { complain("\(failure)") }
        let count = rules.reduce(0) { $0 + $1.examples.count }
        let patternCount = rules.reduce(0) { $0 + max($1.patterns.count, 1) }
        print("\(rules.count) rules, \(patternCount) patterns, \(count) examples, \(failures.count) failures")
        for rule in rules where rule.examples.isEmpty { complain("\(rule.place): \(rule.name): has no example") }
        if !failures.isEmpty { throw ExitStatus.dataError }
    }
}

/// Options that choose rule files.
struct RuleSelection: ParsableArguments {
    @Option(help: "The settings file whose rules are taken when no FILE is given.")
    var config = SettingsFile.defaultPath

    @Option(help: "The folder of the shipped rules, or 'none'.")
    var shipped: String?

    @Option(name: .customLong("rules"), help: "A rule file, or a folder of such; may be given several times.")
    var paths: [String] = []

    /// The rules in order; complains about mistakes and notes.
    func load() throws -> [Rule] {
        do {
            var settings = NormalizationSettings()
            if !paths.isEmpty {
                settings.paths = paths
            } else if isConfigured {
                settings = try DaemonSettings.load(config).settings.normalization
            }
            if let shipped { settings.shipped = shipped == "none" ? .none : .folder(shipped) }
            let loaded = try settings.load()
            for note in loaded.notes { complain("\(note)") }
            return loaded.rules
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
