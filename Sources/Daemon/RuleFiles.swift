package import Normalization
internal import Platform
package import Settings

/// The rule files: the operator's, then those that come with the program.
package enum RuleFiles {
    /// Where the shipped rules are.
    package static let shippedDirectory = "/usr/share/tributary/rules"
    /// Most files, and most rules in all of them.
    package static let maximumFileCount = 1000
    package static let maximumRuleCount = 20_000
    /// Largest file, in bytes.
    private static let maximumByteCount = 4 << 20

    /// Rules in order, and what is allowed in them but unwise.
    package struct Loaded: Sendable {
        package let rules: [Rule]
        package let notes: [SettingsReport.Remark]
    }

    /// Reads rule files.
    ///
    /// A shipped rule with the name of one of the operator's is left out: his stands in its place.
    /// - Parameters:
    ///   - paths: the operator's files, and folders with such: of them, those that end in `.yaml`, by name.
    ///   - shipped: the folder of the shipped rules; `nil` to leave them out.
    /// - Throws: ``Settings/SettingsMistakes`` with every mistake of all files.
    package static func load(
        _ paths: [String], shipped: String? = shippedDirectory, surroundings: SettingsSurroundings = .machine
    ) throws(SettingsMistakes) -> Loaded {
        let report = SettingsReport()
        let own = paths.flatMap { read($0, report, surroundings) }
        let names = Set(own.map(\.name))
        let others = shipped.map { read($0, report, surroundings) } ?? []
        let rules = own + others.filter { !names.contains($0.name) }
        if rules.count > maximumRuleCount {
            report.mistake(
                SettingsPlace(file: paths.first ?? shipped ?? ""), "rules",
                "are \(rules.count) in all, allowed are at most \(maximumRuleCount)")
        }
        checkNames(own, report)
        checkNames(others, report)
        try report.check()
        return Loaded(rules: rules, notes: report.notes)
    }

    /// Reads the rules of one file from memory.
    package static func read(_ bytes: [UInt8], path: String, report: SettingsReport) -> [Rule] {
        let mistakes = report.mistakeCount
        let root = SettingsFile.read([(path, bytes)], report: report)
        // What a file that cannot be read would have said is unknown: say no more than that.
        guard report.mistakeCount == mistakes || !root.keys.isEmpty else { return [] }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return RuleFileReader(file: name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name).rules(root)
    }

    private static func read(
        _ path: String, _ report: SettingsReport, _ surroundings: SettingsSurroundings
    ) -> [Rule] {
        var rules: [Rule] = []
        for file in files(path, report, surroundings) {
            do {
                // One byte more than allowed tells a file that is too large.
                let bytes = try surroundings.fileSystem.contents(of: file, limit: maximumByteCount + 1)
                if let bytes {
                    rules += read(bytes, path: file, report: report)
                } else {
                    missing(file, report)
                }
            } catch {
                report.mistake(SettingsPlace(file: file), "", "\(error); make it readable by the service's user")
            }
        }
        return rules
    }

    /// The rule files of a path, which is one or a folder with such.
    private static func files(
        _ path: String, _ report: SettingsReport, _ surroundings: SettingsSurroundings
    ) -> [String] {
        if path.hasSuffix(".yaml") { return [path] }
        do {
            guard try surroundings.fileSystem.exists(path) else {
                missing(path, report)
                return []
            }
            let names = try surroundings.fileSystem.list(path)
                .filter { !$0.hasPrefix(".") && $0.hasSuffix(".yaml") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            guard names.count <= maximumFileCount else {
                report.mistake(
                    SettingsPlace(file: path), "",
                    "holds \(names.count) files, allowed are at most \(maximumFileCount)")
                return []
            }
            return names.map { "\(path)/\($0)" }
        } catch {
            report.mistake(
                SettingsPlace(file: path), "",
                "\(error); rules are in files that end in .yaml, or in a folder of such files")
            return []
        }
    }

    private static func missing(_ path: String, _ report: SettingsReport) {
        report.mistake(
            SettingsPlace(file: path), "",
            "there is no such file or folder; correct the setting normalization.rules, or install the shipped rules")
    }

    /// Reports rules of the same name: in one folder, files have different names, but a list may name two.
    private static func checkNames(_ rules: [Rule], _ report: SettingsReport) {
        var places: [String: String] = [:]
        for rule in rules {
            if let first = places[rule.name] {
                report.mistake(
                    RuleFileReader.place(rule.place), "rules", "'\(rule.name)' is also a rule at \(first); rename one")
            } else {
                places[rule.name] = rule.place
            }
        }
    }
}
