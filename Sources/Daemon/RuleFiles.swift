internal import EventModel
package import Normalization
internal import Pipeline
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
    static let maximumByteCount = 4 << 20

    /// Rules in order, and what is allowed in them but unwise.
    package struct Loaded: Sendable {
        package let rules: [Rule]
        package let notes: [SettingsReport.Remark]
    }

    /// What tells whether a file has changed.
    struct Digest: Equatable, Sendable {
        let path: String
        let content: EventID
    }

    /// What was read; mistakes are in the report.
    struct Read {
        /// In order. A shipped rule with the name of one of the operator's is left out: his stands in its place.
        var rules: [Rule] = []
        /// Of every file that could be read.
        var digests: [Digest] = []
        /// Whether the shipped rules are not where they are installed.
        var lacksShipped = false
    }

    /// Reads the rule files that the settings name: the operator's, then the shipped ones; of a folder, the files that
    /// end in `.yaml`, by name.
    static func read(
        _ settings: NormalizationSettings, report: SettingsReport, surroundings: SettingsSurroundings
    ) -> Read {
        var read = Read()
        let own = settings.paths.flatMap { rules(in: $0, &read, report, surroundings) }
        checkNames(own, report)
        let shipped: [Rule]
        switch settings.shipped {
        case .none: shipped = []
        case .folder(let path): shipped = rules(in: path, &read, report, surroundings)
        case .installed:
            read.lacksShipped = (try? surroundings.fileSystem.exists(shippedDirectory)) == false
            shipped = read.lacksShipped ? [] : rules(in: shippedDirectory, &read, report, surroundings)
        }
        checkNames(shipped, report)
        let names = Set(own.map(\.name))
        read.rules = own + shipped.filter { !names.contains($0.name) }
        if read.rules.count > maximumRuleCount {
            report.mistake(
                SettingsPlace(file: settings.paths.first ?? shippedDirectory), "rules",
                "are \(read.rules.count) in all, allowed are at most \(maximumRuleCount)")
        }
        return read
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

    private static func rules(
        in path: String, _ result: inout Read, _ report: SettingsReport, _ surroundings: SettingsSurroundings
    ) -> [Rule] {
        var rules: [Rule] = []
        for file in ParsedRuleFile.parse(files(path, report, surroundings), surroundings) {
            report.add(file.report)
            if let digest = file.digest { result.digests.append(digest) }
            rules += file.rules
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

    static func missing(_ path: String, _ report: SettingsReport) {
        report.mistake(
            SettingsPlace(file: path), "",
            "there is no such file or folder; correct the settings normalization.rules and normalization.shipped-rules")
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
