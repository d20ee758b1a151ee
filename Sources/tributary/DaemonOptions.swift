import ArgumentParser
import Daemon
import LocalAPI
import Settings

/// Options of commands that ask the running daemon to do something.
struct DaemonOptions: ParsableArguments {
    @Option(help: "The settings file that names the daemon's socket.")
    var config = SettingsFile.defaultPath

    @Option(help: "The daemon's socket. (default: $TRIBUTARY_SOCKET, else what the settings say)")
    var socket: String?

    func validate() throws { try checkSocket(socket) }

    /// A client of the daemon. Settings that cannot be read leave the default.
    var client: SinkClient {
        guard socket == nil, environment("TRIBUTARY_SOCKET") == nil,
            let settings = try? DaemonSettings.places(config)
        else { return SinkClient(socket: socketPath(socket)) }
        return SinkClient(socket: settings.api.socket)
    }
}

/// The daemon's socket by option, environment, or default.
func socketPath(_ option: String?) -> String {
    option ?? environment("TRIBUTARY_SOCKET") ?? APISettings().socket
}

/// Refuses a path that no socket can have.
func checkSocket(_ path: String?) throws {
    guard let path else { return }
    guard (1...APISettings.maximumSocketByteCount).contains(path.utf8.count) else {
        throw ValidationError(
            "--socket '\(path)': the path of a socket has 1 to \(APISettings.maximumSocketByteCount) bytes")
    }
}
