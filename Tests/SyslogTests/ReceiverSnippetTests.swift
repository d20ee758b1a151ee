import EventModel
import EventText
import Foundation
import Settings
import TestSupport
import Testing

@testable import Syslog

/// What `packaging/receivers` says: settings that we take, and patterns that read our messages. Python reads them, as it
/// has nothing of ours.
@Suite struct ReceiverSnippetTests {
    private static let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }
    private static let receivers = package.appendingPathComponent("packaging/receivers")
    /// Pages with settings of a sink, and the sink's name in them.
    private static let pages = ["graylog", "qradar", "arcsight"]

    /// The sink's settings in the YAML of a page.
    private static func settings(_ name: String) throws -> SyslogSettings {
        let page = try String(contentsOf: receivers.appendingPathComponent("\(name)/README.md"), encoding: .utf8)
        let yaml = try #require(page.components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first)
        let mapping = SettingsFile.read([("page.yaml", Array(yaml.utf8))])
        let sinks = mapping.mapping("sinks").namedMappings()
        try #require(sinks.map(\.name) == [name])
        _ = sinks[0].mapping.text("type")
        let settings = SyslogSettings(reading: sinks[0].mapping)
        #expect(mapping.report.mistakes.map(\.description) == [])
        return settings
    }

    /// As the receivers' table has it.
    private static func form(_ message: SyslogForm.Message) -> SyslogForm {
        var form = SyslogForm()
        form.message = message
        form.maximumByteCount = 1 << 20
        return form
    }

    @Test(arguments: pages)
    func `the settings of a page are right`(name: String) throws {
        let settings = try Self.settings(name)
        #expect(!settings.addresses.isEmpty)
    }

    @Test func `every receiver's patterns read what we send it, and as it is`() throws {
        let folder = TemporaryFolder()
        var generator = EventGenerator(seed: 11)
        let events = (0..<400).map { Self.event($0, &generator) }
        func write(_ text: [UInt8], _ name: String) throws {
            try Data(text).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        func lines(_ form: SyslogForm) throws -> [UInt8] {
            var encoder = SyslogEncoder(form, machine: "machine", offset: { _ in 0 })
            var reader = BatchReader(events: events)
            encoder.beginBatch()
            var bytes: [UInt8] = []
            while try reader.next() {
                var message: [UInt8] = []
                #expect(encoder.append(reader, to: &message) == .whole)
                bytes += message + [0x0A]
            }
            return bytes
        }
        try write(lines(Self.form(.eventsLog)), "splunk.lines")
        try write(lines(Self.form(.json)), "elastic.lines")
        for page in Self.pages {
            var form = try Self.settings(page).form
            // What is cut has no names that could be compared.
            form.maximumByteCount = 1 << 20
            try write(lines(form), "\(page).lines")
        }
        var file: [UInt8] = []
        var expected: [UInt8] = []
        var (line, json) = (EventLineEncoder(dialect: .extended, offset: { _ in 0 }), EventJSONEncoder())
        var reader = BatchReader(events: events)
        line.beginBatch()
        while try reader.next() {
            line.append(reader, to: &file)
            expected += expected.isEmpty ? Array("[".utf8) : Array(",".utf8)
            json.append(reader, to: &expected)
        }
        try write(file, "splunk-file.lines")
        try write(expected + Array("]".utf8), "expected.json")

        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = [
            "python3", Self.package.path + "/Tests/Servers/receivers/read_lines.py", Self.receivers.path, folder.path,
        ]
        let output = Pipe()
        python.standardOutput = output
        python.standardError = output
        try python.run()
        let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        python.waitUntilExit()
        #expect(python.terminationStatus == 0, "\(words)")
        #expect(words.contains("\(events.count) events, 0 mistakes"), "\(words)")
    }

    /// An awkward event at a time that Python's calendar has.
    private static func event(_ number: Int, _ generator: inout EventGenerator) -> Event {
        let event = generator.event()
        return Event(
            id: event.id, time: Timestamp(microseconds: Int64(1_370_884_411_000_250 + number * 7_654_321_987)),
            observedTime: .earliest, source: Text("s\(number)"), origin: event.origin, host: event.host,
            kind: event.kind,
            type: event.type, severity: event.severity, classification: event.classification,
            visibility: event.visibility, code: event.code, message: event.message, user: event.user,
            tenant: event.tenant, objects: event.objects, arguments: event.arguments, parameters: event.parameters,
            tags: event.tags)
    }
}
