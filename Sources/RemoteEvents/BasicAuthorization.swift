/// The value of an `Authorization` header of the scheme Basic (RFC 7617), in UTF-8.
func basicAuthorization(user: String, password: [UInt8]) -> String {
    "Basic " + base64(Array(user.utf8) + [UInt8(ascii: ":")] + password)
}

/// RFC 4648, section 4.
private func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let padded = Array(group) + Array(repeating: 0, count: 3 - group.count)
        let bits = UInt32(padded[0]) << 16 | UInt32(padded[1]) << 8 | UInt32(padded[2])
        for position in 0..<4 {
            result.append(
                position <= group.count ? digits[Int(bits >> UInt32(18 - 6 * position) & 0x3F)] : UInt8(ascii: "="))
        }
    }
    return String(decoding: result, as: UTF8.self)
}
