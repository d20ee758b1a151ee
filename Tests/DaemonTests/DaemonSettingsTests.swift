import Daemon
import EventFiles
import EventModel
import Journal
import LocalAPI
import Pipeline
import Settings
import Spool
import Testing

@Suite struct DaemonSettingsTests {
    @Test func `the least that is valid is one sink, and the rest are defaults`() throws {
        let settings = try settings(aSink)
        #expect(settings.sources == [])
        #expect(settings.sinks == [SinkSettings(name: "log", kind: .file(FileSinkSettings(path: "/var/log/t.log")))])
        #expect(settings.spool == SpoolSettings())
        #expect(settings.api == APISettings())
        #expect(settings.log == LogSettings())
        #expect(settings.spool.directory == "/var/lib/tributary/spool")
        #expect(settings.spool.maximumByteCount == 4_294_967_296)
        #expect(settings.api.socket == "/run/tributary/tributary.sock")
        #expect(settings.api.socketMode == 0o660)
    }

    @Test func `sources and sinks keep the order of the file`() throws {
        let settings = try settings(
            """
            sources:
              z: {type: journald, namespace: a}
              a: {type: journald, enabled: false}
            sinks:
              y: {type: file, path: /y, where: {severity: ">= warning"}, when-full: drop-oldest}
              b: {type: file, path: /b, enabled: false}
            """)
        #expect(settings.sources.map(\.name) == ["z", "a"])
        #expect(settings.sources.map(\.isEnabled) == [true, false])
        #expect(settings.sinks.map(\.name) == ["y", "b"])
        #expect(settings.sinks.map(\.whenFull) == [.dropOldest, nil])
        #expect(settings.sinks.map(\.filter.canonicalText) == [#"{"severity":[">= warning"]}"#, "{}"])
    }

    @Test(arguments: [
        ("", "t.yaml:1:1: sinks: has no sink that is enabled"),
        ("sinks: {a: {type: file, path: /a, enabled: false}}", "t.yaml:1:8: sinks: has no sink that is enabled"),
        ("sinks: {a: {path: /a}}", "t.yaml:1:9: sinks.a.type: is missing; allowed are file, syslog"),
        (
            "sinks: {a: {type: fil, path: /a}}",
            "t.yaml:1:19: sinks.a.type: is 'fil', allowed are file, syslog; did you mean 'file'?"
        ),
        (
            "sinks: {a: {type: syslog}}",
            "t.yaml:1:9: sinks.a.address: is missing; name the receiver, such as tls://siem.example.com:6514"
        ),
        ("sinks: {a: {type: file}}", "t.yaml:1:9: sinks.a.path: is missing; name the file to write"),
        ("sinks: {a: {type: file, path: x}}", "t.yaml:1:31: sinks.a.path: 'x' is not absolute"),
        ("sinks: {a: {type: file, path: /x/}}", "sinks.a.path: is a folder; name a file in it"),
        ("sinks: {a: file}", "t.yaml:1:12: sinks.a: is a single value, allowed is a mapping of settings"),
        ("sinks: {a b: {type: file, path: /x}}", "t.yaml:1:9: sinks.a b: is no name; allowed are 1 to 64"),
        ("sinks: {-a: {type: file, path: /x}}", "sinks.-a: is no name"),
        (
            "sinks: {a: {type: file, path: /x, rotat: never}}",
            "sinks.a.rotat: is an unknown key; did you mean 'rotate'?"
        ),
        (
            "sinks: {a: {type: file, path: /x, rotate: {sise: 1}}}",
            "sinks.a.rotate.sise: is an unknown key; did you mean 'size'?"
        ),
        (
            "sinks: {a: {type: file, path: /x, rotate: {size: 1KiB}}}",
            "rotate.size: is '1KiB', which is too small; allowed is 64KiB and more"
        ),
        (
            "sinks: {a: {type: file, path: /x, rotate: {every: 1s}}}",
            "rotate.every: is '1s', which is too small; allowed is 1m and more"
        ),
        (
            "sinks: {a: {type: file, path: /x, rotate: {keep: -1}}}",
            "rotate.keep: is '-1', which is too small; allowed is 0 and more"
        ),
        ("sinks: {a: {type: file, path: /x, rotate: sometimes}}", "rotate: is a single value, allowed is a mapping"),
        ("sinks: {a: {type: file, path: /x, mode: 0440}}", "mode: takes reading or writing from the owner"),
        (
            "sinks: {a: {type: file, path: /x, where: {severty: info}}}",
            "sinks.a.where.severty: 'severty' is no key of an event"
        ),
        ("sinks: {a: {type: file, path: /x, where: [a]}}", "sinks.a.where: is a list, allowed is a mapping"),
        (
            "sinks:\n  a: {type: file, path: /x/y}\n  b: {type: file, path: /x//z/../y}\n",
            "t.yaml:3:25: sinks.b.path: is also the file of sink 'a'; give each sink a file of its own"
        ),
        (
            aSink + "sources: {a: {type: maas}}",
            "t.yaml:2:11: sources.a.api-key: is missing; make one in MAAS, user preferences, API keys"
        ),
        (aSink + "sources: {a: {type: jurnald}}", "did you mean 'journald'?"),
        (
            aSink + "sources: {a: {type: journald, directory: /a, files: [/b]}}",
            "files: cannot be set together with 'directory'"
        ),
        (aSink + "sources: {a: {type: journald, files: []}}", "files: names no file"),
        (aSink + "sources: {a: {type: journald, files: [b]}}", "files: holds 'b', allowed are absolute paths"),
        (
            aSink + "sources: {a: {type: journald, directory: /a, namespace: b}}",
            "namespace: applies only to this machine's journal"
        ),
        (aSink + "sources: {a: {type: journald, minimum-priority: wrning}}", "did you mean 'warning'?"),
        (aSink + "sources: {a: {type: journald, minimum-priority: 8}}", "minimum-priority: is '8', allowed are emerg"),
        (aSink + "sources: {a: {type: journald, transports: [sylog]}}", "did you mean 'syslog'?"),
        (aSink + "sources: {a: {type: journald, facilities: 24}}", "facilities: holds '24'"),
        (aSink + "sources: {a: {type: journald, match: [unit=x]}}", "match: holds 'unit=x', allowed are FIELD=value"),
        (
            aSink + "sources: {a: {type: journald, start: later}}",
            "start: is 'later', allowed are now, boot, beginning, or a time"
        ),
        (
            aSink + "sources: {a: {type: journald, maximum-field: 32MiB}}",
            "which is too large; allowed is 64KiB to 16MiB"
        ),
        (aSink + "sources: {a: {type: journald, stall-timeout: 1s}}", "which is too small; allowed is 5s to 1h"),
        (
            aSink + "spool: {max-size: 1MiB}",
            "t.yaml:2:19: spool.max-size: is '1MiB', which is too small; allowed is 64MiB and more"
        ),
        (aSink + "spool: {when-full: drop}", "spool.when-full: is 'drop', allowed are wait, drop-oldest"),
        (
            aSink + "api: {listen: \"0.0.0.0:80\"}",
            "t.yaml:2:15: api.listen: would let everybody in; set 'token' to a reference to a secret"
        ),
        (
            aSink + "api: {listen: \"0.0.0.0:80\", token: {file: /x}}",
            "go through the network in the clear; set 'tls' with 'certificate' and 'key', or listen at 127.0.0.1"
        ),
        (aSink + "api: {listen: localhost}", "api.listen: is 'localhost', allowed is host:port"),
        (aSink + "api: {token: swordfish}", "api.token: must not hold the secret itself; refer to it as"),
        (aSink + "api: {tls: {key: /x}}", "api.tls.certificate: is missing; name the file of the server's certificate"),
        (
            aSink + "api: {socket: /\(String(repeating: "x", count: 107))}",
            "api.socket: has 108 bytes, allowed are at most 107"
        ),
        (aSink + "log: {level: verbose}", "log.level: is 'verbose', allowed are debug, info, notice, warning, error"),
        (
            aSink + "normalization: {shipped-rules: maybe}",
            "normalization.shipped-rules: is 'maybe', allowed are true, false and the absolute path of a folder"
        ),
        (aSink + "sorces: {}", "t.yaml:2:1: sorces: is an unknown key; did you mean 'sources'?"),
    ])
    func `a mistake says where, what and what is allowed`(yaml: String, mistake: String) {
        let found = mistakes(yaml)
        #expect(found.contains { $0.contains(mistake) }, "\(found)")
    }

    @Test func `all mistakes come out at once, by place`() {
        let found = mistakes(
            "spool: {max-size: 1}\nsources: {a: {type: mass}}\nsinks: {b: {type: file}}\nlog: {level: x}\nfoo: 1\n")
        #expect(found.map { $0.prefix(8) } == (1...5).map { "t.yaml:\($0)" })
    }

    @Test func `one broken file brings no mistake about what it might have held`() {
        #expect(mistakes("sinks: [").count == 1)
        #expect(mistakes("a: &b 1").count == 1)
    }

    @Test func `a flood of names is one mistake`() {
        let found = mistakes(aSink + "sources:\n" + (0..<20_000).map { "  s\($0): {type: journald}\n" }.joined())
        #expect(found == ["t.yaml:2:1: sources: has 20000 entries, allowed are at most 1000"])
    }

    @Test func `two sources of one journal are noted`() throws {
        let loaded = try DaemonSettings.load(
            root(aSink + "sources: {a: {type: journald}, b: {type: journald, boots: current}}"))
        #expect(loaded.notes.map(\.description).contains { $0.contains("sources.b: reads the same journal as 'a'") })
        let apart = try DaemonSettings.load(
            root(
                aSink
                    + "sources: {a: {type: journald}, b: {type: journald, namespace: x}, c: {type: journald, enabled: false}}"
            ))
        #expect(apart.notes == [])
    }

    @Test func `two sinks may name one file when only one of them is enabled`() throws {
        let settings = try settings("sinks: {a: {type: file, path: /x}, b: {type: file, path: /x, enabled: false}}")
        #expect(settings.sinks.count == 2)
    }

    @Test func `a missing file is one mistake`() {
        let error = #expect(throws: SettingsMistakes.self) { try DaemonSettings.load("/nonexistent/tributary.yaml") }
        #expect(error?.mistakes.count == 1)
        #expect(error?.description.contains("there is no such file") == true)
        #expect(SettingsFile.defaultPath == "/etc/tributary/tributary.yaml")
    }
}
