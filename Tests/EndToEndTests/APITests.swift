import EventModel
import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct APITests {
        private static let token = "0123456789abcdef0123456789abcdef"

        @Test func `Moab's documented request is written as Moab's documented line`() async throws {
            let site = try await Site()
            try site.configure(sinks: ["events": "dialect: moab"])
            let daemon = try await site.daemon()
            let curl = try await site.run(
                "curl", "--silent", "--show-error", "--unix-socket", site.socket, "--write-out", "\n%{http_code}",
                "--header", "Content-Type: application/json", "--user", "moab-admin:changeme!", "--data-binary",
                Self.sample, "http://localhost/mws/rest/events?api-version=3")
            #expect(curl.output.hasSuffix("\n201"), "\(curl.output)\(curl.messages)")
            try await eventually("the event is written") { try site.byteCount() > 0 }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            let lines = try await site.lines().map { String(decoding: $0, as: UTF8.self) }
            #expect(
                lines == [
                    #"""
                    2013-06-10T17:13:31.000+00:00 severity="INFO" code="0x0dffffff" type="VM Provision" \#
                    origin="CSA Plugin" associatedObject.0.type="VM" associatedObject.0.id="vm1" arguments=["vm1"] \#
                    message="The virtual machine \"vm1\" was provisioned"
                    """#
                ])
        }

        @Test(arguments: [false, true])
        func `Iguazio's real client emits events unchanged`(hasTLS: Bool) async throws {
            let site = try await Site()
            let port = LoopbackPort.free(1)[0]
            var keys = "listen: \"127.0.0.1:\(port)\", token: {environment: TOKEN}"
            if hasTLS {
                let server = try TestCertificates(in: site.directory + "/tls").issue("server")
                keys += ", tls: {certificate: \(server.certificate), key: \(server.key)}"
            }
            try site.configure(api: keys)
            let daemon = try site.startDaemon(environment: ["TOKEN": Self.token])
            try await daemon.says("listens at 127.0.0.1:\(port)")
            let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
            var environment: [String: String] = [:]
            if ProcessInfo.processInfo.environment["IGZ_VENV"] == nil {
                environment["IGZ_VENV"] = root.appending(path: ".build/igz-venv").path
            }
            let client = try site.start(
                [
                    root.appending(path: "Tests/Servers/igz_mgmt/run.sh").path,
                    "\(hasTLS ? "https" : "http")://127.0.0.1:\(port)", "ops", Self.token,
                ], environment: environment)
            #expect(try await client.end(within: .seconds(600)) == .exit(0), "\(client.messages)")
            #expect(client.output.contains("refused:"))
            try await eventually("both are written") { try site.messages().count == 2 }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            expect(try await site.events())
            #expect(daemon.messages.contains("was refused"))
            #expect(!daemon.messages.contains(Self.token))
        }

        private func expect(_ events: [Event]) {
            guard events.count == 2 else { return }
            let (event, audit) = (events[0], events[1])
            #expect(event.origin == "mlrun-api")
            #expect(event.kind == "Software.Project.Secret.Created")
            #expect(event.type == "event")
            #expect(event.severity == .info)
            #expect(event.classification == .sec)
            #expect(event.message == "A secret was created")
            #expect(event.objects == [AssociatedObject(type: "project", id: "p-1", name: "first")])
            #expect(event.tags == ["a", "b"])
            #expect(event.text("project") == Array("p\"1".utf8))
            #expect(
                event.parameters.contains(Parameter("count", .integer(WholeNumber(magnitude: UInt64.max)))))
            #expect(event.text("sender.address") == Array("127.0.0.1".utf8))
            #expect(event.text("sender.name") == Array("ops".utf8))
            #expect(audit.type == "audit_event")
            #expect(audit.kind == "Security.User.Login.Failed")
            #expect(audit.classification == .audit)
        }

        @Test func `tap shows what is emitted and matches, until the daemon goes away`() async throws {
            let site = try await Site()
            try site.configure()
            let daemon = try await site.daemon()
            let tap = try site.tributary("tap", "--socket", site.socket, "--where", "severity=>= warning")
            let json = try site.tributary(
                "tap", "--socket", site.socket, "--format", "json", "--where", "message=entry *", "--where",
                "severity=>= warning")
            // Nothing says that they look but what they show.
            while !(tap.output.contains("probe") && json.output.contains("probe")) {
                let probe = try site.tributary(
                    "emit", "--socket", site.socket, "--severity", "major", "entry probe")
                #expect(try await probe.end() == .exit(0))
            }
            for (severity, message) in [("info", "entry 1"), ("warning", "entry 2"), ("critical", "other 3")] {
                let emit = try site.tributary("emit", "--socket", site.socket, "--severity", severity, message)
                #expect(try await emit.end() == .exit(0))
            }
            try await eventually("the last is shown: \(tap.output)") { tap.output.contains("other 3") }
            try await eventually("the last is shown: \(json.output)") { json.output.contains("entry 2") }
            daemon.send(SIGTERM)
            #expect(try await daemon.end(within: .seconds(10)) == .exit(0))
            for program in [tap, json] {
                #expect(try await program.end() == .exit(69))
                #expect(program.messages.contains("the daemon went away"))
            }
            let lines = tap.output.split(separator: "\n").filter { !$0.contains("probe") }
            #expect(lines.count == 2)
            #expect(lines.first?.contains(#" severity="WARN" "#) == true)
            #expect(lines.first?.contains(#" message="entry 2" "#) == true)
            #expect(lines.last?.contains(#" severity="FATAL" "#) == true)
            let objects = json.output.split(separator: "\n").filter { !$0.contains("probe") }
            #expect(objects.count == 1)
            #expect(objects.first?.hasPrefix(#"{"id":""#) == true)

            let late = try site.tributary("tap", "--socket", site.socket)
            #expect(try await late.end() == .exit(69))
            #expect(late.messages.contains("nobody answers at '\(site.socket)'"))
        }

        @Test func `a wrong filter is told with what is allowed`() async throws {
            let site = try await Site()
            let tap = try site.tributary("tap", "--socket", site.socket, "--where", "severity=loud")
            #expect(try await tap.end() == .exit(64))
            #expect(tap.messages.contains("'loud' is unknown, allowed are unknown, debug, info"))
        }

        @Test func `a socket that systemd passes is served, and neither changed nor removed`() async throws {
            let site = try await Site()
            let journal = try JournalFixture()
            try site.configure(journal: journal)
            let passed = site.directory + "/systemd.sock"
            let daemon = try site.start([
                "python3", "-c", Self.passing, passed, Program.tributary, "run", "--config", site.settingsFile,
            ])
            try await daemon.says("the socket that systemd has passed")
            let emit = try site.tributary("emit", "--socket", passed, "entry 1")
            #expect(try await emit.end() == .exit(0), "\(emit.messages)")
            #expect(!FileManager.default.fileExists(atPath: site.socket))
            try await eventually("the reader runs") { !daemon.children.isEmpty }
            for child in daemon.children {
                let environment = FileManager.default.contents(atPath: "/proc/\(child)/environ") ?? Data()
                #expect(!String(decoding: environment, as: UTF8.self).contains("LISTEN_"))
            }
            try await eventually("it is written") { try site.messages() == ["entry 1"] }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            let attributes = try FileManager.default.attributesOfItem(atPath: passed)
            #expect(attributes[.posixPermissions] as? Int == 0o604)
        }

        @Test func `what is passed and no Unix socket stops the start`() async throws {
            let site = try await Site()
            try site.configure()
            let script =
                "import os,sys;os.dup2(0,3);os.environ.update(LISTEN_PID=str(os.getpid()),LISTEN_FDS='1');"
                + "os.execv(sys.argv[1],sys.argv[1:])"
            let daemon = try site.start([
                "python3", "-c", script, Program.tributary, "run", "--config", site.settingsFile,
            ])
            #expect(try await daemon.end() == .exit(69))
            #expect(daemon.messages.contains("descriptor 3 is no Unix socket"))
        }

        /// Does what systemd does for a socket unit, in Python: listens at a path, and becomes a program.
        private static let passing = """
            import os, socket, sys
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(sys.argv[1])
            os.chmod(sys.argv[1], 0o604)
            listener.listen(8)
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="tributary.socket")
            os.execv(sys.argv[2], sys.argv[2:])
            """

        private static let sample = #"""
            {"arguments":["vm1"],"associatedObjects":[{"type":"VM","id":"vm1"}],"code":234881023,\#
            "eventDate":"2013-06-10 17:13:31 UTC","eventType":"VM Provision",\#
            "message":"The virtual machine \"vm1\" was provisioned","origin":"CSA Plugin","severity":"INFO"}
            """#
    }
}
