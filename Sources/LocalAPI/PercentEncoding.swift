internal import EventModel

/// The bytes of a text in which some are `%XX`; a percent sign that begins none stands for itself.
///
/// - Parameter isForm: whether a plus sign is a space, as in a query that a form makes.
func percentDecoded(_ text: some StringProtocol, isForm: Bool = false) -> [UInt8] {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexadecimalValue(bytes[index + 1]),
            let low = hexadecimalValue(bytes[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(isForm && bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
            index += 1
        }
    }
    return decoded
}

/// The decoded values of one name in the query of a request's target.
func queryValues(_ name: String, in target: String) -> [String] {
    guard let mark = target.firstIndex(of: "?") else { return [] }
    return target[target.index(after: mark)...].split(separator: "&").compactMap { pair in
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, String(decoding: percentDecoded(parts[0], isForm: true), as: UTF8.self) == name else {
            return nil
        }
        return String(decoding: percentDecoded(parts[1], isForm: true), as: UTF8.self)
    }
}
