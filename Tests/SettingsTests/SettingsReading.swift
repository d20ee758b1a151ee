import Settings

/// Reads one file from memory.
func root(_ yaml: String, environment: [String: String] = [:]) -> SettingsMapping {
    let machine = SettingsSurroundings.machine
    let surroundings = SettingsSurroundings(
        fileSystem: machine.fileSystem, environment: { environment[$0] }, isReadableByOthers: machine.isReadableByOthers
    )
    return SettingsFile.read([("t.yaml", Array(yaml.utf8))], surroundings: surroundings)
}

extension SettingsMapping {
    /// The mistakes in words, one a line.
    var mistakes: [String] { report.mistakes.map(\.description) }
}
