import EventModel
import Testing

@testable import Normalization

@Suite struct PatternTests {
    @Test func `a text up to the first place of the next literal is caught`() throws {
        #expect(
            try caught(
                "Accepted {method} for {user} from {address:ip} port {port:int} {protocol}: {fingerprint:rest}",
                "Accepted publickey for root from 10.0.0.1 port 22 ssh2: RSA SHA256:abc")
                == [
                    "method": "publickey", "user": "root", "address": "10.0.0.1", "port": "22", "protocol": "ssh2",
                    "fingerprint": "RSA SHA256:abc",
                ])
        #expect(try caught("{a}: {b}", "x: y: z") == ["a": "x", "b": "y: z"])
        #expect(try caught("{a}: {b}", ": y") == nil, "a text has one byte at least")
        #expect(try caught("{a}: {b}", "x:") == nil)
    }

    @Test func `a literal that ends the pattern is looked for at the end of the text`() throws {
        #expect(try caught("session of {user}.", "session of a.b.c.") == ["user": "a.b.c"])
        #expect(try caught("session of {user}.", "session of a.b.c") == nil)
    }

    @Test func `a user name reaches to the last place of the next literal, and may be anything`() throws {
        let pattern = "Failed password for invalid user {user:user} from {address:ip} port {port:int} ssh2"
        let line = { (name: String) in "Failed password for invalid user \(name) from 192.0.2.9 port 22 ssh2" }
        for name: String in [
            "bob", "a from 10.0.0.1 port 1 ssh2", " lead", "trail ", "two  spaces", "from", " from ", " ",
        ] {
            #expect(try caught(pattern, line(name)) == ["user": name, "address": "192.0.2.9", "port": "22"])
        }
        #expect(try caught(pattern, line("")) == ["address": "192.0.2.9", "port": "22"])
        #expect(try caught("closed for {user:user}", "closed for") == nil)
        let old = "ruser={user:user} rhost= user={target:user}"
        #expect(try caught(old, "ruser=a b  rhost=  user=c") == ["user": "a b ", "target": "c"])
        #expect(try caught("closed for {user:user} (x)", "closed for  (x)") == nothing)
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("[10.0.0.1]", "10.0.0.1"), ("::1", "::1"), ("::", "::"), ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"), ("2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:DB8:0:0:8:800:200C:417A"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("1::", "1::"),
    ])
    func `an address is caught without brackets and zone`(text: String, address: String) throws {
        #expect(
            try caught("from {address:ip} port {port:int}", "from \(text) port 1") == ["address": address, "port": "1"])
        #expect(try caught("from {address:ip}: bad", "from \(text): bad") == ["address": address])
        #expect(try caught("from {address:host}", "from \(text)") == ["address": address])
    }

    @Test(arguments: [
        "10.0.0", "256.1.1.1", "1.2.3.4.5", "10.0.0.1x", "aa:bb:cc:dd:ee:ff", "1:2:3:4:5:6:7:8:9", "1::2::3",
        "12345::1",
        ":1", "host", "", "1:2:3:4:5:6:7:", "[::1", "1.2.3.4.example.com", "12:34:56",
    ])
    func `what only resembles an address is none`(text: String) throws {
        #expect(try caught("from {address:ip} end", "from \(text) end") == nil)
    }

    @Test func `an address and a port are told apart`() throws {
        #expect(try caught("{address:ip}:{port:int}", "10.0.0.1:80") == ["address": "10.0.0.1", "port": "80"])
        #expect(try caught("{address:ip}:{port:int}", "[fe80::1]:80") == ["address": "fe80::1", "port": "80"])
        #expect(try caught("from {address:host}.", "from a.example.com.") == ["address": "a.example.com"])
        #expect(try caught("from {address:host}", "from a.example.com.") == ["address": "a.example.com."])
        #expect(try caught("{address:host} x", "1.2.3.4.example.com x") == ["address": "1.2.3.4.example.com"])
        #expect(try caught("{address:host} x", "1-2-3-4.example x") == ["address": "1-2-3-4.example"])
    }

    @Test func `each type takes what it says`() throws {
        #expect(try caught("n {a:int};", "n -12;") == ["a": "-12"])
        #expect(try caught("n {a:int};", "n 1.5;") == nil)
        #expect(try caught("n {a:number};", "n 1.5;") == ["a": "1.5"])
        #expect(try caught("n {a:number};", "n 7;") == ["a": "7"])
        #expect(try caught("n {a:hex} {b:hex}", "n 0xDEADbeef 12") == ["a": "0xDEADbeef", "b": "12"])
        #expect(try caught("n {a:hex}", "n 0x") == nil)
        #expect(try caught("p {a:path} {b}", "p /usr/bin/x y") == ["a": "/usr/bin/x", "b": "y"])
        #expect(try caught("p {a:path} {b}", "p usr/bin/x y") == nil)
        #expect(try caught("w {a:word}: up", "w eth0:1: up") == ["a": "eth0:1"])
        #expect(try caught("w {a:word}: up", "w eth 0: up") == nil)
        #expect(try caught("w {a:word}", "w two words") == nil)
        #expect(try caught("w {a:word}{b:rest}", "w two words") == ["a": "two", "b": " words"])
        #expect(try caught("w {a:word}{b:rest}", "w") == nil)
        #expect(try caught("q={a:quoted} {b}", "q=\"say \\\"hi\\\" now\" y") == ["a": "say \\\"hi\\\" now", "b": "y"])
        #expect(try caught("q={a:quoted}", "q='it'") == ["a": "it"])
        #expect(try caught("q={a:quoted}", "q=\"open") == nil)
        #expect(try caught("r {a:rest}", "r") == nothing)
        #expect(try caught("r {a:rest}", "r  all of it ") == ["a": "all of it"])
        #expect(try caught("r{a:rest}", "r") == nothing)
    }

    @Test func `a choice takes its longest text that stands there`() throws {
        #expect(try caught("session (opened|closed) for {user}", "session closed for x") == ["user": "x"])
        #expect(try caught("session {_s=open|opened} for {user}", "session opened for x") == ["user": "x"])
        #expect(try caught("session {s=open|opened} for x", "session opened for x") == ["s": "opened"])
        #expect(try caught("file(s|) lost", "file lost") == nothing)
        #expect(try caught("file(s|) lost", "files lost") == nothing)
        #expect(try caught("(a|b)c", "dc") == nil)
    }

    @Test func `runs of spaces are one, and white space around a text is nothing`() throws {
        #expect(try caught("avc: denied {a}", " avc:   denied    x\n") == ["a": "x"])
        #expect(try caught("avc:   denied {a}", "avc: denied x") == ["a": "x"])
        #expect(try caught("{a} b  c {d}", "x   b c    y") == ["a": "x", "d": "y"])
        #expect(try caught("ab {x}", "a b y") == nil)
    }

    @Test func `parentheses and braces can be meant as such`() throws {
        #expect(try caught("(root) CMD ({command})", "(root) CMD (true)") == ["command": "true"])
        #expect(try caught("{{{a}}}", "{x}") == ["a": "x"])
        #expect(try caught("\\(a|b) {c}", "(a|b) x") == ["c": "x"])
        #expect(try caught("C:\\dir {a}", "C:\\dir x") == ["a": "x"])
    }

    @Test(arguments: [
        ("", PatternError.Reason.empty, 0), ("  ", .empty, 0), ("a {b", .unclosedBrace, 2),
        ("a } b", .unopenedBrace, 2), ("a {1}", .badName("1"), 2), ("{a} {a}", .repeatedName("a"), 4),
        ("x {a:nonsense}", .unknownType("nonsense"), 2), ("{a:}", .unknownType(""), 0),
        ("x {a}{b:int}", .needsLiteral("{a}"), 5), ("{a:rest} x", .restNotLast, 0),
        ("{a=x||y}", .emptyChoice, 0), ("{=x|y}", .badName(""), 0),
    ])
    func `a mistake says where it is`(pattern: String, reason: PatternError.Reason, offset: Int) {
        #expect(throws: PatternError(reason: reason, offset: offset)) { try Pattern(pattern) }
    }

    @Test func `limits hold`() {
        let long = String(repeating: "a", count: Pattern.maximumByteCount + 1)
        #expect(throws: PatternError(reason: .tooLong(byteCount: 4097), offset: 0)) { try Pattern(long) }
        let many = (0...Pattern.maximumPlaceholderCount).map { "{a\($0)} " }.joined()
        #expect(throws: PatternError.self) { try Pattern(many) }
        let choices = "(" + Array(repeating: "a", count: Pattern.maximumChoiceCount + 1).joined(separator: "|") + ")"
        #expect(throws: PatternError.self) { try Pattern(choices) }
    }
}

private let nothing: [String: String] = [:]
