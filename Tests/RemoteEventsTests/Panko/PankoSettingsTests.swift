import EventModel
import Settings
import Testing

@testable import RemoteEvents

private func read(_ yaml: String) -> (PankoSettings, [String]) {
    let surroundings = SettingsSurroundings(
        fileSystem: SettingsSurroundings.machine.fileSystem, environment: { $0 == "SECRET" ? "s3cret" : nil },
        isReadableByOthers: { _ in false })
    let mapping = SettingsFile.read([("t.yaml", Array(yaml.utf8))], surroundings: surroundings)
    let settings = PankoSettings(reading: mapping)
    return (settings, mapping.report.mistakes.map(\.description))
}

private let login = """
    auth: {url: "https://k.example.net:5000", username: tail, password: {environment: SECRET}, project: admin}

    """

@Suite struct PankoSettingsTests {
    @Test func `all keys are read`() {
        let (settings, mistakes) = read(
            """
            url: https://panko.example.net:8977/v2/
            auth:
              url: https://k.example.net:5000/v3/
              username: tail
              user-domain: Users
              password: {environment: SECRET}
              project: ops
              project-domain: Projects
            region: One
            interface: internal
            all-tenants: true
            event-types: [identity.*, compute.instance.create.end]
            traits: {host: compute-01, state: [error, deleted]}
            keep-raw: true
            """)
        #expect(mistakes == [])
        #expect(settings.remote.url == "https://panko.example.net:8977")
        #expect(settings.identityURL == "https://k.example.net:5000/v3")
        #expect(
            settings.credential
                == .password(
                    user: "tail", userDomain: "Users", password: Secret(Array("s3cret".utf8)), project: "ops",
                    projectDomain: "Projects"))
        #expect(settings.region == "One")
        #expect(settings.interface == .internal)
        #expect(settings.readsAllTenants)
        #expect(settings.eventTypes == [Glob("identity.*"), Glob("compute.instance.create.end")])
        #expect(
            settings.traits == [
                .init(name: "host", values: ["compute-01"]), .init(name: "state", values: ["error", "deleted"]),
            ])
        #expect(settings.keepsRaw)
    }

    @Test func `what may be left out has its default`() {
        let (settings, mistakes) = read(login)
        #expect(mistakes == [])
        #expect(settings.remote.url.isEmpty)
        #expect(settings.identityURL == "https://k.example.net:5000/v3")
        #expect(settings.interface == .public)
        #expect(!settings.readsAllTenants && !settings.keepsRaw)
        #expect(settings.remote.pageSize == 1000)
        guard case .password(_, "Default", _, "admin", "Default") = settings.credential else {
            Issue.record("\(settings.credential)")
            return
        }
    }

    @Test func `an application credential takes the place of a password`() {
        let (settings, mistakes) = read(
            """
            auth:
              url: http://127.0.0.1:5000/v2.0
              application-credential-id: c0ff
              application-credential-secret: {environment: SECRET}
            """)
        #expect(mistakes == [])
        #expect(settings.identityURL == "http://127.0.0.1:5000/v3")
        #expect(settings.credential == .applicationCredential(id: "c0ff", secret: Secret(Array("s3cret".utf8))))
    }

    @Test(arguments: [
        ("all-tenants: true\n", "auth: is missing"),
        ("auth: {url: \"https://k\"}\n", "auth.username: is missing"),
        ("auth: {url: \"https://k\"}\n", "auth.password: is missing"),
        ("auth: {url: \"https://k\"}\n", "auth.project: is missing"),
        ("auth: {username: x, password: {environment: SECRET}, project: p}\n", "auth.url: is missing"),
        (
            "auth: {url: \"http://k\", username: x, password: {environment: SECRET}, project: p}\n",
            "allow-plaintext"
        ),
        (
            "auth: {url: \"https://k\", application-credential-id: x, username: y}\n",
            "cannot be set together with 'username'"
        ),
        (
            "auth: {url: \"https://k\", application-credential-id: x}\n",
            "auth.application-credential-secret: is missing"
        ),
        (login + "interface: outer\n", "allowed are public, internal, admin"),
        (login + "event-type: x\n", "did you mean 'event-types'?"),
        (login + "event-types: []\n", "names no type"),
        (login + "traits: {host: []}\n", "traits.host: names no value"),
        (login + "traits: host\n", "allowed is a mapping"),
        (login + "page-size: 20000\n", "page-size"),
    ])
    func `a mistake is said where it is`(yaml: String, text: String) {
        let mistakes = read(yaml).1
        #expect(mistakes.contains { $0.contains(text) }, "\(mistakes)")
        #expect(!mistakes.contains { $0.contains("s3cret") })
    }
}
