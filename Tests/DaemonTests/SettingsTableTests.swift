import Daemon
import EventModel
import Foundation
import Settings
import Testing

/// The table of settings, of which the manual page is made, and what reads the settings agree.
@Suite struct SettingsTableTests {
    /// What a section needs beside the key under test, by type or, below a source or sink, by path.
    private static let required = [
        "file": ["path": "/f"], "syslog": ["address": "tls://s.example.com:6514"],
        "maas": ["url": "https://m.example.com", "api-key": "{environment: SECRET}"],
        "mws": ["url": "https://m.example.com", "username": "u", "password": "{environment: KEY}"],
        "iguazio": ["url": "https://i.example.com", "access-key": "{environment: KEY}"],
        "panko": ["auth": flow(keystone)], "sources.NAME.auth": keystone,
        "api.tls": ["certificate": golden("api.pem"), "key": golden("api.key")],
    ]
    private static let keystone = [
        "url": "https://k.example.com", "username": "u", "password": "{environment: KEY}", "project": "p",
    ]
    private static let unknown = "qqqqqqqq"

    private static func golden(_ name: String) -> String {
        (#filePath as NSString).deletingLastPathComponent + "/Golden/" + name
    }

    /// Settings whose section holds what it needs, but for one key, and `entries`.
    private static func text(
        _ section: SettingsTable.Section, _ entries: [String: String], without key: String? = nil
    ) -> String {
        let parts = section.path.split(separator: ".").map { $0 == "NAME" ? "n" : String($0) }
        let isNested = parts.count > 2
        var mapping = (isNested ? nil : section.type.flatMap { required[$0] }) ?? required[section.path] ?? [:]
        if !isNested { mapping["type"] = section.type }
        if let key { mapping[key] = nil }
        mapping.merge(entries) { $1 }
        if isNested, let type = section.type {
            var parent = required[type] ?? [:]
            parent["type"] = type
            parent[parts[2]] = flow(mapping)
            mapping = parent
        }
        for part in parts.prefix(2).reversed() { mapping = [part: flow(mapping)] }
        if mapping["sinks"] == nil, !(parts.isEmpty && key == "sinks") {
            mapping["sinks"] = "{log: {type: file, path: /var/log/t.log}}"
        }
        return mapping.sorted { $0.key < $1.key }.map { "\($0): \($1)\n" }.joined()
    }

    private static func flow(_ entries: [String: String]) -> String {
        "{" + entries.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", ") + "}"
    }

    private func load(_ text: String) -> (settings: DaemonSettings?, mistakes: [SettingsReport.Remark]) {
        let surroundings = SettingsSurroundings(
            fileSystem: SettingsSurroundings.machine.fileSystem,
            environment: { $0 == "SECRET" ? "a:b:c" : $0 == "KEY" ? "abc" : nil }, isReadableByOthers: { _ in false })
        let root = SettingsFile.read([("t.yaml", Array(text.utf8))], surroundings: surroundings)
        do {
            return (try DaemonSettings.load(root).settings, [])
        } catch {
            return (nil, error.mistakes)
        }
    }

    /// What reading says about one key when it has a value.
    private func remarks(_ section: SettingsTable.Section, _ key: String, _ value: String) -> [String] {
        let path = Self.path(section, key)
        return load(Self.text(section, [key: value])).mistakes.filter { $0.key == path }.map(\.text)
    }

    /// The path of a key in such settings.
    private static func path(_ section: SettingsTable.Section, _ key: String) -> String {
        (section.path.isEmpty ? "" : section.path.replacing(".NAME", with: ".n") + ".") + key
    }

    @Test(arguments: SettingsTable.sections)
    func `a section has the keys that are asked for, and no other`(section: SettingsTable.Section) throws {
        let remark = try #require(remarks(section, Self.unknown, "1").first)
        let allowed = try #require(remark.components(separatedBy: "allowed are ").dropFirst().first)
        let obeyed = allowed.components(separatedBy: ", ").filter { key in
            !remarks(section, key, "1").contains { $0.hasPrefix("is not supported by this version") }
        }
        #expect(Set(obeyed) == Set(section.keys.map(\.name)))
        #expect(Set(section.keys.map(\.name)).count == section.keys.count)
    }

    /// A value that no key of a form takes, and what reading then says is allowed.
    private func probe(_ form: SettingsTable.Form) -> (value: String, answer: String) {
        switch form {
        case .text, .path: ("{a: 1}", "allowed is a text")
        case .texts: ("{a: 1}", "allowed is a text or a list of texts")
        case .boolean: ("{a: 1}", "allowed is true or false")
        case .integer(let range), .size(let range), .duration(let range): ("{a: 1}", "allowed is \(range)")
        case .words(let words): ("{a: 1}", "allowed is \(words.joined(separator: ", "))")
        case .wordList(let words): ("[\(Self.unknown)]", "allowed are \(words.joined(separator: ", "))")
        case .time(let words): ("{a: 1}", "allowed is \(words.joined(separator: ", ")), or a time such as")
        case .mode: ("{a: 1}", "allowed is a mode such as \"0640\"")
        case .secret: ("written", "must not hold the secret itself")
        case .pathOrSecret: ("{a: 1}", "has none of credential, file and environment")
        case .mapping, .named: ("written", "allowed is a mapping of settings")
        }
    }

    @Test(arguments: SettingsTable.sections)
    func `form, words and range of a key are what reading allows`(section: SettingsTable.Section) {
        for key in section.keys {
            let (value, answer) = probe(key.form)
            let remarks = remarks(section, key.name, value)
            #expect(remarks.contains { $0.contains(answer) }, "\(key.name): \(remarks)")
        }
    }

    @Test(arguments: SettingsTable.sections)
    func `a key that is set to its default changes nothing`(section: SettingsTable.Section) throws {
        let plain = try #require(load(Self.text(section, [:])).settings)
        for key in section.keys {
            guard case .value(let value) = key.absence else { continue }
            let loaded = load(Self.text(section, [key.name: value]))
            #expect(loaded.settings == plain, "\(key.name): \(value): \(loaded.mistakes)")
        }
    }

    @Test(arguments: SettingsTable.sections)
    func `a required key is missed where it is absent`(section: SettingsTable.Section) {
        for key in section.keys where key.absence == .required {
            let mistakes = load(Self.text(section, [:], without: key.name)).mistakes
            #expect(mistakes.contains { $0.key == Self.path(section, key.name) }, "\(key.name): \(mistakes)")
        }
    }

    @Test func `the page has every key of every section, and every key of a filter`() {
        let page = SettingsManual.page().text
        for section in SettingsTable.sections {
            let part = page.components(separatedBy: ".SH \"\(ManualPage.escaped(section.title.uppercased()))\"\n")
            #expect(part.count == 2, "\(section.title)")
            let body = part.last?.components(separatedBy: "\n.SH ").first ?? ""
            for key in section.keys {
                #expect(body.contains("\n\\fB\(ManualPage.escaped(key.name))\\fR "), "\(key.name)")
            }
        }
        for key in EventFilter.Key.knownNames { #expect(page.contains(ManualPage.escaped(key)), "\(key)") }
    }
}

extension SettingsTable.Section: CustomTestStringConvertible {
    package var testDescription: String { title }
}
