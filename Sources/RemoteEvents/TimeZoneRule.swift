package import EventModel
package import Platform

/// How far a zone's clocks are ahead of UTC, at any moment: for servers that write local times without a zone.
///
/// Zones come from the system's files (RFC 9636), not from a library of a size that a daemon of ours need not carry.
package struct TimeZoneRule: Equatable, Sendable {
    /// Why a zone is none.
    package enum Mistake: Error, Equatable, CustomStringConvertible {
        case unknown(String)
        case unreadable(String, reason: String)

        package var description: String {
            switch self {
            case .unknown(let name):
                "is '\(name)', allowed are UTC, an offset such as +02:00, and a name such as Europe/Berlin that "
                    + "\(TimeZoneRule.folder) has (package tzdata)"
            case .unreadable(let name, let reason): "is '\(name)', whose file cannot be read: \(reason)"
            }
        }
    }

    /// A moment from which on an offset holds, in seconds.
    struct Transition: Equatable, Sendable {
        let start: Int64
        let offset: Int
    }

    private static let folder = "/usr/share/zoneinfo"
    private static let maximumFileByteCount = 64 << 10

    /// Universal time.
    package static let utc = TimeZoneRule(transitions: [], first: 0, yearly: nil)

    /// Ascending.
    private let transitions: [Transition]
    /// Seconds ahead of UTC before the first transition.
    private let first: Int
    /// What holds after the last one; `nil`: its offset for ever.
    private let yearly: YearlyRule?

    init(transitions: [Transition], first: Int, yearly: YearlyRule?) {
        self.transitions = transitions
        self.first = first
        self.yearly = yearly
    }

    /// The zone of a name: `UTC`, an offset `+hh:mm`, or a file of the system's zones.
    package init(_ name: String, fileSystem: any FileSystem) throws(Mistake) {
        if name == "UTC" || name == "Z" {
            self = .utc
            return
        }
        if let offset = Self.offset(name) {
            self.init(transitions: [], first: offset, yearly: nil)
            return
        }
        let isName = name.utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || Array("/_+-".utf8).contains($0)
        }
        guard isName, !name.hasPrefix("/"), name.utf8.count <= 64 else { throw .unknown(name) }
        let bytes: [UInt8]?
        do {
            bytes = try fileSystem.contents(of: "\(Self.folder)/\(name)", limit: Self.maximumFileByteCount)
        } catch {
            throw .unreadable(name, reason: error.description)
        }
        guard let bytes, let zone = TimeZoneRule(file: bytes) else { throw .unknown(name) }
        self = zone
    }

    /// `+02:00`, `-0530`, `+02`, in seconds.
    private static func offset(_ text: String) -> Int? {
        guard let sign = text.utf8.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let digits = text.utf8.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard [2, 4].contains(digits.count), digits.allSatisfy({ 0x30...0x39 ~= $0 }),
            let number = Int(String(decoding: digits, as: UTF8.self))
        else { return nil }
        let (hours, minutes) = digits.count == 2 ? (number, 0) : (number / 100, number % 100)
        guard hours < 24, minutes < 60 else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// Seconds that the zone is ahead of UTC at a moment, in seconds since the epoch.
    package func offset(at moment: Int64) -> Int {
        guard let last = transitions.last, moment < last.start || yearly == nil else {
            return yearly?.offset(at: moment) ?? first
        }
        let place = transitions.lastIndex { $0.start <= moment }
        return place.map { transitions[$0].offset } ?? first
    }

    /// The moment at which clocks of this zone show what `local` reads as UTC. Of an hour that comes twice, one is taken.
    package func moment(ofLocal local: Timestamp) -> Timestamp {
        if transitions.isEmpty, yearly == nil {
            return Timestamp(microseconds: local.microseconds - Int64(first) * 1_000_000)
        }
        let guess = local.seconds - Int64(offset(at: local.seconds))
        return Timestamp(microseconds: local.microseconds - Int64(offset(at: guess)) * 1_000_000)
    }
}
