import ArgumentParser
import Daemon
import Glibc
import LocalAPI
import Settings

/// Options of commands that ask the running daemon to do something.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The settings file that names the daemon's socket.")
    var config = SettingsFile.defaultPath

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else what the settings say)")
    var socket: String?

    func validate() throws {
        guard let socket, socket.isEmpty || socket.utf8.count > APISettings.maximumSocketByteCount else { return }
        throw ValidationError(
            "--socket '\(socket)': the path of a socket has 1 to \(APISettings.maximumSocketByteCount) bytes")
    }

    /// A client of the daemon. Settings that cannot be read leave the default.
    var client: SinkClient {
        // The process changes no environment variables, so the text stays where it is while it is copied.
        let named = socket ?? (unsafe getenv("TRIBUTARY_SOCKET").map { unsafe String(cString: $0) })
        return SinkClient(
            socket: named ?? (try? DaemonSettings.load(config))?.settings.api.socket ?? APISettings().socket)
    }
}
