/// One mapping of the settings while it is read.
///
/// An accessor answers the value of a key, or what it is given as default when the key is absent; a value that is
/// wrong becomes a mistake of the report, and the default is answered, so that reading goes on and all mistakes
/// come out together. ``finish()`` then reports the keys that nobody asked for.
package final class SettingsMapping {
    /// Most entries of a mapping whose keys are names.
    private static let maximumNameCount = 1000

    /// Dotted path from the root, `sinks.events-log`; empty for the root.
    package let path: String
    /// Where the mapping begins.
    package let place: SettingsPlace
    /// Takes the mistakes of all mappings of the settings.
    package let report: SettingsReport
    /// Where secrets come from.
    package let surroundings: SettingsSurroundings
    let entries: [SettingsNode.Entry]
    private var known: [String] = []

    init(
        _ entries: [SettingsNode.Entry], path: String, place: SettingsPlace, report: SettingsReport,
        surroundings: SettingsSurroundings
    ) {
        self.entries = entries
        self.path = path
        self.place = place
        self.report = report
        self.surroundings = surroundings
    }

    /// The keys that are set, in the order of the file.
    package var keys: [String] { entries.map(\.key) }

    /// Whether a key is set, be it to nothing. The key counts as known.
    package func isSet(_ key: String) -> Bool {
        entry(key) != nil
    }

    /// The path of a key: what a mistake names it by.
    package func path(of key: String) -> String {
        path.isEmpty ? shown(key) : "\(path).\(shown(key))"
    }

    /// Reports a mistake at the value of a key, or at the mapping where the key is absent.
    package func mistake(_ key: String, _ text: String) {
        report.mistake(place(of: key), path(of: key), text)
    }

    /// Reports a note in the same way.
    package func note(_ key: String, _ text: String) {
        report.note(place(of: key), path(of: key), text)
    }

    /// Reports a mistake of the mapping itself.
    package func mistake(_ text: String) {
        report.mistake(place, path, text)
    }

    /// Reports that a key must be given, unless it is.
    package func require(_ key: String, _ what: String) {
        guard !isSet(key) else { return }
        report.mistake(place, path(of: key), "is missing; \(what)")
    }

    /// Reports a key that this version knows but does not obey.
    package func refuse(_ key: String) {
        guard let entry = entry(key) else { return }
        report.mistake(entry.place, path(of: key), "is not supported by this version; remove it")
    }

    /// Reports every key that no accessor asked for. To be called last.
    package func finish() {
        let allowed = known.isEmpty ? "no key is allowed here" : "allowed are \(known.sorted().joined(separator: ", "))"
        for entry in entries where !known.contains(entry.key) {
            // Looking for what was meant is not worth it for a mistake that nobody will see.
            let suggestion = report.isFull ? "" : Spelling.suggestion(for: entry.key, in: known)
            let problem = "is an unknown key\(suggestion.isEmpty ? ", \(allowed)" : suggestion)"
            report.mistake(entry.place, path(of: entry.key), problem)
        }
    }

    /// A nested mapping; an empty one where the key is absent or nothing.
    package func mapping(_ key: String) -> SettingsMapping {
        optionalMapping(key)
            ?? SettingsMapping(
                [], path: path(of: key), place: place(of: key), report: report, surroundings: surroundings)
    }

    /// A nested mapping; `nil` where the key is absent or nothing.
    package func optionalMapping(_ key: String) -> SettingsMapping? {
        guard let entry = entry(key), !entry.value.isAbsent else { return nil }
        guard case .mapping(let entries) = entry.value.content else {
            mistake(key, "is \(entry.value.typeName), allowed is a mapping of settings")
            return nil
        }
        return SettingsMapping(
            entries, path: path(of: key), place: entry.place, report: report, surroundings: surroundings)
    }

    /// The mappings of all keys, for a mapping whose keys are names of the operator's choice; at most 1000.
    package func namedMappings() -> [(name: String, mapping: SettingsMapping)] {
        guard entries.count <= Self.maximumNameCount else {
            mistake("has \(entries.count) entries, allowed are at most \(Self.maximumNameCount)")
            known = keys
            return []
        }
        return entries.map { entry in (entry.key, mapping(entry.key)) }
    }

    /// The entry of a key, which is known from now on.
    func entry(_ key: String) -> SettingsNode.Entry? {
        if !known.contains(key) { known.append(key) }
        return entries.first { $0.key == key }
    }

    private func place(of key: String) -> SettingsPlace {
        guard let entry = entries.first(where: { $0.key == key }) else { return place }
        return entry.value.isAbsent ? entry.place : entry.value.place
    }

    /// A single value as it is written, and whether without quotes; `nil` after a mistake or where it is absent.
    func scalar(_ key: String, allowed: String) -> (text: String, isPlain: Bool)? {
        guard let entry = entry(key) else { return nil }
        guard !entry.value.isAbsent else {
            mistake(key, "has no value, allowed is \(allowed)")
            return nil
        }
        guard case .text(let text, let isPlain) = entry.value.content else {
            mistake(key, "is \(entry.value.typeName), allowed is \(allowed)")
            return nil
        }
        return (text, isPlain)
    }
}
