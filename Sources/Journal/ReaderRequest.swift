// The content of a request frame (Wire.swift):
//
//   1 byte   version of the format
//   1 byte   task: 0 read for ever, 1 read to the end, 2 walk through everything and end
//   1 byte   place: 0 local, 1 directory (text), 2 files (list of texts)
//   texts    namespace (list of none or one), units, identifiers, transports, parameters, files left out (lists)
//   list     facilities, a byte each
//   list     matches: text name, text value
//   texts    names of fields that rules look at (list)
//   varint   minimum priority plus one, 0 for any
//   1 byte   boots: 0 all, 1 current
//   1 byte   exclude own
//   1 byte   start: 0 now, 1 boot, 2 beginning, 3 time (varint, zigzag, microseconds)
//   varint   maximum field, in bytes
//   varint   milliseconds after which a reader that cannot write lets the files go
//   varint   process id of the daemon
//   varint   since when it runs, microseconds since the epoch
//   text     position (JournalPosition), empty for none
internal import EventModel

/// What the daemon asks its journal reader for.
struct ReaderRequest: Equatable, Sendable {
    enum Task: UInt8, Sendable {
        /// Reads, and waits for more.
        case follow
        /// Reads what there is.
        case once
        /// Looks at every entry and field, and tells nothing: whoever survives it is healthy.
        case examine
    }

    /// Largest request, in bytes.
    static let maximumByteCount = 4 << 20

    var task: Task
    var settings: JournalSettings
    /// Names of fields that rules look at: they are told, also where no parameter comes of them.
    var ruleFields: [String] = []
    /// Files that ended the reader before.
    var leftOut: [String] = []
    /// Process id of the daemon.
    var daemon: Int32
    /// Since when the daemon runs, microseconds since the epoch.
    var daemonStart: UInt64
    /// Where to go on; empty at the first start.
    var position: String

    /// The bytes of the frame's content.
    func encoded() -> [UInt8] {
        var bytes = [Wire.version, task.rawValue]
        switch settings.place {
        case .local: bytes.append(0)
        case .directory(let path):
            bytes.append(1)
            bytes.append(text: path)
        case .files(let paths):
            bytes.append(2)
            bytes.append(texts: paths)
        }
        bytes.append(texts: [settings.namespace].compactMap(\.self))
        for texts in [settings.units, settings.identifiers, settings.transports, settings.parameters, leftOut] {
            bytes.append(texts: texts)
        }
        bytes.append(text: settings.facilities.map(\.rawValue))
        bytes.append(varint: UInt64(settings.matches.count))
        for match in settings.matches {
            bytes.append(text: match.name)
            bytes.append(text: match.value)
        }
        bytes.append(texts: ruleFields)
        bytes.append(varint: UInt64((settings.minimumPriority ?? -1) + 1))
        bytes.append(settings.boots == .current ? 1 : 0)
        bytes.append(settings.excludesOwn ? 1 : 0)
        switch settings.start {
        case .now: bytes.append(0)
        case .boot: bytes.append(1)
        case .beginning: bytes.append(2)
        case .time(let time):
            bytes.append(3)
            bytes.append(varint: UInt64(bitPattern: time.microseconds << 1 ^ time.microseconds >> 63))
        }
        bytes.append(varint: UInt64(settings.maximumField))
        bytes.append(varint: UInt64(milliseconds(settings.stallTimeout)))
        bytes.append(varint: UInt64(daemon))
        bytes.append(varint: daemonStart)
        bytes.append(text: position)
        return bytes
    }

    init(
        task: Task, settings: JournalSettings, ruleFields: [String] = [], leftOut: [String] = [], daemon: Int32,
        daemonStart: UInt64, position: String
    ) {
        self.task = task
        self.settings = settings
        self.ruleFields = ruleFields
        self.leftOut = leftOut
        self.daemon = daemon
        self.daemonStart = daemonStart
        self.position = position
    }

    /// Reads the content of a request frame.
    init(decoding content: [UInt8]) throws(WireError) {
        var reader = WireReader(content.span)
        guard try reader.byte() == Wire.version else { throw .malformed("version") }
        guard let task = Task(rawValue: try reader.byte()) else { throw .malformed("task") }
        self.task = task
        settings = JournalSettings()
        switch try reader.byte() {
        case 0: settings.place = .local
        case 1: settings.place = .directory(try reader.string())
        case 2: settings.place = .files(try reader.strings())
        default: throw .malformed("place")
        }
        settings.namespace = try reader.strings().first
        settings.units = try reader.strings()
        settings.identifiers = try reader.strings()
        settings.transports = try reader.strings()
        settings.parameters = try reader.strings()
        leftOut = try reader.strings()
        settings.facilities = try reader.text().compactMap(Facility.init(rawValue:))
        for _ in 0..<(try reader.count()) {
            settings.matches.append(
                JournalSettings.FieldMatch(name: try reader.string(), value: try reader.text()))
        }
        guard Set(settings.matches.map(\.name)).count <= JournalFilter.maximumMatchedFieldCount else {
            throw .malformed("list of matches")
        }
        ruleFields = try reader.strings()
        let priority = try reader.varint()
        settings.minimumPriority = priority == 0 ? nil : Int(min(priority, 8)) - 1
        settings.boots = try reader.byte() == 1 ? .current : .all
        settings.excludesOwn = try reader.byte() == 1
        switch try reader.byte() {
        case 0: settings.start = .now
        case 1: settings.start = .boot
        case 2: settings.start = .beginning
        case 3:
            let value = try reader.varint()
            settings.start = .time(Timestamp(microseconds: Int64(bitPattern: value >> 1) ^ -Int64(value & 1)))
        default: throw .malformed("start")
        }
        settings.maximumField = Int(clamping: try reader.varint())
        settings.stallTimeout = .milliseconds(Int32(clamping: try reader.varint()))
        daemon = Int32(clamping: try reader.varint())
        daemonStart = try reader.varint()
        position = try reader.string()
        guard reader.isAtEnd else { throw .malformed("end") }
    }
}
