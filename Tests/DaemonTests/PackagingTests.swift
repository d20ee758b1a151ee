import Daemon
import Foundation
import LocalAPI
import Spool
import Testing

@Suite struct PackagingTests {
    private func text(_ path: String) throws -> String {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return try String(contentsOf: package.appendingPathComponent(path), encoding: .utf8)
    }

    @Test func `the RPM has the version of the program`() throws {
        let lines = try text("packaging/tributary.spec").split(separator: "\n")
        let version = try #require(lines.first { $0.hasPrefix("Version:") })
        #expect(version.split(separator: " ").last.map(String.init) == programVersion)
    }

    @Test func `the service has its folders where the settings look for them`() throws {
        let service = try text("systemd/tributary.service").split(separator: "\n").map(String.init)
        let settings = try settings(aSink)
        #expect(
            service.contains("StateDirectory=tributary") && settings.spool.directory.hasPrefix("/var/lib/tributary/"))
        #expect(service.contains("LogsDirectory=tributary"))
        let socket = try text("systemd/tributary.socket").split(separator: "\n").map(String.init)
        #expect(socket.contains("ListenStream=\(settings.api.socket)"))
        #expect(service.contains("ExecStart=/usr/bin/tributary run"))
    }
}
