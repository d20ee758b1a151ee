import EventModel

/// Writes RFC 3164 stamps, `Mmm dd hh:mm:ss`, most of which are the one before.
struct ShortStamp: Sendable {
    private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

    private let offset: @Sendable (Int64) -> Int
    private var second = Int64.min
    private var bytes: [UInt8] = []

    /// - Parameter offset: seconds that local time is ahead of UTC at a second since the epoch.
    init(offset: @escaping @Sendable (Int64) -> Int) {
        self.offset = offset
    }

    mutating func append(_ time: Timestamp, to output: inout some ByteOutput) {
        if time.seconds != second {
            second = time.seconds
            render(time)
        }
        output.append(copying: bytes.span)
    }

    private mutating func render(_ time: Timestamp) {
        // `yyyy-mm-ddThh:mm:ss.fff`
        var full: [UInt8] = []
        time.append(to: &full, offset: offset(second), fraction: .milliseconds)
        let month = Int(full[5] - 0x30) * 10 + Int(full[6] - 0x30)
        bytes = Array(Self.months[month * 3 - 3..<month * 3])
        bytes.append(0x20)
        bytes.append(full[8] == 0x30 ? 0x20 : full[8])
        bytes.append(full[9])
        bytes.append(0x20)
        bytes += full[11..<19]
    }
}
