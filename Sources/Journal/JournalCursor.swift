internal import EventModel

/// What libsystemd writes as the cursor of an entry: `s=…;i=…;b=…;m=…;t=…;x=…`, all hexadecimal.
struct JournalCursor: Equatable, Sendable {
    /// 128 bits, big-endian halves.
    struct ID: Hashable, Sendable {
        var high: UInt64 = 0
        var low: UInt64 = 0
    }

    /// `s`: the counter that `sequenceNumber` comes from; files of one journald share it.
    var sequence = ID()
    /// `i`: grows by one with each entry of that counter.
    var sequenceNumber: UInt64 = 0
    /// `b`: the boot.
    var boot = ID()
    /// `m`: microseconds since that boot.
    var monotonic: UInt64 = 0
    /// `t`: microseconds since the epoch.
    var realtime: UInt64 = 0
    /// `x`: a checksum of the entry's fields.
    var digest: UInt64 = 0

    /// Bytes that an entry's event id is made of: `s` (16), `i` and `t` (8 each), big-endian.
    ///
    /// They must never change, or every event gets another id (G5). A counter gives each number once; the time tells
    /// apart what a counter that was set back gives again. The rest of a cursor says nothing more, and without it the
    /// digest of it and a short source name is one block of SHA-256 instead of two.
    static let identityByteCount = 32
    /// Largest text, in bytes, that is taken for a cursor.
    static let maximumByteCount = 256

    init() {}

    /// Reads a cursor's text; `nil` when a part is missing, twice, or no number.
    init?(parsing text: Span<UInt8>) {
        guard text.count <= Self.maximumByteCount else { return nil }
        var found: UInt8 = 0
        var index = 0
        while index < text.count {
            guard index + 2 < text.count, text[index + 1] == 0x3D else { return nil }
            let key = text[index]
            index += 2
            let start = index
            var value = ID()
            while index < text.count, text[index] != 0x3B {
                guard let digit = hexadecimalValue(text[index]) else { return nil }
                value.high = value.high << 4 | value.low >> 60
                value.low = value.low << 4 | UInt64(digit)
                index += 1
            }
            guard let bit = set(key, value, digitCount: index - start), found & bit == 0 else { return nil }
            found |= bit
            index += 1
        }
        guard found == 0x3F else { return nil }
    }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(parsing: bytes.span)
    }

    /// - Returns: a bit for the key.
    private mutating func set(_ key: UInt8, _ value: ID, digitCount: Int) -> UInt8? {
        guard digitCount >= 1, digitCount <= (key == 0x73 || key == 0x62 ? 32 : 16) else { return nil }
        switch key {
        case 0x73:
            sequence = value
            return 1
        case 0x69:
            sequenceNumber = value.low
            return 2
        case 0x62:
            boot = value
            return 4
        case 0x6D:
            monotonic = value.low
            return 8
        case 0x74:
            realtime = value.low
            return 16
        case 0x78:
            digest = value.low
            return 32
        default: return nil
        }
    }
}

extension JournalCursor {
    /// What an entry that a seek landed on means, as the entry that was looked for is not there.
    enum Landing: Equatable, Sendable {
        /// It, or an older one of the same counter, was read before.
        case alreadyRead
        /// It follows directly.
        case next
        /// Entries may be missing in between; how many, where that is known.
        case gap(missing: UInt64?)
    }

    /// Judges the entry at `landed`; `self` is the last one that was read.
    func landing(at landed: JournalCursor) -> Landing {
        guard landed.sequence == sequence else { return .gap(missing: nil) }
        if landed.sequenceNumber <= sequenceNumber { return .alreadyRead }
        let missing = landed.sequenceNumber - sequenceNumber - 1
        return missing == 0 ? .next : .gap(missing: missing)
    }
}
