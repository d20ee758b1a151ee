/// The URL of a target at a Unix socket, as async-http-client has it: the path as host, every byte that is not a letter
/// or digit as `%XX`.
func socketURL(_ socket: String, _ target: String) -> String {
    let host = socket.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            String(UnicodeScalar(byte))
        default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }.joined()
    return "http+unix://\(host)\(target)"
}
