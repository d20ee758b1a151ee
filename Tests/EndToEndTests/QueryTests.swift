import EventModel
import EventText
import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct QueryTests {
        /// A site whose sinks hold 4000 entries, in some rotated files.
        private func filled() async throws -> Site {
            let journal = try JournalFixture()
            try journal.write(
                (0..<4000).map { .plain($0, priority: $0 % 8, identifier: $0 % 3 == 0 ? "sshd" : "cron") },
                to: "a.journal")
            let site = try await Site()
            try site.configure(
                journal: journal,
                sinks: [
                    "events": "rotate: {size: 128KiB}", "plain": "rotate: {size: 128KiB, compress: none}",
                    "moab": "rotate: {size: 128KiB}, dialect: moab, time-zone: local",
                    "json": "rotate: {size: 128KiB}, format: json",
                ])
            #expect(try await site.runOnce() == .exit(0))
            return site
        }

        @Test(arguments: ["events", "plain", "moab", "json"])
        func `what is found is what is in the files, byte for byte and in order`(sink: String) async throws {
            let site = try await filled()
            let files = try site.files(of: sink)
            #expect(files.count > 3, "\(files)")
            #expect(files.contains { $0.hasSuffix(".gz") } == (sink != "plain"))
            let all = try await site.lines(of: sink).map { Array($0) }
            let events = try await site.events(of: sink)
            let path = "\(site.path("log"))/\(sink).log"
            let query = try site.tributary("query", path)
            #expect(try await query.end() == .exit(0), "\(query.messages)")
            #expect(query.outputBytes == all.flatMap { $0 + [0x0A] })
            let middle = events[1500].time
            let some = try site.tributary(
                "query", "--where", "severity>=warning", "--where", "origin=ssh*", "--since", middle.canonicalText, path
            )
            #expect(try await some.end() == .exit(0), "\(some.messages)")
            let expected = zip(all, events).filter {
                $1.severity >= .warning && $1.origin == "sshd" && $1.time >= middle
            }
            #expect(!expected.isEmpty)
            #expect(some.outputBytes == expected.flatMap { $0.0 + [0x0A] })
            #expect(some.messages.isEmpty)
        }

        @Test func `without a file it is those of the settings, and JSON reads back`() async throws {
            let site = try await filled()
            try site.configure(sinks: ["events": "", "off": "enabled: false"])
            let query = try site.tributary(
                "query", "--config", site.settingsFile, "--format", "json", "--limit", "7", "--where", "user=")
            #expect(try await query.end() == .exit(0), "\(query.messages)")
            let found = try query.outputBytes.split(separator: 0x0A).map { line in
                try EventJSONDecoder().decode(try JSONParser().parse(line.span))
            }
            #expect(found.map(\.id) == (try await site.events()).suffix(7).map(\.id))
            try site.write("sinks: [")
            let wrong = try site.tributary("query", "--config", site.settingsFile)
            #expect(try await wrong.end() == .exit(78))
        }

        @Test func `what is wrong is said, and the other files are searched`() async throws {
            let site = try await filled()
            try Data("words\n".utf8).write(to: URL(fileURLWithPath: site.path("torn")))
            let none = try site.tributary(
                "query", "--limit", "1", site.path("none"), site.path("log/events.log"), site.path("torn"))
            #expect(try await none.end() == .exit(66))
            #expect(none.output.split(separator: "\n").count == 1)
            #expect(
                none.messages == """
                    cannot open '\(site.path("none"))': No such file or directory
                    1 line is no event, or a torn one; it was left out

                    """)
            let folder = try site.tributary("query", site.path("log"))
            #expect(try await folder.end() == .exit(74))
            #expect(folder.messages == "cannot read '\(site.path("log"))': Is a directory\n")
            let word = try site.tributary("query", "--where", "sevrity>=warning", site.path("log/events.log"))
            #expect(try await word.end() == .exit(64))
            #expect(word.messages.contains("did you mean 'severity'?"), "\(word.messages)")
            let time = try site.tributary("query", "--since", "yesterday", site.path("log/events.log"))
            #expect(try await time.end() == .exit(64))
        }

        @Test func `a reader that goes away ends it quietly, and standard input is a file`() async throws {
            let site = try await filled()
            let command = """
                gzip -dcf \(site.path("log"))/events.log-* 2>/dev/null | '\(Program.tributary)' query - --where 'severity<major' \
                | head -n 1; echo ${PIPESTATUS[@]}
                """
            let shell = try site.start(["/bin/bash", "-c", command])
            #expect(try await shell.end() == .exit(0))
            #expect(shell.messages.isEmpty, "\(shell.messages)")
            let lines = shell.output.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.contains("severity=\"WARN\"") == true || lines.first?.contains("INFO") == true)
            #expect(lines.last?.split(separator: " ").dropFirst().first == "0", "\(shell.output)")
        }
    }
}
