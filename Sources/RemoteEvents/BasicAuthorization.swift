internal import EventText

/// The value of an `Authorization` header of the scheme Basic (RFC 7617), in UTF-8.
func basicAuthorization(user: String, password: [UInt8]) -> String {
    let pair = Array(user.utf8) + [UInt8(ascii: ":")] + password
    var value = Array("Basic ".utf8)
    Base64.append(pair.span, to: &value)
    return String(decoding: value, as: UTF8.self)
}
