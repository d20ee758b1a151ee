import Daemon
import EventFiles
import EventModel
import Foundation
import Journal
import LocalAPI
import Pipeline
import Settings
import Spool
import TestSupport
import Testing

/// Every key that the design gives to these parts is known, is read, and is in the sample.
@Suite struct SettingsKeysTests {
    /// A key with a value, and the claim that the value arrived.
    struct Case: Sendable, CustomTestStringConvertible {
        let key: String
        let value: String
        let arrived: @Sendable (DaemonSettings) -> Bool

        var testDescription: String { "\(key): \(value)" }
    }

    private static func journal(_ settings: DaemonSettings) -> JournalSettings? {
        guard case .journald(let journal) = settings.sources.first?.kind else { return nil }
        return journal
    }

    private static func file(_ settings: DaemonSettings) -> FileSinkSettings? {
        guard case .file(let file) = settings.sinks.first?.kind else { return nil }
        return file
    }

    private static let journalCases = [
        Case(key: "enabled", value: "false") { $0.sources.first?.isEnabled == false },
        Case(key: "directory", value: "/j") { journal($0)?.place == .directory("/j") },
        Case(key: "files", value: "[/a, /b]") { journal($0)?.place == .files(["/a", "/b"]) },
        Case(key: "namespace", value: "audit") { journal($0)?.namespace == "audit" },
        Case(key: "boots", value: "current") { journal($0)?.boots == .current },
        Case(key: "units", value: "ssh.service") { journal($0)?.units == ["ssh.service"] },
        Case(key: "identifiers", value: "[a, b]") { journal($0)?.identifiers == ["a", "b"] },
        Case(key: "transports", value: "[kernel, audit]") { journal($0)?.transports == ["kernel", "audit"] },
        Case(key: "facilities", value: "[auth, local4, 3]") { journal($0)?.facilities == [.auth, .local4, .daemon] },
        Case(key: "minimum-priority", value: "info") { journal($0)?.minimumPriority == 6 },
        Case(key: "minimum-priority", value: "0") { journal($0)?.minimumPriority == 0 },
        Case(key: "match", value: "[_UID=0, \"A=x=y z\", B=]") {
            journal($0)?.matches.map(\.name) == ["_UID", "A", "B"]
                && journal($0)?.matches.map(\.value) == [Array("0".utf8), Array("x=y z".utf8), []]
        },
        Case(key: "exclude-own", value: "false") { journal($0)?.excludesOwn == false },
        Case(key: "start", value: "beginning") { journal($0)?.start == .beginning },
        Case(key: "start", value: "boot") { journal($0)?.start == .boot },
        Case(key: "start", value: "now") { journal($0)?.start == .now },
        Case(key: "start", value: "2026-01-31") {
            journal($0)?.start == Timestamp("2026-01-31T00:00:00Z").map { .time($0) }
        },
        Case(key: "maximum-field", value: "64KiB") { journal($0)?.maximumField == 65_536 },
        Case(key: "parameters", value: "[\"*\", \"!_PID\"]") { journal($0)?.parameters == ["*", "!_PID"] },
        Case(key: "parameters", value: "[]") { journal($0)?.parameters == [] },
        Case(key: "stall-timeout", value: "5m") { journal($0)?.stallTimeout == .seconds(300) },
    ]

    private static let sinkCases = [
        Case(key: "enabled", value: "true") { $0.sinks.first?.isEnabled == true },
        Case(key: "where", value: "{kind: \"Security.*\"}") {
            $0.sinks.first?.filter.canonicalText == #"{"kind":["Security.*"]}"#
        },
        Case(key: "when-full", value: "drop-oldest") { $0.sinks.first?.whenFull == .dropOldest },
        Case(key: "format", value: "json") { file($0)?.format == .json },
        Case(key: "dialect", value: "moab") { file($0)?.dialect == .moab },
        Case(key: "time-zone", value: "local") { file($0)?.timeZone == .local },
        Case(key: "mode", value: "\"0600\"") { file($0)?.mode == 0o600 },
        Case(key: "owner", value: "root") { file($0)?.owner == "root" },
        Case(key: "group", value: "adm") { file($0)?.group == "adm" },
        Case(key: "rotate", value: "never") { file($0)?.rotation == .never },
        Case(key: "rotate", value: "false") { file($0)?.rotation.isActive == false },
        Case(key: "rotate", value: "{size: 1GiB}") { file($0)?.rotation.size == 1 << 30 },
        Case(key: "rotate", value: "{size: never}") { file($0)?.rotation.size == nil },
        Case(key: "rotate", value: "{every: 1h}") { file($0)?.rotation.every == .seconds(3600) },
        Case(key: "rotate", value: "{every: never}") { file($0)?.rotation.every == nil },
        Case(key: "rotate", value: "{keep: 3}") { file($0)?.rotation.keep == 3 },
        Case(key: "rotate", value: "{keep: all}") { file($0)?.rotation.keep == nil },
        Case(key: "rotate", value: "{keep-for: 30d}") {
            file($0)?.rotation.keepFor == .seconds(30 * 86_400) && file($0)?.rotation.keep == nil
        },
        Case(key: "rotate", value: "{keep-size: 2GiB, keep: 5}") {
            file($0)?.rotation.keepSize == 2 << 30 && file($0)?.rotation.keep == 5
        },
        Case(key: "rotate", value: "{compress: none}") {
            file($0)?.rotation.compression == RotationSettings.Compression.none
        },
        Case(key: "rotate", value: "{}") {
            file($0)?.rotation.size == 100 << 20 && file($0)?.rotation.every == .seconds(86_400)
                && file($0)?.rotation.keep == 14
        },
    ]

    private static let otherCases: [(section: String, test: Case)] = [
        ("spool", Case(key: "directory", value: "/s") { $0.spool.directory == "/s" }),
        ("spool", Case(key: "max-size", value: "64MiB") { $0.spool.maximumByteCount == 64 << 20 }),
        ("spool", Case(key: "when-full", value: "drop-oldest") { $0.spool.whenFull == .dropOldest }),
        ("api", Case(key: "socket", value: "/s") { $0.api.socket == "/s" }),
        ("api", Case(key: "socket-mode", value: "0600") { $0.api.socketMode == 0o600 }),
        ("api", Case(key: "maximum-body", value: "64KiB") { $0.api.maximumBody == 64 << 10 }),
        ("api", Case(key: "token", value: "{environment: PATH}") { $0.api.token != nil }),
        (
            "api",
            Case(key: "listen", value: "\"[::1]:8443\", token: {environment: PATH}") {
                $0.api.listen == APIAddress(host: "::1", port: 8443) && $0.api.tls == nil
            }
        ),
        ("normalization", Case(key: "rules", value: "[/r, /s.yaml]") { $0.normalization.paths == ["/r", "/s.yaml"] }),
        ("normalization", Case(key: "shipped-rules", value: "false") { $0.normalization.shipped == .none }),
        ("normalization", Case(key: "shipped-rules", value: "true") { $0.normalization.shipped == .installed }),
        ("normalization", Case(key: "shipped-rules", value: "/f") { $0.normalization.shipped == .folder("/f") }),
        ("log", Case(key: "level", value: "debug") { $0.log.level == .debug }),
        ("log", Case(key: "format", value: "json") { $0.log.format == .json }),
    ]

    @Test(arguments: journalCases)
    func `every key of a journald source arrives`(test: Case) throws {
        let settings = try settings(aSink + "sources: {j: {type: journald, \(test.key): \(test.value)}}\n")
        #expect(test.arrived(settings))
    }

    @Test(arguments: sinkCases)
    func `every key of a file sink arrives`(test: Case) throws {
        let settings = try settings("sinks: {f: {type: file, path: /f, \(test.key): \(test.value)}}\n")
        #expect(test.arrived(settings))
    }

    @Test func `every key of the other sections arrives`() throws {
        for (section, test) in Self.otherCases {
            let settings = try settings(aSink + "\(section): {\(test.key): \(test.value)}\n")
            #expect(test.arrived(settings), "\(section).\(test.testDescription)")
        }
    }

    private func sample() throws -> String {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return try String(contentsOf: package.appendingPathComponent("packaging/tributary.yaml"), encoding: .utf8)
    }

    @Test func `the sample loads without a mistake and leaves every default`() throws {
        let loaded = try DaemonSettings.load(root(try sample()))
        #expect(loaded.notes == [])
        let settings = loaded.settings
        #expect(settings.sources == [SourceSettings(name: "journal", kind: .journald(JournalSettings()))])
        #expect(
            settings.sinks == [
                SinkSettings(name: "events-log", kind: .file(FileSinkSettings(path: "/var/log/tributary/events.log")))
            ])
        #expect(settings.spool == SpoolSettings())
        #expect(settings.api == APISettings())
        #expect(settings.normalization == NormalizationSettings())
        #expect(settings.log == LogSettings())
    }

    @Test func `the sample names every key`() throws {
        let text = try sample()
        let keys = Self.journalCases.map(\.key) + Self.sinkCases.map(\.key) + Self.otherCases.map(\.test.key)
        for key in keys + ["type", "path", "size", "every", "keep", "keep-for", "keep-size", "compress"] {
            #expect(text.contains(" \(key):"), "\(key)")
        }
    }

    @Test func `every commented key of the sample loads when its comment is taken away`() throws {
        let lines = try sample().components(separatedBy: "\n")
        var count = 0
        for (index, line) in lines.enumerated() {
            guard line.firstMatch(of: /^ +# [a-z-]+: +[^ ]/) != nil, !line.contains("# parameters:") else { continue }
            // `rotate:` and `where:` have no value on their line but a comment.
            guard line.firstMatch(of: /^ +# [a-z-]+: +#/) == nil else { continue }
            var changed = lines
            changed[index] = line.replacing(#/^( +)# /#) { String($0.output.1) }
            #expect(mistakes(changed.joined(separator: "\n")).filter { !$0.contains("no sink that is enabled") } == [])
            count += 1
        }
        #expect(count >= 30)
    }

    @Test func `the parameters of the sample are the defaults`() throws {
        let lines = try sample().split(separator: "\n").drop { !$0.contains("# parameters:") }.dropFirst()
        let patterns = lines.prefix { $0.contains("#   - ") }.compactMap { $0.split(separator: "\"").dropFirst().first }
        #expect(patterns.map(String.init) == JournalSettings.defaultParameters)
    }

    /// The sample with its comments taken away, so that a mutation meets every accessor.
    private func uncommented() throws -> [UInt8] {
        let lines = try sample().split(separator: "\n").map { line in
            line.contains(": ") || line.contains("- ") ? line.replacingOccurrences(of: "# ", with: "") : String(line)
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    @Test(arguments: 0..<300)
    func `no mutation of the sample ends the process`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var bytes = seed.isMultiple(of: 2) ? Array(try sample().utf8) : try uncommented()
        let signs = Array("{}[]:,-?&*#!|>'\"%@` \t\n\\~0aé".utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[position] = signs.randomElement(using: &random) ?? 0
            case 1: bytes.insert(signs.randomElement(using: &random) ?? 0, at: position)
            case 2: bytes.removeSubrange(position..<min(position + Int.random(in: 1...30, using: &random), bytes.count))
            default: bytes[position] = UInt8.random(in: 0...255, using: &random)
            }
        }
        let root = SettingsFile.read([("t.yaml", bytes)])
        do {
            _ = try DaemonSettings.load(root)
        } catch {
            #expect(!error.mistakes.isEmpty)
            #expect(error.mistakes.allSatisfy { $0.place.file == "t.yaml" && !$0.text.isEmpty })
        }
    }
}
