package import Journal
internal import LocalAPI
package import Normalization
package import RemoteEvents
package import Settings

/// One entry below `sources`.
package struct SourceSettings: Equatable, Sendable {
    /// Key `type`, with the keys of that type.
    package enum Kind: Equatable, Sendable {
        /// `journald`: the systemd journal.
        case journald(JournalSettings)
        /// `maas`: the events of a MAAS region.
        case maas(MAASSettings)
        /// `panko`: the events of an OpenStack cloud.
        case panko(PankoSettings)
        /// `mws`: the events of Moab Web Services.
        case mws(MWSSettings)
        /// `iguazio`: the events of an Iguazio platform.
        case iguazio(IguazioSettings)
    }

    /// The key of the entry: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`. A part of the identity of every event (G5).
    package let name: String
    /// Key `enabled`: whether the source is read. Default: `true`.
    package let isEnabled: Bool
    package let kind: Kind

    /// The word of the key `type`.
    package var typeName: String {
        switch kind {
        case .journald: "journald"
        case .maas: "maas"
        case .panko: "panko"
        case .mws: "mws"
        case .iguazio: "iguazio"
        }
    }

    /// Which rules are for its records.
    package var rulesType: SourceType {
        switch kind {
        case .journald: .journal
        case .maas: .maas
        case .panko: .panko
        case .mws: .mws
        case .iguazio: .iguazio
        }
    }

    package init(name: String, isEnabled: Bool = true, kind: Kind) {
        self.name = name
        self.isEnabled = isEnabled
        self.kind = kind
    }

    /// Types that this version reads.
    private static let types = ["journald", "maas", "panko", "mws", "iguazio"]

    /// Reads a source; `nil` after a mistake that leaves its type unknown.
    package init?(name: String, reading mapping: SettingsMapping) {
        checkName(name, mapping)
        if name == LocalAPI.sourceName || name == Notices.sourceName {
            mapping.mistake("is the name of Tributary's own source of that kind; give this one another")
        }
        let isEnabled = mapping.boolean("enabled", default: true)
        let kind: Kind
        switch mapping.type(among: Self.types, later: []) {
        case "journald": kind = .journald(JournalSettings(reading: mapping))
        case "maas": kind = .maas(MAASSettings(reading: mapping))
        case "panko": kind = .panko(PankoSettings(reading: mapping))
        case "mws": kind = .mws(MWSSettings(reading: mapping))
        case "iguazio": kind = .iguazio(IguazioSettings(reading: mapping))
        default: return nil
        }
        self.init(name: name, isEnabled: isEnabled, kind: kind)
    }
}

/// Reports a name of a source or sink that is not `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
func checkName(_ name: String, _ mapping: SettingsMapping) {
    let isWord = { (byte: UInt8) in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    let isSign = { (byte: UInt8) in [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte) }
    guard let first = name.utf8.first, isWord(first), name.utf8.count <= 64,
        name.utf8.allSatisfy({ isWord($0) || isSign($0) })
    else {
        mapping.mistake(
            "is no name; allowed are 1 to 64 letters, digits, '.', '_' and '-' of ASCII, a letter or digit in front")
        return
    }
}

extension SettingsMapping {
    /// The value of `type`; `nil` after a mistake, also for a type of a later version.
    func type(among types: [String], later: [String]) -> String? {
        require("type", "allowed are \(types.joined(separator: ", "))")
        if let type = later.first(where: { isSet("type", to: $0) }) {
            mistake("type", "'\(type)' is not supported by this version, allowed are \(types.joined(separator: ", "))")
            return nil
        }
        return word("type", types)
    }
}
