internal import EventModel

/// Where a tail of Panko stands; its bytes are what the spool keeps as the source's cursor.
///
///     offset  size
///     0       1      version: 1
///     1       8      checked, in microseconds
///     9       1…     varint number of holes, then fixed 8 for each
///     …       …      the window (``LatenessWindow``)
struct PankoPosition: Equatable, Sendable {
    /// Most holes that are remembered; the oldest are forgotten, and met again while they are in the window.
    static let maximumHoleCount = 64
    private static let version: UInt8 = 1

    /// What was read.
    var window: LatenessWindow
    /// When the last round began that came to its end: by then everything was read that Panko had.
    var checked: Timestamp
    /// Moments of events that are too large to be read, ascending. They are stepped around.
    private(set) var holes: [Timestamp] = []

    /// - Parameter start: where reading begins.
    init(from start: Timestamp, now: Timestamp) {
        window = LatenessWindow(from: start)
        checked = now
    }

    /// Remembers the moment of an event that is too large.
    mutating func addHole(at time: Timestamp) {
        holes = Array((holes.filter { $0 != time } + [time]).sorted().suffix(Self.maximumHoleCount))
    }

    /// Forgets holes that no round comes to any more.
    mutating func forgetHoles() {
        holes.removeAll { $0 < window.floor }
    }
}

extension PankoPosition {
    /// The bytes that a cursor keeps.
    var bytes: [UInt8] {
        var bytes = [Self.version]
        bytes.append(fixed: UInt64(bitPattern: checked.microseconds))
        bytes.append(varint: UInt64(holes.count))
        for hole in holes { bytes.append(fixed: UInt64(bitPattern: hole.microseconds)) }
        window.append(to: &bytes)
        return bytes
    }

    /// Reads ``bytes``; `nil` for anything else.
    init?(reading bytes: Span<UInt8>) {
        guard bytes.count >= 9, bytes[0] == Self.version else { return nil }
        let checked = Timestamp(microseconds: Int64(bitPattern: bytes.fixed64(at: 1)))
        var index = 9
        guard let count = bytes.varint(at: &index), count <= UInt64(Self.maximumHoleCount),
            bytes.count - index >= Int(count) * 8
        else { return nil }
        var holes: [Timestamp] = []
        for _ in 0..<count {
            holes.append(Timestamp(microseconds: Int64(bitPattern: bytes.fixed64(at: index))))
            index += 8
        }
        guard let window = LatenessWindow(reading: bytes, at: &index), index == bytes.count else { return nil }
        self.window = window
        self.checked = checked
        self.holes = holes
    }
}
