import Settings
import Testing

@Suite struct SecretTests {
    @Test func `a secret does not describe itself`() {
        let secret = Secret(Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", "\([secret])", String(reflecting: secret), "\(Optional(secret) as Any)", dumped] {
            #expect(text.contains("<redacted>"), "\(text)")
            #expect(!text.contains("104") && !text.contains("hunter2"), "\(text)")
        }
        #expect(secret.reveal() == Array("hunter2".utf8))
    }

    @Test func `credential, file and environment are read without the line end`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("key", "s3cret\n")
        try folder.write("windows", "s3cret\r\n")
        let mapping = root(
            "a: {credential: key}\nb: {file: \(file)}\nc: {environment: KEY}\nd: {credential: windows}\n",
            environment: ["CREDENTIALS_DIRECTORY": folder.path, "KEY": "s3cret"])
        for key in ["a", "b", "c", "d"] { #expect(mapping.secret(key)?.reveal() == Array("s3cret".utf8), "\(key)") }
        #expect(mapping.secret("absent") == nil)
        #expect(mapping.mistakes == [])
        #expect(mapping.report.notes == [])
    }

    @Test(arguments: [
        ("hunter2", "must not hold the secret itself; refer to it as"), ("", "must not hold the secret itself"),
        ("[hunter2]", "must not hold the secret itself"), ("{}", "has none of credential, file and environment"),
        ("{file: /a, environment: B}", "has more than one of"), ("{fil: /a}", "did you mean 'file'?"),
        ("{file: relative}", "not absolute"),
        ("{file: /nonexistent/x}", "there is no file '/nonexistent/x'; create it"),
        ("{credential: ../x}", "without '/'"), ("{credential: x}", "CREDENTIALS_DIRECTORY is not set"),
        ("{environment: NONE}", "no variable 'NONE'"), ("{environment: EMPTY}", "is empty; put the secret into it"),
        ("{file: }", "has no value"), ("{environment: LONG}", "is larger than 64KiB"),
    ])
    func `what is no secret is a mistake with a remedy`(value: String, text: String) {
        let long = String(repeating: "x", count: 65_537)
        let mapping = root("key: \(value)\n", environment: ["EMPTY": "", "LONG": long])
        #expect(mapping.secret("key") == nil)
        #expect(mapping.mistakes.contains { $0.contains(text) }, "\(mapping.mistakes)")
        #expect(mapping.mistakes.allSatisfy { $0.hasPrefix("t.yaml:1:") && !$0.contains("hunter2") })
    }

    @Test func `a file of the largest size is read, one byte more is not`() throws {
        let folder = try TemporaryFolder()
        let fits = try folder.write("fits", String(repeating: "x", count: 65_536) + "\n")
        let large = try folder.write("large", String(repeating: "x", count: 65_537))
        let mapping = root("a: {file: \(fits)}\nb: {file: \(large)}\n")
        #expect(mapping.secret("a")?.reveal().count == 65_536)
        #expect(mapping.secret("b") == nil)
        #expect(mapping.mistakes.count == 1)
    }

    @Test func `a file that everybody may read is noted`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("key", "s3cret", mode: 0o644)
        let mapping = root("key: {file: \(file)}\n")
        #expect(mapping.secret("key") != nil)
        #expect(mapping.mistakes == [])
        #expect(mapping.report.notes.count == 1)
        #expect(mapping.report.notes.first?.text.contains("chmod o-r") == true)
    }

    @Test func `empty and unreadable files are mistakes`() throws {
        let folder = try TemporaryFolder()
        let empty = try folder.write("empty", "\n")
        let mapping = root("a: {file: \(empty)}\nb: {file: \(folder.path)}\n")
        #expect(mapping.secret("a") == nil)
        #expect(mapping.secret("b") == nil)
        #expect(mapping.mistakes.count == 2)
    }
}
