internal import EventModel

/// Reads a region's dates, `Thu, 05 May. 2022 08:01:02`: local time of a zone, whole seconds.
///
/// The weekday is ignored, and so is the full stop after the month. ISO 8601 is read too, as newer interfaces of MAAS
/// write it. Neighbors in a page often have the same date, so the last one is remembered.
struct MAASDates {
    private let zone: TimeZoneRule
    private var lastText = Text.empty
    private var lastTime: Timestamp?

    init(zone: TimeZoneRule) {
        self.zone = zone
    }

    /// The moment; `nil` for anything else.
    mutating func time(_ text: Text) -> Timestamp? {
        if text != lastText {
            lastText = text
            lastTime = parse(text.bytes.span)
        }
        return lastTime
    }

    private func parse(_ text: Span<UInt8>) -> Timestamp? {
        guard text.count <= 64 else { return nil }
        if let time = Timestamp(parsing: text) { return time }
        if let local = Self.local(text) { return zone.moment(ofLocal: local) }
        let withZone = [UInt8](copying: text) + Array("Z".utf8)
        return Timestamp(parsing: withZone.span).map(zone.moment(ofLocal:))
    }

    /// The date as if it were UTC's.
    private static func local(_ text: Span<UInt8>) -> Timestamp? {
        var index = 0
        while index < text.count, text[index] != UInt8(ascii: ",") { index += 1 }
        // Comma, space, day, space, month.
        guard index + 9 <= text.count, text[index] == UInt8(ascii: ","), text[index + 1] == 0x20,
            text[index + 4] == 0x20,
            let month = month(text, at: index + 5)
        else { return nil }
        let day = index + 2
        index += 8
        if text[index] == UInt8(ascii: ".") { index += 1 }
        guard text.count - index == 14, text[index] == 0x20, text[index + 5] == 0x20 else { return nil }
        var stamp: [UInt8] = []
        stamp.reserveCapacity(20)
        stamp.append(copying: text.extracting(index + 1..<index + 5))
        stamp.append(UInt8(ascii: "-"))
        stamp.append(decimal: month, width: 2)
        stamp.append(UInt8(ascii: "-"))
        stamp.append(copying: text.extracting(day..<day + 2))
        stamp.append(UInt8(ascii: "T"))
        stamp.append(copying: text.extracting(index + 6..<index + 14))
        stamp.append(UInt8(ascii: "Z"))
        return Timestamp(parsing: stamp.span)
    }

    /// The number of the month that three letters name.
    private static func month(_ text: Span<UInt8>, at index: Int) -> Int? {
        let word =
            UInt32(text[index] | 0x20) << 16 | UInt32(text[index + 1] | 0x20) << 8 | UInt32(text[index + 2] | 0x20)
        switch word {
        case 0x6A616E: return 1
        case 0x666562: return 2
        case 0x6D6172: return 3
        case 0x617072: return 4
        case 0x6D6179: return 5
        case 0x6A756E: return 6
        case 0x6A756C: return 7
        case 0x617567: return 8
        case 0x736570: return 9
        case 0x6F6374: return 10
        case 0x6E6F76: return 11
        case 0x646563: return 12
        default: return nil
        }
    }
}
