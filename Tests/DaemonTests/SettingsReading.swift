import Daemon
import Settings

/// The root of one file from memory.
func root(_ yaml: String) -> SettingsMapping {
    SettingsFile.read([("t.yaml", Array(yaml.utf8))])
}

/// The settings of one file; fails the test on a mistake.
func settings(_ yaml: String) throws -> DaemonSettings {
    try DaemonSettings.load(root(yaml)).settings
}

/// The mistakes of one file in words.
func mistakes(_ yaml: String) -> [String] {
    do {
        _ = try DaemonSettings.load(root(yaml))
        return []
    } catch {
        return error.mistakes.map(\.description)
    }
}

/// A sink that is right, for files whose subject is another.
let aSink = "sinks: {log: {type: file, path: /var/log/t.log}}\n"
