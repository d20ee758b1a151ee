package import Settings

/// Which rules say what events are.
package struct NormalizationSettings: Equatable, Sendable {
    /// Key `rules`: files, and folders of files that end in `.yaml`. They come before the shipped ones. Default: none.
    package var paths: [String] = []
    /// Key `shipped-rules`: whether the rules that come with the program are used. Default: `true`.
    package var usesShippedRules = true

    /// The defaults.
    package init() {}

    /// Reads the mapping below `normalization` and reports what is wrong, but for what is in the rule files.
    package init(reading mapping: SettingsMapping) {
        paths = mapping.texts("rules")
        usesShippedRules = mapping.boolean("shipped-rules", default: true)
        mapping.finish()
    }

    /// Reads the rule files.
    ///
    /// - Parameter shipped: the folder of the shipped rules.
    /// - Throws: ``Settings/SettingsMistakes`` with every mistake of all files.
    package func load(
        shipped: String = RuleFiles.shippedDirectory, surroundings: SettingsSurroundings = .machine
    ) throws(SettingsMistakes) -> RuleFiles.Loaded {
        try RuleFiles.load(paths, shipped: usesShippedRules ? shipped : nil, surroundings: surroundings)
    }
}
