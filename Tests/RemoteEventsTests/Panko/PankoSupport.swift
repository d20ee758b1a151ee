import EventModel
import Foundation
import Settings

@testable import RemoteEvents

/// A moment by its seconds in 2024-05-17, from eight o'clock in UTC.
func second(_ seconds: Int, _ microseconds: Int = 0) -> Timestamp {
    Timestamp(microseconds: Int64(1_715_932_800 + seconds) * 1_000_000 + Int64(microseconds))
}

/// The settings of the samples' account at a server.
func pankoSettings(
    url: String = "http://127.0.0.1:1", pageSize: Int = 100, _ change: (inout PankoSettings) -> Void = { _ in }
) -> PankoSettings {
    var settings = PankoSettings(
        remote: RemoteSettings(url: "", pageSize: pageSize), identityURL: "\(url)/identity/v3",
        credential: .password(
            user: "admin", userDomain: "Default", password: Secret(Array("secret".utf8)), project: "admin",
            projectDomain: "Default"))
    settings.readsAllTenants = true
    settings.remote.start = .beginning
    change(&settings)
    return settings
}

/// A file of the golden folder.
func golden(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: folder.appending(path: "Golden/panko/\(name)")))
}

extension RemotePage {
    /// The events of the page.
    func events() throws -> [Event] {
        var reader = BatchReader(payload)
        var events: [Event] = []
        while try reader.next() { events.append(reader.event()) }
        return events
    }
}

extension RemoteResponse {
    init(_ status: Int, _ body: String, headers: [RemoteHeader] = []) {
        self.init(status: status, headers: headers, body: Array(body.utf8))
    }
}

extension Event {
    subscript(parameter name: Text) -> ParameterValue? {
        parameters.first { $0.name == name }?.value
    }
}
