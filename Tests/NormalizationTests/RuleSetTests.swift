import EventModel
import Testing

@testable import Normalization

@Suite struct RuleSetTests {
    @Test func `the first rule in order wins, however it is found`() throws {
        let rules = [
            try rule("a/any", "{x} opened for root"),
            try rule("a/prefix", "session opened for {user}"),
            try rule("a/long", "session opened for root"),
        ]
        for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 0, 1], [1, 2, 0], [0, 2, 1]] {
            var asking = Asking(order.map { rules[$0] })
            #expect(asking.journal("session opened for root")?.rule == rules[order[0]].name)
            #expect(asking.journal("session opened for alice")?.rule == "a/prefix")
            #expect(asking.journal("door opened for root")?.rule == "a/any")
            #expect(asking.journal("session opened") == nil)
        }
    }

    @Test func `a rule is for its identifiers, units and transports only`() throws {
        var asking = Asking([
            try rule("a/exact", "hello {x}", identifiers: ["sshd", "sshd-session"]),
            try rule("a/glob", "hello {x}", identifiers: ["*(pam_unix)"]),
            try rule("a/unit", "hello {x}") { $0.units = [Glob("web@*.service")] },
            try rule("a/kernel", "hello {x}") { $0.types = [Glob("kernel")] },
        ])
        #expect(asking.journal("hello you", identifier: "sshd-session")?.rule == "a/exact")
        #expect(asking.journal("hello you", identifier: "su(pam_unix)")?.rule == "a/glob")
        #expect(asking.journal("hello you", identifier: "su") == nil)
        #expect(
            asking.journal("hello you", identifier: "su", fields: [("_SYSTEMD_UNIT", "web@1.service")])?.rule
                == "a/unit")
        #expect(asking.journal("hello you", identifier: "su", fields: [("_TRANSPORT", "kernel")])?.rule == "a/kernel")
    }

    @Test func `what is stripped does not change what a text is`() throws {
        var asking = Asking([
            try rule("sshd/failed", "Failed password for {user:user} from {address:ip} port {port:int} ssh2") {
                $0.strip.prefixes = ["error: ", "fatal: "]
                $0.strip.suffixes = [" [preauth]"]
            }
        ])
        let line = "Failed password for root from 10.0.0.1 port 22 ssh2"
        for text in [line, "error: \(line)", "fatal: error: \(line) [preauth]", "\(line) [preauth]"] {
            #expect(asking.journal(text)?.user == "root", "\(text)")
            #expect(asking.journal("message repeated 5 times: [ \(text)]")?.values["count"] == "5", "\(text)")
        }
        #expect(asking.journal("warning: \(line)") == nil)
        #expect(asking.journal("message repeated x times: [ \(line)]") == nil)
        #expect(asking.journal("message repeated 5 times: [ ]") == nil)
    }

    @Test func `a message ID counts only from its owner`() throws {
        let id = "39f53479d3a045ac8e11786248231fbf"
        var asking = Asking([
            try rule("systemd/started", kind: "System.Unit.Started") {
                $0.messageID = EventID(parsing: Array(id.utf8).span)
                $0.fieldValues = [Rule.FieldValue(name: "unit", fields: ["UNIT", "USER_UNIT"])]
            }
        ])
        let fields: [(Text, Text)] = [("MESSAGE_ID", Text(id)), ("USER_UNIT", "a.service")]
        #expect(asking.journal("Started a.", fields: fields) == nil, "anybody can write one")
        #expect(
            asking.journal("Started a.", fields: fields + [("_SYSTEMD_UNIT", "init.scope")])?.objects == [
                "unit": "a.service"
            ])
        #expect(asking.journal("x", fields: fields + [("_EXE", "/usr/lib/systemd/systemd")])?.rule == "systemd/started")
        #expect(asking.journal("x", fields: fields + [("_EXE", "/home/a/systemd")]) == nil)
        #expect(asking.journal("x", fields: fields + [("_COMM", "systemd"), ("_UID", "1000")]) == nil)
        #expect(asking.journal("x", fields: fields + [("_COMM", "systemd"), ("_UID", "0")]) != nil)
    }

    @Test func `fields must have the values that a rule asks for`() throws {
        var asking = Asking([
            try rule("a/failure", "done") {
                $0.conditions = [Rule.Condition(field: "OUTCOME", values: [Glob("fail*"), Glob("error")])]
            },
            try rule("a/none", "done") { $0.conditions = [Rule.Condition(field: "OUTCOME", values: [Glob("")])] },
        ])
        #expect(asking.journal("done", fields: [("OUTCOME", "failure")])?.rule == "a/failure")
        #expect(asking.journal("done", fields: [("OUTCOME", "error")])?.rule == "a/failure")
        #expect(asking.journal("done", fields: [("OUTCOME", "ok")]) == nil)
        #expect(asking.journal("done")?.rule == "a/none", "no field of the record before is left")
    }

    @Test func `severity is the higher of both unless the rule says otherwise`() throws {
        func severity(_ choice: SeverityChoice, _ priority: Int, kind: String = "Security.User.Login.Failed") throws
            -> Severity?
        {
            var asking = Asking([try rule("a/b", "code {_code}", kind: kind) { $0.severity = choice }])
            return asking.journal("code 500", fields: [("PRIORITY", Text("\(priority)"))])?.severity
        }
        func bound(_ form: SeverityBound.Form, _ severity: Severity) -> SeverityChoice {
            .fixed(SeverityBound(form: form, severity: severity))
        }
        #expect(try severity(.ofKind, 6) == .warning)
        #expect(try severity(.ofKind, 3) == .major)
        #expect(try severity(.ofKind, 1, kind: "Security.Privilege.Denied") == .major, "this kind's default is exact")
        #expect(try severity(bound(.exactly, .info), 3) == .info)
        #expect(try severity(bound(.atMost, .warning), 2) == .warning)
        #expect(try severity(bound(.atMost, .warning), 7) == .debug)
        let byCode = SeverityChoice.byValue(
            name: "_code", values: [(Glob("5*"), SeverityBound(form: .atLeast, severity: .major))], otherwise: nil)
        #expect(try severity(byCode, 6) == .major)
    }

    @Test func `values become a user, objects, and parameters with their types`() throws {
        let rules = RuleSet([
            try rule("a/b", "{node} {_x} {pid} {size:number} {port:int} {user}") {
                $0.parameters = [("service", try template("sshd")), ("reason", try template("on {_x}: {pid}"))]
                $0.objects = [Rule.Object(type: "unit", id: try template("{_x}.service"), name: try template("{node}"))]
                $0.tags = ["one"]
            }
        ])
        var scratch = RuleScratch(for: rules)
        var record = Record(for: rules)
        record.set(message: "n1 ssh 12 1.5 -3 root")
        let bytes = record.bytes
        #expect(rules.decide(record.subject, of: .journal, in: bytes.span, using: &scratch))
        let verdict = Verdict(scratch.outcome, rules, bytes.span)
        #expect(verdict.user == "root")
        #expect(
            verdict.objects == [
                AssociatedObject(type: "unit", id: "ssh.service", name: "n1"), AssociatedObject(type: "node", id: "n1"),
            ])
        #expect(
            verdict.parameters == [
                Parameter("service", .text("sshd")), Parameter("reason", .text("on ssh: 12")),
                Parameter("pid", .integer(WholeNumber(12))), Parameter("size", .number(1.5)),
                Parameter("port", .integer(WholeNumber(-3))),
            ])
        #expect(verdict.tags == ["one"])
    }

    @Test func `what is empty is left out`() throws {
        var asking = Asking([
            try rule("a/b", "for {user:user} because {reason:rest}", "for nobody") {
                $0.parameters = [("note", try template("since {reason}"))]
                $0.objects = [Rule.Object(type: "unit", id: try template("{reason}"))]
            }
        ])
        #expect(asking.journal("for  because x")?.values == ["reason": "x", "note": "since x"])
        #expect(asking.journal("for a because") == Decided(rule: "a/b", user: "a", severity: .info))
        #expect(asking.journal("for nobody")?.values.isEmpty == true, "nothing of the message before is left")
    }

    @Test func `native types are found as systems spell them`() throws {
        func type(_ source: SourceType, _ type: String) throws -> Rule {
            try rule("\(source.rawValue)/\(type)") {
                $0.source = source
                $0.types = [Glob(type)]
            }
        }
        var asking = Asking([
            try type(.mws, "Job Start"), try type(.mws, "Job Migrate"), try type(.mws, "Job Submit"),
            try type(.mws, "Node Modify"), try type(.maas, "Node powered on"),
            try type(.maas, "Node * hardware sync state change"), try type(.panko, "compute.instance.create.*"),
        ])
        for name in ["Job Start", "JOBSTART", "Job Started", "job_started"] {
            #expect(asking.remote(.mws, type: name)?.rule == "mws/Job Start")
        }
        for name in ["Job Migrated", "JOBMIGRATE"] {
            #expect(asking.remote(.mws, type: name)?.rule == "mws/Job Migrate")
        }
        #expect(asking.remote(.mws, type: "Job Submitted")?.rule == "mws/Job Submit")
        #expect(asking.remote(.mws, type: "NODEMODIFIED")?.rule == "mws/Node Modify")
        #expect(asking.remote(.mws, type: "Job Stop") == nil)
        #expect(asking.remote(.maas, type: "node powered ON.")?.rule == "maas/Node powered on")
        #expect(asking.remote(.maas, type: "Node block device hardware sync state change") != nil)
        #expect(asking.remote(.panko, type: "compute.instance.create.end") != nil)
        #expect(asking.remote(.panko, type: "Compute.instance.create.end") == nil)
        #expect(asking.remote(.iguazio, type: "Job Start") == nil)
    }

    @Test func `MAAS's level stands unless its own words tell of a failure`() throws {
        func asking(_ kind: String) throws -> Asking {
            Asking([try rule("a/b", kind: kind) { $0.source = .maas }])
        }
        var failed = try asking("Compute.Machine.Commission.Failed")
        #expect(failed.remote(.maas, type: "Failed commissioning", severity: .info)?.severity == .major)
        var broken = try asking("Compute.Machine.Broken")
        #expect(
            broken.remote(.maas, type: "User marking node broken", "it failed", severity: .debug)?.severity == .debug)
        var login = try asking("Security.User.Login.Failed")
        #expect(
            login.remote(.maas, type: "Authorisation", "Login failed", severity: .info, fields: [("level", "AUDIT")])?
                .severity
                == .warning)
    }

    @Test func `a notification of OpenStack that tells of a failure is a warning at least`() throws {
        var asking = Asking([try rule("a/b", kind: "Compute.Instance.Updated") { $0.source = .panko }])
        #expect(asking.remote(.panko, type: "compute.instance.update")?.severity == .info)
        #expect(asking.remote(.panko, type: "compute.instance.update.error")?.severity == .warning)
        #expect(
            asking.remote(.panko, type: "compute.instance.update", fields: [("state", "error")])?.severity == .warning)
        #expect(asking.remote(.panko, type: "identity.x", fields: [("outcome", "failure")])?.severity == .warning)
    }
}

func template(_ text: String) throws -> Template {
    try #require(Template(text))
}
