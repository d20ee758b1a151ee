internal import EventFiles
internal import Journal
package import LocalAPI
package import Settings
package import Spool

/// All settings of the daemon: `tributary.yaml` and `conf.d/*.yaml` beside it.
package struct DaemonSettings: Equatable, Sendable {
    /// Key `spool`.
    package var spool = SpoolSettings()
    /// Key `sources`: by name, in the order of the file. None at all is valid: the local API is one.
    package var sources: [SourceSettings] = []
    /// Key `sinks`: by name, in the order of the file. One at least is enabled.
    package var sinks: [SinkSettings] = []
    /// Key `api`.
    package var api = APISettings()
    /// Key `normalization`.
    package var normalization = NormalizationSettings()
    /// Key `log`.
    package var log = LogSettings()

    /// Settings, and what is allowed in them but unwise.
    package struct Loaded: Sendable {
        package let settings: DaemonSettings
        package let notes: [SettingsReport.Remark]
    }

    /// Reads the settings from a file and the folder `conf.d` beside it, and the rule files that they name.
    ///
    /// - Throws: ``Settings/SettingsMistakes`` with every mistake of all of them.
    package static func load(
        _ path: String = SettingsFile.defaultPath, surroundings: SettingsSurroundings = .machine
    ) throws(SettingsMistakes) -> Loaded {
        let root = SettingsFile.load(path, surroundings: surroundings)
        var settings = DaemonSettings(reading: root)
        settings.normalization.loadRules(root)
        try root.report.check()
        return Loaded(settings: settings, notes: root.report.notes)
    }

    /// Where things are, for commands beside the daemon: as far as the settings can be understood. Secrets may be out of
    /// reach, rules are not read, and mistakes are for the daemon and `tributary check` to tell.
    ///
    /// - Throws: ``Settings/SettingsMistakes`` when a file cannot be read or is no YAML.
    package static func places(_ path: String) throws(SettingsMistakes) -> DaemonSettings {
        let root = SettingsFile.load(path)
        try root.report.check()
        return DaemonSettings(reading: root)
    }

    /// Reads the settings from the root mapping of a file, and no rule files.
    ///
    /// - Throws: ``Settings/SettingsMistakes`` with every mistake.
    package static func load(_ root: SettingsMapping) throws(SettingsMistakes) -> Loaded {
        let settings = DaemonSettings(reading: root)
        try root.report.check()
        return Loaded(settings: settings, notes: root.report.notes)
    }

    private init(reading root: SettingsMapping) {
        // What a file that cannot be read would have set is unknown: say no more than that.
        guard !root.report.hasMistakes || !root.keys.isEmpty else { return }
        let isWhole = !root.report.hasMistakes
        spool = SpoolSettings(reading: root.mapping("spool"))
        sources = root.mapping("sources").namedMappings().compactMap { SourceSettings(name: $0, reading: $1) }
        let sinkMappings = root.mapping("sinks").namedMappings()
        sinks = sinkMappings.compactMap { SinkSettings(name: $0, reading: $1) }
        api = APISettings(reading: root.mapping("api"))
        log = LogSettings(reading: root.mapping("log"))
        normalization = NormalizationSettings(reading: root.mapping("normalization"))
        root.finish()
        checkSources(root)
        checkSinks(root, isWhole: isWhole && sinks.count == sinkMappings.count)
    }

    /// Notes sources that read the same journal.
    private func checkSources(_ root: SettingsMapping) {
        let mapping = root.mapping("sources")
        for (index, source) in sources.enumerated() where source.isEnabled {
            let same = sources[..<index].first { $0.isEnabled && $0.readsSameJournal(as: source) }
            guard let same else { continue }
            mapping.note(source.name, "reads the same journal as '\(same.name)': entries that both take come out twice")
        }
    }

    /// Reports two sinks with one file, and settings without a sink.
    ///
    /// - Parameter isWhole: whether all files and sinks could be read, so that a sink that is not here is nowhere.
    private func checkSinks(_ root: SettingsMapping, isWhole: Bool) {
        let mapping = root.mapping("sinks")
        var owners: [String: String] = [:]
        for sink in sinks where sink.isEnabled {
            switch sink.kind {
            case .file(let file):
                guard !file.path.isEmpty else { continue }
                let path = Self.normalized(file.path)
                if let owner = owners[path] {
                    mapping.mapping(sink.name).mistake(
                        "path", "is also the file of sink '\(owner)'; give each sink a file of its own")
                } else {
                    owners[path] = sink.name
                }
            case .syslog: continue
            }
        }
        for (path, name) in owners {
            let owner = owners.first { Self.isRotatedName(path, of: $0.key) }
            guard let owner else { continue }
            mapping.mapping(name).mistake(
                "path", "has the name of a rotated file of sink '\(owner.value)', which would remove it; take another")
        }
        if isWhole, !sinks.contains(where: \.isEnabled) {
            root.mistake(
                "sinks",
                "has no sink that is enabled, so that events would only pile up; add one of type file or syslog")
        }
    }

    private static func isRotatedName(_ path: String, of other: String) -> Bool {
        guard let slash = path.lastIndex(of: "/"), let otherSlash = other.lastIndex(of: "/"),
            path[..<slash] == other[..<otherSlash]
        else { return false }
        return RotatedName(
            String(path[path.index(after: slash)...]), base: String(other[other.index(after: otherSlash)...]))
            != nil
    }

    /// A path without empty parts and parts that lead nowhere.
    private static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}

extension SourceSettings {
    fileprivate func readsSameJournal(as other: SourceSettings) -> Bool {
        switch (kind, other.kind) {
        case (.journald(let one), .journald(let other)):
            one.place == other.place && one.namespace == other.namespace
        case (.journald, _), (.maas, _), (.panko, _), (.mws, _), (.iguazio, _): false
        }
    }
}
