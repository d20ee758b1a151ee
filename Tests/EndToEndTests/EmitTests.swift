import EventModel
import Glibc
import Testing

extension EndToEnd {
    @Suite struct EmitTests {
        @Test func `two hundred events sent at once survive a kill after the last was answered`() async throws {
            let site = try await Site()
            try site.configure()
            let daemon = try await site.daemon()
            let senders = try (0..<200).map { number in
                try site.tributary("emit", "--socket", site.socket, "--parameter", "n:=\(number)", "entry \(number)")
            }
            var ids: [Int: String] = [:]
            for (number, sender) in senders.enumerated() {
                #expect(try await sender.end() == .exit(0), "\(sender.messages)")
                ids[number] = sender.output
            }
            try await daemon.kill9()

            let second = try await site.daemon()
            try await eventually("all are written") {
                try site.messages().filter { $0.hasPrefix("entry") }.count >= 200
            }
            second.send(SIGTERM)
            #expect(try await second.end() == .exit(0))
            let events = try await site.events().filter { $0.number != nil }
            #expect(events.count == 200)
            #expect(events.compactMap(\.number).sorted() == Array(0..<200))
            for event in events { #expect("\(event.id)\n" == ids[event.number ?? -1]) }
        }

        @Test(arguments: [
            ("utc", "2013-06-10T17:13:31.000+00:00"), ("local", "2013-06-10T11:13:31.000-06:00"),
        ])
        func `an event of Moab's documentation is written as MWS writes it`(zone: String, stamp: String) async throws {
            let site = try await Site()
            try site.configure(sinks: ["events": "dialect: moab, time-zone: \(zone)"])
            let daemon = try await site.daemon(environment: ["TZ": "America/Denver"])
            let curl = try await site.run(
                "curl", "--silent", "--show-error", "--unix-socket", site.socket, "--write-out", "\n%{http_code}",
                "--header", "Content-Type: application/json", "--data-binary", Self.sample, "http://localhost/v1/events"
            )
            #expect(curl.output.hasSuffix("\n201"), "\(curl.output)\(curl.messages)")
            try await eventually("the event is written") { try site.byteCount() > 0 }
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            let lines = try await site.lines().map { String(decoding: $0, as: UTF8.self) }
            #expect(
                lines == [
                    stamp + #"""
                         severity="INFO" code="0x0dffffff" type="VM Provision" origin="CSA Plugin" \#
                        associatedObject.0.type="VM" associatedObject.0.id="vm1" arguments=["vm1"] \#
                        message="The virtual machine \"vm1\" was provisioned"
                        """#
                ])
        }

        private static let sample = #"""
            {"arguments":["vm1"],"objects":[{"type":"VM","id":"vm1"}],"code":234881023,"time":"2013-06-10T17:13:31Z",\#
            "type":"VM Provision","message":"The virtual machine \"vm1\" was provisioned","origin":"CSA Plugin",\#
            "severity":"info"}
            """#
    }
}
