internal import EventModel
internal import EventText

/// The calls that Iguazio's client makes before it sends an event: log in, ask for the version, have its session
/// verified.
///
/// There is no session here: the cookie holds what the client has shown, in the form in which the platform keeps an
/// access key, and each request is judged by it.
enum IguazioSession {
    /// The tenant that clients are told they belong to; the client sends audit events only with one.
    static let tenant: Text = "tributary"
    /// Largest body of a login, in bytes.
    static let maximumByteCount = 64 << 10

    /// Who logs in.
    struct Login: Equatable {
        let username: Text
        let password: Text

        /// Reads `{"data": {"attributes": {"username": "…", "password": "…"}}}`.
        init?(_ body: [UInt8]) {
            let parser = JSONParser(maximumByteCount: maximumByteCount, maximumValueCount: 1000)
            guard let attributes = try? parser.parse(body.span)["data"]?["attributes"],
                let username = attributes["username"]?.nonEmptyText, let password = attributes["password"]?.text
            else { return nil }
            self.username = username
            self.password = password
        }
    }

    /// 201 with the cookie that stands for the login from now on.
    static func opened(_ login: Login) -> Answer {
        var json = Array(#"j:{"sid":"#.utf8)
        json.append(quoting: login.password)
        json += #","username":"#.utf8
        json.append(quoting: login.username)
        json.append(UInt8(ascii: "}"))
        var body = Array(#"{"data":{"type":"session","attributes":{"username":"#.utf8)
        body.append(quoting: login.username)
        body += ",\"plane\":\"control\"},\"relationships\":{}},\"included\":[],\"meta\":{}}\n".utf8
        return Answer(
            status: 201, fields: [("set-cookie", "session=\(percentEncoded(json)); Path=/; HttpOnly")],
            contentType: "application/json", body: body)
    }

    /// What the client learns about itself.
    static func verified(_ name: Text) -> Answer {
        var body = Array(#"{"data":{"type":"session_verification","attributes":{"username":"#.utf8)
        body.append(quoting: name)
        body += #","context":{"authentication":{"user_id":"#.utf8
        body.append(quoting: name)
        body += #","tenant_id":"\#(tenant)","group_ids":[]}}}},"meta":{}}"#.utf8
        body.append(0x0A)
        return Answer(status: 200, contentType: "application/json", body: body)
    }

    /// The platform's version: the newest that the client knows, so that it leaves nothing out.
    static let version = Answer.iguazio(
        200, #"{"data":{"type":"external_version","attributes":{"external":"3.6.0"}},"meta":{}}"#)
}
