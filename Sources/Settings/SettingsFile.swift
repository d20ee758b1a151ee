internal import Platform

/// The settings as they lie on disk: one file, and `conf.d/*.yaml` beside it.
package enum SettingsFile {
    /// Where the daemon looks unless told otherwise.
    package static let defaultPath = "/etc/tributary/tributary.yaml"
    /// Most files in `conf.d`.
    package static let maximumFileCount = 1000

    /// Reads a settings file and the files of `conf.d` beside it, in the order of their names, as one mapping.
    ///
    /// Names that begin with a dot or do not end in `.yaml` are left out. Mappings of several files add up; any
    /// other key belongs to one file.
    /// - Returns: the root to read settings from, empty where nothing could be read; the mistakes are in its report.
    package static func load(_ path: String, surroundings: SettingsSurroundings = .machine) -> SettingsMapping {
        let report = SettingsReport()
        var files: [(name: String, bytes: [UInt8])] = []
        for name in [path] + additionalFiles(beside: path, report, surroundings) {
            if let bytes = contents(of: name, report, surroundings) { files.append((name, bytes)) }
        }
        return read(files, report: report, surroundings: surroundings)
    }

    /// Reads files from memory, the main one first.
    package static func read(
        _ files: [(name: String, bytes: [UInt8])], report: SettingsReport = SettingsReport(),
        surroundings: SettingsSurroundings = .machine
    ) -> SettingsMapping {
        var root: SettingsNode?
        for (name, bytes) in files {
            report.began(file: name)
            guard let node = YAMLDocument.read(bytes, file: name, report: report) else { continue }
            if root == nil { root = node } else { root?.merge(node, path: "", report: report) }
        }
        let place = SettingsPlace(file: files.first?.name ?? "", line: 1, column: 1)
        guard let root, case .mapping(let entries) = root.content else {
            return SettingsMapping([], path: "", place: place, report: report, surroundings: surroundings)
        }
        return SettingsMapping(entries, path: "", place: place, report: report, surroundings: surroundings)
    }

    private static func contents(
        of path: String, _ report: SettingsReport, _ surroundings: SettingsSurroundings
    ) -> [UInt8]? {
        do {
            // One byte more than allowed tells a file that is too large.
            let limit = YAMLDocument.maximumByteCount + 1
            if let bytes = try surroundings.fileSystem.contents(of: path, limit: limit) { return bytes }
            report.mistake(
                SettingsPlace(file: path), "", "there is no such file; create it, or name another with --config")
        } catch {
            report.mistake(SettingsPlace(file: path), "", "\(error); make it readable by the service's user")
        }
        return nil
    }

    private static func additionalFiles(
        beside path: String, _ report: SettingsReport, _ surroundings: SettingsSurroundings
    ) -> [String] {
        let directory = "\(parentDirectory(of: path))/conf.d"
        do {
            guard try surroundings.fileSystem.exists(directory) else { return [] }
            let names = try surroundings.fileSystem.list(directory)
                .filter { !$0.hasPrefix(".") && $0.hasSuffix(".yaml") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            guard names.count <= maximumFileCount else {
                report.mistake(
                    SettingsPlace(file: directory), "",
                    "holds \(names.count) files, allowed are at most \(maximumFileCount)")
                return []
            }
            return names.map { "\(directory)/\($0)" }
        } catch {
            report.mistake(SettingsPlace(file: directory), "", "\(error); make it readable by the service's user")
            return []
        }
    }
}
