package import Settings

/// The local API: the socket that it listens on, and what it takes.
package struct APISettings: Equatable, Sendable {
    /// Longest path of a Unix socket, in bytes: unix(7), `sun_path` without its zero byte.
    package static let maximumSocketByteCount = 107

    /// Key `socket`: the Unix socket, an absolute path of at most 107 bytes. Default: `/run/tributary/tributary.sock`.
    package var socket = "/run/tributary/tributary.sock"
    /// Key `socket-mode`: permission bits of the socket, octal. Default: `"0660"`.
    package var socketMode: UInt32 = 0o660
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
        for key in ["listen", "tls", "token"] { mapping.refuse(key) }
        mapping.finish()
    }
}
