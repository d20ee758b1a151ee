import EventModel
import EventText
import Platform
import RemoteEvents
import TestSupport

/// Something that takes bytes from outside. No bytes may end the process, and what must hold is checked.
protocol FuzzTarget: Sendable {
    func run(_ bytes: [UInt8])

    /// First inputs, besides those that lie in the tree.
    var seeds: [[UInt8]] { get }
}

extension FuzzTarget {
    var seeds: [[UInt8]] { [] }

    /// Writes the seeds as files.
    func writeSeeds(to folder: String) throws {
        let files = PosixFileSystem()
        try files.makeDirectory(folder, permissions: 0o755)
        for (number, seed) in seeds.enumerated() {
            let file = try files.open("\(folder)/seed-\(number)", .createOrUpdate, permissions: 0o644)
            try file.truncate(to: 0)
            try file.write(seed.span, at: 0)
        }
    }
}

/// The targets by name. Some take a moment to make, which is not to count as the first input's time.
let fuzzTargets: [String: @Sendable () -> any FuzzTarget] = [
    "line": { LineTarget() }, "sieve": { SieveTarget() }, "journal": { JournalTarget() }, "spool": { SpoolTarget() },
    "position": { PositionTarget() }, "settings": { SettingsTarget() }, "rules": { RulesTarget() },
    "records": { RecordsTarget() }, "maas": { PageTarget(api: .maas) }, "panko": { PageTarget(api: .panko) },
    "mws": { PageTarget(api: .mws) }, "iguazio": { PageTarget(api: .iguazio) }, "api": { RequestTarget() },
    "syslog": { SyslogTarget() }, "view": { JournalFileTarget() },
]

/// Ends the process with a finding.
func require(_ condition: Bool, _ finding: @autoclosure () -> String) {
    guard !condition else { return }
    fatalError("finding: \(finding())")
}

/// The extended line of an event, without its line feed.
func line(of event: Event) -> [UInt8] {
    var encoder = EventLineEncoder(dialect: .extended) { _ in 0 }
    var reader = BatchReader(events: [event])
    require((try? reader.next()) == true, "the binary form of \(event) does not read back")
    var line: [UInt8] = []
    encoder.append(reader, to: &line)
    return Array(line.dropLast())
}

/// An event is what its line and its canonical JSON say.
func requireRoundTrip(_ event: Event) {
    let line = line(of: event)
    require(!line.contains { $0 < 0x20 || $0 == 0x7F }, "the line of \(event) has a control character")
    require((try? EventLineDecoder().decode(line.span)) == event, "the line of \(event) does not read back")
    var reader = BatchReader(events: [event])
    require((try? reader.next()) == true && reader.event() == event, "the binary form of \(event) is another")
    var json: [UInt8] = []
    var encoder = EventJSONEncoder()
    encoder.append(reader, to: &json)
    let draft = (try? JSONParser().parse(json.span)).flatMap { try? EventJSONDecoder().decode($0) }
    let decoded = draft?.event(
        id: EventID(high: 0, low: 0), time: .earliest, observedTime: .earliest, source: .empty)
    require(decoded == event, "the JSON of \(event) does not read back: \(String(decoding: json, as: UTF8.self))")
}
