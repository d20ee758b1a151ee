internal import EventText

/// The URL of a target at a Unix socket, as async-http-client has it: the path as host, percent-encoded.
func socketURL(_ socket: String, _ target: String) -> String {
    "http+unix://\(percentEncoded(socket.utf8))\(target)"
}
