import EventModel
import EventText
import Settings
import Testing

@testable import RemoteEvents

/// Reads a source of one file from memory, with the secret `WORD` in the environment.
private func source(_ yaml: String) -> SettingsMapping {
    let machine = SettingsSurroundings.machine
    return SettingsFile.read(
        [("t.yaml", Array(yaml.utf8))],
        surroundings: SettingsSurroundings(
            fileSystem: machine.fileSystem, environment: { $0 == "WORD" ? "w" : nil },
            isReadableByOthers: machine.isReadableByOthers))
}

@Suite struct MWSAndIguazioSettingsTests {
    private let mws = "url: https://moab.example.com/mws/\nusername: tail\npassword: {environment: WORD}\n"
    private let iguazio = "url: https://dashboard.example.com\naccess-key: {environment: WORD}\n"

    @Test func `a query is a JSON object without the date`() {
        let mapping = source(mws + "query: '{\"severity\": {\"$in\": [\"WARN\", \"ERROR\"]}}'\n")
        #expect(MWSSettings(reading: mapping).query.map(\.name) == ["severity"])
        #expect(mapping.report.mistakes.isEmpty)
        for (query, problem) in [
            ("'[1]'", "is no JSON object"), ("'{'", "is no JSON"), ("'{\"eventDate\": 1}'", "use 'start' instead"),
        ] {
            let mapping = source(mws + "query: \(query)\n")
            _ = MWSSettings(reading: mapping)
            #expect(mapping.report.mistakes.count == 1)
            #expect(mapping.report.mistakes.first?.description.contains(problem) ?? false)
        }
    }

    @Test func `what is missing or wrong is said, all at once`() {
        var mapping = source("url: https://moab.example.com/mws\nusername: a:b\nlevel: 3\n")
        _ = MWSSettings(reading: mapping)
        let texts = mapping.report.mistakes.map(\.description).joined(separator: "\n")
        for part in ["password", "colon", "unknown key"] { #expect(texts.contains(part), "\(part)") }
        mapping = source("url: https://d.example.com\npassword: {environment: WORD}\ncollections: [event]\n")
        _ = IguazioSettings(reading: mapping)
        let others = mapping.report.mistakes.map(\.description).joined(separator: "\n")
        for part in ["username", "collections", "events"] { #expect(others.contains(part), "\(part)") }
    }

    @Test func `an access key needs no user, and excludes a password`() {
        var mapping = source(iguazio + "filter: {severity: warning, tenant: t-1}\ncollections: [audit, events]\n")
        let settings = IguazioSettings(reading: mapping)
        #expect(mapping.report.mistakes.isEmpty)
        #expect(settings.credentials == .accessKey(Secret([0x77])))
        #expect(settings.collections == [.events, .audit])
        #expect(settings.filter.severity == "warning" && settings.filter.tenant == "t-1")
        mapping = source(iguazio + "password: {environment: WORD}\n")
        _ = IguazioSettings(reading: mapping)
        #expect(mapping.report.mistakes.map(\.description).joined().contains("keep one of them"))
    }
}
