package import Normalization
package import Settings

/// Which rules say what events are.
package struct NormalizationSettings: Equatable, Sendable {
    /// The rules that come with the program.
    package enum Shipped: Equatable, Sendable {
        /// Those in ``RuleFiles/shippedDirectory``, where they are installed.
        case installed
        /// Those in a folder.
        case folder(String)
        case none
    }

    /// Key `rules`: files, and folders of files that end in `.yaml`; absolute paths. They come before the shipped
    /// ones. Default: none.
    package var paths: [String] = []
    /// Key `shipped-rules`: whether the rules that come with the program are used, or the folder that they are in.
    /// Default: `true`.
    package var shipped = Shipped.installed
    /// What the files hold; no rules before ``loadRules(_:)``.
    package private(set) var rules = LoadedRules()

    /// The defaults.
    package init() {}

    /// Reads the mapping below `normalization` and reports what is wrong, but for what is in the rule files.
    package init(reading mapping: SettingsMapping) {
        paths = mapping.values("rules", allowed: "absolute paths of files and folders") {
            $0.hasPrefix("/") ? $0 : nil
        }
        switch mapping.text("shipped-rules") {
        case nil, "true": break
        case "false": shipped = .none
        case let path?:
            if path.hasPrefix("/") {
                shipped = .folder(path)
            } else {
                mapping.mistake(
                    "shipped-rules", "is '\(path)', allowed are true, false and the absolute path of a folder")
            }
        }
        mapping.finish()
    }

    /// Reads the rule files, as the daemon uses them: without their examples.
    ///
    /// - Parameter root: takes the mistakes of all files. That the shipped rules are not installed is a note: the
    ///   daemon runs without them.
    package mutating func loadRules(_ root: SettingsMapping) {
        let files = RuleFiles.read(self, report: root.report, surroundings: root.surroundings)
        if files.lacksShipped {
            root.note(
                "normalization",
                """
                has no shipped rules, as there is no folder \(RuleFiles.shippedDirectory): most events are of a fallback \
                kind; install them, or set shipped-rules to their folder, or to false
                """)
        }
        guard !root.report.hasMistakes else { return }
        rules = LoadedRules(files)
    }

    /// Reads the rule files with their examples.
    ///
    /// - Throws: ``Settings/SettingsMistakes`` with every mistake of all files.
    package func load(surroundings: SettingsSurroundings = .machine) throws(SettingsMistakes) -> RuleFiles.Loaded {
        let report = SettingsReport()
        let files = RuleFiles.read(self, report: report, surroundings: surroundings)
        if files.lacksShipped {
            report.note(
                SettingsPlace(file: RuleFiles.shippedDirectory), "",
                "there is no such folder, so that the shipped rules are not used; name theirs with --shipped")
        }
        try report.check()
        return RuleFiles.Loaded(rules: files.rules, notes: report.notes)
    }

    /// Whether both name the same rules, and the files held the same when they were read.
    package static func == (left: Self, right: Self) -> Bool {
        left.paths == right.paths && left.shipped == right.shipped && left.rules == right.rules
    }
}

/// Rules, compiled, and what tells whether their files have changed.
package struct LoadedRules: Equatable, Sendable {
    package let set: RuleSet
    private let digests: [RuleFiles.Digest]

    /// No rules.
    init() {
        set = .empty
        digests = []
    }

    init(_ files: RuleFiles.Read) {
        set = RuleSet(
            files.rules.map { rule in
                var rule = rule
                rule.examples = []
                return rule
            })
        digests = files.digests
    }

    package static func == (left: Self, right: Self) -> Bool { left.digests == right.digests }
}
