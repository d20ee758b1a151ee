internal import EventModel

/// Which entries the settings let through.
///
/// The reader decides this in code and not with the library's matches, so that what is left out still moves the
/// cursor. A field is looked at once, when it is new, and gives bits; an entry passes by the union of its fields' bits.
struct JournalFilter: Equatable, Sendable {
    /// Who we are, for ``JournalSettings/excludesOwn``.
    struct Own: Equatable, Sendable {
        /// The daemon's unit; `tributary.service` is always one of ours.
        var unit: String?
        /// Process ids of the daemon and its reader.
        var processes: [Int32]
        /// Since when they are theirs, microseconds since the epoch: ids are used again.
        var since: UInt64
    }

    /// What fields say of their entry.
    struct Bits: OptionSet, Sendable {
        let rawValue: UInt64

        static let unit = Bits(rawValue: 1 << 0)
        static let identifier = Bits(rawValue: 1 << 1)
        static let transport = Bits(rawValue: 1 << 2)
        static let facility = Bits(rawValue: 1 << 3)
        static let priority = Bits(rawValue: 1 << 4)
        static let tooUnimportant = Bits(rawValue: 1 << 5)
        static let ownUnit = Bits(rawValue: 1 << 6)
        static let ownProcess = Bits(rawValue: 1 << 7)
        static let currentBoot = Bits(rawValue: 1 << 8)

        static func match(_ index: Int) -> Bits { Bits(rawValue: 1 << UInt64(9 + index)) }
    }

    /// Largest number of different fields in ``JournalSettings/matches``.
    static let maximumMatchedFieldCount = 48

    private struct Match: Equatable, Sendable {
        let name: [UInt8]
        var values: [[UInt8]]
    }

    private let units: [Glob]
    private let identifiers: [[UInt8]]
    private let transports: [[UInt8]]
    private let facilities: [[UInt8]]
    private let minimumPriority: Int?
    private var matches: [Match] = []
    private let ownUnits: [[UInt8]]
    private let ownProcesses: [[UInt8]]
    private let ownSince: UInt64
    private let currentBoot: [UInt8]
    private let required: Bits
    private let withoutPriority: Bool

    /// - Parameters:
    ///   - own: `nil` when nothing of ours is to be left out.
    ///   - currentBoot: the running boot's id, 32 hexadecimal digits.
    init(_ settings: JournalSettings, own: Own?, currentBoot: String) {
        units = settings.units.map { Glob(Self.unitName($0)) }
        identifiers = settings.identifiers.map { Array($0.utf8) }
        transports = settings.transports.map { Array($0.utf8) }
        facilities = settings.facilities.map { Array("\($0.rawValue)".utf8) }
        minimumPriority = settings.minimumPriority
        ownUnits =
            own.map { own in (["tributary.service"] + [own.unit].compactMap(\.self)).map { Array($0.utf8) } } ?? []
        ownProcesses = own?.processes.map { Array("\($0)".utf8) } ?? []
        ownSince = own?.since ?? 0
        self.currentBoot = Array(currentBoot.utf8)
        for match in settings.matches {
            let name = Array(match.name.utf8)
            if let place = matches.firstIndex(where: { $0.name == name }) {
                matches[place].values.append(match.value)
            } else {
                matches.append(Match(name: name, values: [match.value]))
            }
        }
        precondition(matches.count <= Self.maximumMatchedFieldCount, "the settings allow fewer matched fields")
        var required: Bits = settings.boots == .current ? .currentBoot : []
        if !units.isEmpty { required.insert(.unit) }
        if !identifiers.isEmpty { required.insert(.identifier) }
        if !transports.isEmpty { required.insert(.transport) }
        if !facilities.isEmpty { required.insert(.facility) }
        for index in matches.indices { required.insert(.match(index)) }
        self.required = required
        withoutPriority = (minimumPriority ?? 7) >= 6
    }

    /// The bits of one field.
    func bits(name: Span<UInt8>, value: Span<UInt8>) -> Bits {
        var bits = bitsOfKnown(name: name, value: value)
        for (index, match) in matches.enumerated() where match.name.span.isEqual(to: name) {
            if match.values.contains(where: { $0.span.isEqual(to: value) }) { bits.insert(.match(index)) }
        }
        return bits
    }

    /// Whether a field of this name can have bits.
    func uses(name: Span<UInt8>) -> Bool {
        Self.knownNames.contains { name.isEqual(to: $0) } || matches.contains { $0.name.span.isEqual(to: name) }
    }

    /// Whether an entry passes.
    ///
    /// - Parameters:
    ///   - bits: of all its fields.
    ///   - realtime: the entry's time, microseconds since the epoch.
    @inline(__always)
    func accepts(_ bits: Bits, realtime: UInt64) -> Bool {
        guard bits.isSuperset(of: required), !bits.contains(.ownUnit) else { return false }
        if bits.contains([.ownProcess, .currentBoot]), realtime >= ownSince { return false }
        return bits.contains(.priority) ? !bits.contains(.tooUnimportant) : withoutPriority
    }

    private static let knownNames: [StaticString] = [
        "_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "UNIT", "USER_UNIT", "OBJECT_SYSTEMD_UNIT",
        "OBJECT_SYSTEMD_USER_UNIT", "COREDUMP_UNIT", "COREDUMP_USER_UNIT", "SYSLOG_IDENTIFIER", "_TRANSPORT",
        "SYSLOG_FACILITY", "PRIORITY", "_PID", "_BOOT_ID",
    ]

    private func bitsOfKnown(name: Span<UInt8>, value: Span<UInt8>) -> Bits {
        func holds(_ values: [[UInt8]], _ bit: Bits) -> Bits {
            values.contains { $0.span.isEqual(to: value) } ? bit : []
        }
        if name.isEqual(to: "_SYSTEMD_UNIT") { return unitBit(value).union(holds(ownUnits, .ownUnit)) }
        if name.isEqual(to: "SYSLOG_IDENTIFIER") { return holds(identifiers, .identifier) }
        if name.isEqual(to: "_TRANSPORT") { return holds(transports, .transport) }
        if name.isEqual(to: "SYSLOG_FACILITY") { return holds(facilities, .facility) }
        if name.isEqual(to: "_PID") { return holds(ownProcesses, .ownProcess) }
        if name.isEqual(to: "_BOOT_ID") { return holds([currentBoot], .currentBoot) }
        if name.isEqual(to: "PRIORITY") {
            // What is no priority is let through: it may be anything.
            guard value.count == 1, case 0x30...0x37 = value[0], let minimumPriority else { return .priority }
            return Int(value[0] &- 0x30) <= minimumPriority ? .priority : [.priority, .tooUnimportant]
        }
        // What a program claims about a unit counts too: it can only let an entry in.
        return Self.knownNames[1..<8].contains { name.isEqual(to: $0) } ? unitBit(value) : []
    }

    private func unitBit(_ value: Span<UInt8>) -> Bits {
        for unit in units where unit.matches(value) { return .unit }
        return []
    }

    /// A unit's full name: without a suffix and without wildcards it is a service.
    private static func unitName(_ name: String) -> String {
        let suffixes = [
            ".service", ".socket", ".target", ".device", ".mount", ".automount", ".swap", ".timer", ".path", ".slice",
            ".scope",
        ]
        return Glob(name).literal == nil || suffixes.contains { name.hasSuffix($0) } ? name : name + ".service"
    }
}
