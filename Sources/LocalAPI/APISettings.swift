package import Settings

/// The local API: the socket that it listens on, and what it takes.
package struct APISettings: Equatable, Sendable {
    /// Longest path of a Unix socket, in bytes: unix(7), `sun_path` without its zero byte.
    package static let maximumSocketByteCount = 107

    /// A shorter token draws a note.
    private static let minimumTokenByteCount = 16

    /// Key `socket`: the Unix socket, an absolute path of at most 107 bytes. Default: `/run/tributary/tributary.sock`.
    package var socket = "/run/tributary/tributary.sock"
    /// Key `socket-mode`: permission bits of the socket, octal. Default: `"0660"`.
    package var socketMode: UInt32 = 0o660
    /// Key `listen`: a TCP address for the same API, `host:port`. Needs `token` or `tls` with `ca-file`, and `tls` unless
    /// it is this machine's own, as 127.0.0.1. Default: none.
    package var listen: APIAddress?
    /// Key `tls`: TLS on `listen`. Default: none.
    package var tls: APITLSSettings?
    /// Key `token`: a reference to the secret that requests to `listen` must show. Default: none.
    package var token: Secret?
    /// Key `maximum-body`: largest body of a request in bytes, 64KiB to 16MiB. Default: 8MiB.
    package var maximumBody = 8 << 20

    /// The defaults.
    package init() {}

    /// Reads the mapping below `api` and reports what is wrong.
    package init(reading mapping: SettingsMapping) {
        if let path = mapping.filePath("socket") {
            if path.utf8.count > Self.maximumSocketByteCount {
                mapping.mistake(
                    "socket", "has \(path.utf8.count) bytes, allowed are at most \(Self.maximumSocketByteCount)")
            } else {
                socket = path
            }
        }
        socketMode = mapping.fileMode("socket-mode", default: socketMode)
        maximumBody = mapping.byteSize("maximum-body", in: 64 << 10...16 << 20, default: maximumBody)
        token = mapping.secret("token")
        tls = mapping.optionalMapping("tls").map(APITLSSettings.init(reading:))
        readListen(mapping)
        mapping.finish()
    }

    /// Reads `listen`, and refuses to let everybody in or to send a token in the clear.
    private mutating func readListen(_ mapping: SettingsMapping) {
        guard mapping.isSet("listen") else {
            for key in ["tls", "token"] where mapping.isSet(key) { mapping.note(key, "has no effect without 'listen'") }
            return
        }
        guard let text = mapping.text("listen") else { return }
        guard let address = APIAddress(text) else {
            mapping.mistake("listen", "is '\(text)', allowed is host:port, such as 127.0.0.1:8443 or [::1]:8443")
            return
        }
        listen = address
        let asksForCertificates = mapping.optionalMapping("tls")?.isSet("ca-file") ?? false
        if !mapping.isSet("token"), !asksForCertificates {
            mapping.mistake(
                "listen",
                "would let everybody in; set 'token' to a reference to a secret, or 'tls' with 'ca-file' for client "
                    + "certificates")
        }
        if !address.isLoopback, !mapping.isSet("tls") {
            mapping.mistake(
                "listen",
                "is '\(text)', where events and the token would go through the network in the clear; set 'tls' with "
                    + "'certificate' and 'key', or listen at 127.0.0.1")
        }
        if let token, token.reveal().count < Self.minimumTokenByteCount {
            mapping.note(
                "token", "has less than \(Self.minimumTokenByteCount) bytes; make one with 'openssl rand -hex 32'")
        }
    }
}
