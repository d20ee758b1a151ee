import Foundation
import Testing

extension EndToEnd {
    @Suite struct ManualTests {
        @Test func `every command has a page with every option of its help`() async throws {
            let site = try await Site()
            let manual = try site.tributary("manual", site.directory)
            #expect(try await manual.end() == .exit(0), "\(manual.messages)")
            func page(_ name: String) throws -> String {
                try String(contentsOfFile: "\(site.directory)/\(name)", encoding: .utf8)
                    .replacing("\\-", with: "-").replacing("\\(aq", with: "'")
            }
            let help = try site.tributary("--help")
            #expect(try await help.end() == .exit(0))
            let commands =
                help.output.components(separatedBy: "SUBCOMMANDS:").last?.matches(of: #/\n  ([a-z-]+) /#) ?? []
            #expect(commands.count >= 5)
            for command in commands.map({ String($0.output.1) }) where command != "help" {
                let text = try page("tributary-\(command).1")
                let help = try site.tributary(command, "--help")
                #expect(try await help.end() == .exit(0))
                for option in help.output.matches(of: #/\n  (?:-[a-z], )?(--[a-z-]+)/#).map(\.output.1) {
                    #expect(text.contains("\\fB\(option)\\fR"), "\(command) \(option)")
                }
            }
            #expect(try page("emit-manual-event.1").contains("\\fBemit-manual-event\\fR"))
            #expect(try page("tributary.yaml.5").contains(".SH \"SPOOL\""))
        }

        @Test func `pages that cannot be written end the command`() async throws {
            let site = try await Site()
            let manual = try site.tributary("manual", "\(site.directory)/nowhere")
            #expect(try await manual.end() == .exit(73))
            #expect(manual.messages.contains("nowhere"))
        }
    }
}
