import EventModel
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct CommandTests {
        private static let wrong = """
            spool: {directory: relative, max-size: 1KiB}
            sources:
              journal:
                type: journald
                minimum-priorty: info
            sinks:
              events: {type: file}
              other: {type: file, path: /nowhere/events.log, dialect: moabb}
            log: {level: loud}
            """

        @Test func `check names every mistake with its line and column`() async throws {
            let site = try await Site()
            try site.write(Self.wrong)
            let check = try site.tributary("check", "--config", site.settingsFile)
            #expect(try await check.end() == .exit(78))
            let lines = check.messages.split(separator: "\n").map(String.init)
            let places = ["1:20", "1:40", "5:5", "7:3", "8:59", "9:14"]
            for place in places {
                #expect(
                    lines.contains { $0.contains("\(site.settingsFile):\(place): ") }, "\(place) in \(check.messages)")
            }
            #expect(lines.count == places.count, "\(check.messages)")
            #expect(check.messages.contains("minimum-priority"))
            #expect(check.output.isEmpty)
        }

        @Test func `check finds no mistake in good settings`() async throws {
            let site = try await Site()
            try site.configure()
            let check = try site.tributary("check", "--config", site.settingsFile)
            #expect(try await check.end() == .exit(0), "\(check.messages)")
            #expect(check.messages.isEmpty)
        }

        @Test(arguments: [["run"], ["run", "--once"]])
        func `the daemon does not start with wrong settings`(arguments: [String]) async throws {
            let site = try await Site()
            try site.write(Self.wrong)
            let daemon = try site.start([Program.tributary] + arguments + ["--config", site.settingsFile])
            #expect(try await daemon.end() == .exit(78))
            #expect(daemon.messages.contains("\(site.settingsFile):5:5"))
        }

        @Test func `a second daemon on the same spool says why it does not start`() async throws {
            let site = try await Site()
            try site.configure()
            let first = try await site.daemon()
            for arguments in [["run"], ["run", "--once"]] {
                let second = try site.start([Program.tributary] + arguments + ["--config", site.settingsFile])
                #expect(try await second.end() == .exit(73))
                #expect(second.messages.contains("\(site.directory)/disk/spool"), "\(second.messages)")
                #expect(second.messages.contains("spool.directory"), "\(second.messages)")
            }
            try await site.emit("entry 0")
            try await eventually("the first goes on") { try site.messages() == ["entry 0"] }
            first.send(SIGTERM)
            #expect(try await first.end() == .exit(0))
        }

        @Test func `only events that a sink asks for are in its file`() async throws {
            let journal = try JournalFixture()
            try journal.write(
                (0..<800).map { .plain($0, priority: $0 % 8, identifier: $0 % 3 == 0 ? "sshd" : "cron") },
                to: "a.journal")
            let site = try await Site()
            try site.configure(
                journal: journal,
                sinks: [
                    "grave": "where: {severity: \">= warning\"}",
                    "sshd": "where: {severity: [major, critical], origin: \"ssh*\"}", "none": "where: {origin: nobody}",
                    "all": "",
                ])
            #expect(try await site.runOnce() == .exit(0))
            #expect(try await site.events(of: "all").map(\.number) == Array(0..<800))
            #expect(try await site.events(of: "grave").map(\.number) == (0..<800).filter { $0 % 8 <= 4 })
            #expect(
                try await site.events(of: "sshd").map(\.number) == (0..<800).filter { $0 % 8 <= 3 && $0 % 3 == 0 })
            #expect(try await site.events(of: "none").isEmpty)
        }
    }
}
