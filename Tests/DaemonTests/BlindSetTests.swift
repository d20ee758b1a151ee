import EventModel
import Foundation
import Journal
import Normalization
import Settings
import Testing

@testable import Daemon

/// Measures the shipped rules on real lines that they were not written from (`NormalizationTests/Blind/README.md`).
@Suite struct BlindSetTests {
    /// A line, and what should become of it.
    private struct Line {
        var place = ""
        var text = ""
        var kind = ""
        var isSecurity = false
        var fields: [(name: Text, value: Text)] = []
        /// Of `user`, `targetUser` and `address`: what must be exactly so.
        var expected: [(name: String, value: String)] = []
    }

    /// How many of how many.
    private struct Share: CustomStringConvertible {
        var right = 0
        var all = 0
        var isEnough: Bool { all > 0 && right * 100 >= all * 95 }
        var description: String { "\(right) of \(all)" }

        mutating func count(_ isRight: Bool) {
            all += 1
            if isRight { right += 1 }
        }
    }

    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL.path

    /// The lines of a file, which is a list: reading begins with a mapping, so that it gets a key.
    private func lines(_ file: String) throws -> [Line] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(Self.package)/Tests/NormalizationTests/Blind/\(file)"))
        let report = SettingsReport()
        let root = SettingsFile.read([(file, Array("lines:\n".utf8) + [UInt8](bytes))], report: report)
        let lines = root.mappings("lines", limit: 1000).map { entry in
            var line = Line()
            line.place = "\(file):\(entry.place.line - 1)"
            line.text = entry.freeText("line")?.text ?? ""
            line.kind = entry.text("kind") ?? ""
            line.isSecurity = entry.boolean("security", default: false)
            line.fields = entry.namedTexts("fields").map { (Text($0.name), Text($0.values.first?.text ?? "")) }
            line.fields.append(("SYSLOG_IDENTIFIER", Text(entry.text("identifier") ?? "")))
            line.fields.append(("MESSAGE", Text(line.text)))
            for name in ["user", "targetUser", "address"] {
                if let value = entry.freeText(name) { line.expected.append((name, value.text)) }
            }
            return line
        }
        try report.check()
        return lines
    }

    @Test func `the shipped rules know real lines that they were not written from`() throws {
        var settings = NormalizationSettings()
        settings.shipped = .folder("\(Self.package)/packaging/rules")
        var converter = EntryConverter(source: "journal", rules: RuleSet(try settings.load().rules))
        var security = Share()
        var others = Share()
        var values = Share()
        var misses: [String] = []
        let folder = "\(Self.package)/Tests/NormalizationTests/Blind"
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".yaml") {
            for line in try lines(file) {
                let entry = EntryConverter.Entry(realtime: 1_700_000_000_000_000, fields: line.fields)
                let event = try converter.convert(entry, observed: Timestamp(microseconds: Int64(0))).event
                let isRight = event.kind.string == line.kind
                if line.isSecurity { security.count(isRight) } else { others.count(isRight) }
                if !isRight { misses.append("\(line.place): is \(event.kind), should be \(line.kind): \(line.text)") }
                for (name, value) in line.expected {
                    let found = name == "user" ? event.user.string : event.text(name)
                    values.count(found == value)
                    if found != value { misses.append("\(line.place): \(name) is '\(found)', should be '\(value)'") }
                }
            }
        }
        print("Blind set: security kinds \(security), other kinds \(others), users and addresses \(values)")
        for miss in misses { print(miss) }
        #expect(security.all >= 100)
        #expect(security.isEnough, "kinds of security-relevant lines: \(security)")
        #expect(values.isEnough, "users and addresses: \(values)")
    }
}

extension Event {
    /// A parameter as text; empty where there is none.
    fileprivate func text(_ name: String) -> String {
        parameters.first { $0.name.string == name }?.value.text.string ?? ""
    }
}
