import Daemon
import Testing

@Suite struct CommandManualTests {
    private static let dump = #"""
        {"serializationVersion": 0, "command": {
          "commandName": "tool", "abstract": "Do work.", "shouldDisplay": true,
          "discussion": "It's 5 - 3.\n\n.SH is no heading.\n\n    tool | less\n\nEnvironment: TOOL_HOME where it lives.\n\nExit status: 0 all is well; 78 wrong, and why.",
          "arguments": [
            {"kind": "positional", "valueName": "file", "abstract": "The file.", "isOptional": true, "isRepeating": true,
             "shouldDisplay": true},
            {"kind": "option", "valueName": "n", "abstract": "How many.", "isOptional": true, "isRepeating": false,
             "shouldDisplay": true, "defaultValue": "3", "names": [{"kind": "long", "name": "count"}]},
            {"kind": "flag", "valueName": "help", "abstract": "Show help.", "isOptional": false, "isRepeating": false,
             "shouldDisplay": true, "names": [{"kind": "short", "name": "h"}, {"kind": "long", "name": "help"}]},
            {"kind": "flag", "valueName": "x", "isOptional": true, "isRepeating": false, "shouldDisplay": false}],
          "subcommands": [
            {"commandName": "sub", "abstract": "Do less.", "shouldDisplay": true},
            {"commandName": "secret", "abstract": "Nothing.", "shouldDisplay": false},
            {"commandName": "help", "abstract": "Show help.", "shouldDisplay": true}]}}
        """#

    @Test func `a page has the help's words in its own form`() throws {
        let pages = CommandManual.pages(of: try CommandDescription(dump: Self.dump), seeAlso: ["tool.yaml(5)"])
        #expect(pages.map(\.fileName) == ["tool.1", "tool-sub.1"])
        let lines = try #require(pages.first).text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"tool \- Do work"#))
        #expect(lines.contains(#"\fBtool\fR [\fIfile\fR]... [\fB\-\-count\fR\ \fIn\fR] \fB\-\-help\fR \fIcommand\fR"#))
        #expect(lines.contains(#"It\(aqs 5 \- 3."#))
        #expect(lines.contains(#"\&.SH is no heading."#))
        #expect(lines.contains(#"\fB\-\-count\fR \fIn\fR"#))
        #expect(lines.contains("How many. Default: 3."))
        #expect(lines.contains(#"\fB\-h\fR, \fB\-\-help\fR"#))
        #expect(lines.contains(#"tool\-sub(1), tool.yaml(5)"#))
        let headings = lines.filter { $0.hasPrefix(".SH") }
        #expect(
            headings
                == [
                    "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO",
                ].map { ".SH \"\($0)\"" })
        let status = try #require(lines.firstIndex(of: ".SH \"EXIT STATUS\""))
        #expect(
            lines[(status + 1)...(status + 6)] == [
                ".TP", #"\fB0\fR"#, "all is well.", ".TP", #"\fB78\fR"#, "wrong, and why.",
            ])
        #expect(try #require(pages.last).text.contains(#"tool(1), tool.yaml(5)"#))
    }

    @Test func `a command can have a page under another name`() throws {
        let command = try CommandDescription(dump: Self.dump).renamed("other")
        #expect(CommandManual.pages(of: command, seeAlso: []).map(\.fileName) == ["other.1", "other-sub.1"])
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"command": {}}"#,
        #"{"command": {"commandName": "a", "arguments": [{"shouldDisplay": true}]}}"#,
    ])
    func `what is no description is refused`(dump: String) {
        #expect(throws: (any Error).self) { try CommandDescription(dump: dump) }
    }
}
