import EventModel
import Settings
import Testing

@testable import RemoteEvents

/// A token's answer.
private func answer(life: Int = 3600, body: String? = nil) -> RemoteResponse {
    let text =
        body ?? """
            {"token": {"issued_at": "2024-05-17T08:00:00.000000Z",
             "expires_at": "\(second(life).canonicalText)", "user": {"name": "logtail"},
             "project": {"id": "a1", "name": "admin"}, "roles": [{"name": "admin"}], "catalog": [
             {"type": "identity", "name": "keystone", "endpoints": []},
             {"type": "event", "name": "panko", "endpoints": [
              {"interface": "internal", "region": "One", "region_id": "one", "url": "http://10.0.0.5:8977"},
              {"interface": "public", "region": "One", "region_id": "one", "url": "https://one.example.net:8977/"},
              {"interface": "public", "region": "Two", "region_id": "two", "url": "https://two.example.net/event/v2/"}
             ]}]}}
            """
    return RemoteResponse(201, text, headers: [RemoteHeader("x-subject-token", "t0ken")])
}

/// A session that can be asked within an expectation.
private final class Login {
    private var session: KeystoneSession

    init(settings: PankoSettings) {
        session = KeystoneSession(settings: settings)
    }

    func access(_ now: Timestamp) -> KeystoneSession.Access? {
        guard case .ready(let access) = session.step(now: now) else { return nil }
        return access
    }

    func request(_ now: Timestamp) -> RemoteRequest? {
        guard case .send(let request) = session.step(now: now) else { return nil }
        return request
    }

    func received(_ response: RemoteResponse, now: Timestamp) -> RemoteFailure? {
        session.received(response, now: now)
    }

    func accepted() { session.accepted() }
    func refused(now: Timestamp) -> Bool { session.refused(now: now) }
}

@Suite struct KeystoneSessionTests {
    @Test func `a password is sent with names and their domains`() throws {
        let session = Login(
            settings: pankoSettings { settings in
                settings.credential = .password(
                    user: "log\"tail", userDomain: "Users", password: Secret(Array("p\\w\n\u{e9}".utf8)),
                    project: "admin", projectDomain: "Default")
            })
        let request = try #require(session.request(second(0)))
        #expect(request.method == .post)
        #expect(request.url == "http://127.0.0.1:1/identity/v3/auth/tokens")
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"log\"tail","#
                + #""domain":{"name":"Users"},"password":"p\\w\u000aé"}}},"#
                + #""scope":{"project":{"name":"admin","domain":{"name":"Default"}}}}}"#)
    }

    @Test func `an application credential is sent without a scope`() throws {
        let credential = PankoSettings.Credential.applicationCredential(
            id: "c0ff", secret: Secret(Array("s".utf8)))
        #expect(
            String(decoding: credential.tokenRequestBody, as: UTF8.self)
                == #"{"auth":{"identity":{"methods":["application_credential"],"#
                + #""application_credential":{"id":"c0ff","secret":"s"}}}}"#)
    }

    @Test func `a token serves for eighty percent of its life, whatever the server's clock says`() {
        let session = Login(settings: pankoSettings())
        let now = second(50_000)  // Fourteen hours ahead of Keystone.
        #expect(session.access(now) == nil)
        #expect(session.received(answer(life: 1000), now: now) == nil)
        #expect(session.access(now)?.token == Secret(Array("t0ken".utf8)))
        #expect(session.access(second(50_799)) != nil)
        #expect(session.access(second(50_800)) == nil)
    }

    @Test func `a token that is refused is asked for again once`() {
        let session = Login(settings: pankoSettings())
        #expect(session.received(answer(), now: second(0)) == nil)
        session.accepted()
        #expect(session.refused(now: second(1)))
        #expect(session.access(second(1)) == nil)
        #expect(session.received(answer(), now: second(1)) == nil)
        #expect(!session.refused(now: second(2)))
        #expect(session.access(second(3)) != nil)
        #expect(session.refused(now: second(700)))
    }

    @Test(arguments: [
        (nil, PankoSettings.Interface.public, "https://one.example.net:8977"),
        ("Two", .public, "https://two.example.net/event"), ("two", .public, "https://two.example.net/event"),
    ])
    func `the catalog says where Panko is`(
        region: String?, interface: PankoSettings.Interface, url: String
    ) {
        let settings = pankoSettings { settings in
            settings.region = region
            settings.interface = interface
        }
        let session = Login(settings: settings)
        #expect(session.received(answer(), now: second(0)) == nil)
        #expect(session.access(second(0))?.url == url)
    }

    @Test func `a token does not go where it could be read, unless that is allowed`() {
        let inside = pankoSettings { $0.interface = .internal }
        var session = Login(settings: inside)
        let failure = session.received(answer(), now: second(0))
        #expect(failure?.kind == .address)
        #expect(failure?.reason.contains("allow-plaintext") == true)
        #expect(session.access(second(0)) == nil)
        var allowed = inside
        allowed.remote.allowsPlaintext = true
        session = Login(settings: allowed)
        #expect(session.received(answer(), now: second(0)) == nil)
        #expect(session.access(second(0))?.url == "http://10.0.0.5:8977")
    }

    @Test func `what the catalog lacks is said with what it has`() throws {
        var session = Login(settings: pankoSettings { $0.region = "Three" })
        let refusal = session.received(answer(), now: second(0))
        let missing = try #require(refusal)
        #expect(missing.reason.contains("in region 'Three', but: internal in One, public in One, public in Two"))
        let none = RemoteResponse(
            status: 201, headers: [RemoteHeader("X-Subject-Token", "t")],
            body: try golden("token_no_event_service.json"))
        session = Login(settings: pankoSettings())
        #expect(session.received(none, now: second(0))?.reason.contains("no service of type 'event'") == true)
        session = Login(settings: pankoSettings { $0.remote.url = "https://panko.example.net" })
        #expect(session.received(none, now: second(0)) == nil)
        #expect(session.access(second(0))?.url == "https://panko.example.net")
    }

    @Test(arguments: [
        (401, RemoteFailure.Kind.credentials, "auth.password"), (403, .permission, "roles"),
        (404, .address, "auth.url"), (300, .address, "auth.url"), (429, .throttled, "patience"),
        (503, .throttled, "patience"), (500, .server, "trouble"), (400, .unreadable, "auth"),
    ])
    func `each refusal says what to do`(status: Int, kind: RemoteFailure.Kind, word: String) throws {
        let session = Login(settings: pankoSettings())
        let body = #"{"error": {"code": 1, "message": "It was not to be.", "title": "No"}}"#
        let refusal = session.received(RemoteResponse(status, body), now: second(0))
        let failure = try #require(refusal)
        #expect(failure.kind == kind)
        #expect(failure.reason.contains(word))
        #expect(failure.reason.contains("It was not to be."))
        #expect(!failure.reason.contains("secret"))
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"token": []}"#, "<html>", #"{"token": {"user": {"name": "x"}, "catalog": 1}}"#,
    ])
    func `an answer that is no token does not log in`(body: String) {
        let session = Login(settings: pankoSettings())
        #expect(session.received(answer(body: body), now: second(0)) != nil)
        #expect(session.access(second(0)) == nil)
        #expect(session.received(RemoteResponse(201, #"{"token": {}}"#), now: second(0))?.kind == .unreadable)
    }
}
