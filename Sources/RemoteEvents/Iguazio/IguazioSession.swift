internal import EventModel
internal import EventText
internal import Settings

/// What says to an Iguazio system who we are: a session that was opened with a password, or an access key.
///
/// The platform knows a session by the cookie `session`. One that was opened comes URL-encoded and goes back as it
/// came. An access key is sent as `j:{"sid": "KEY"}`; since some proxies refuse such a cookie, the same percent-encoded
/// is tried where the plain one is refused.
struct IguazioSession {
    private enum State: Equatable {
        /// There is no session. Next: `open`.
        case closed
        /// There is one. `isProven`: it was good for a request. Next: `closed`.
        case open(cookie: String, isProven: Bool)
        /// The access key, in this form. `refusals` in a row, of either form.
        case key(isEncoded: Bool, refusals: Int)
    }

    private let settings: IguazioSettings
    private let base: String
    private var state: State

    /// - Parameter base: what comes before `/sessions` in its URL.
    init(_ settings: IguazioSettings, base: String) {
        self.settings = settings
        self.base = base
        switch settings.credentials {
        case .password: state = .closed
        case .accessKey: state = .key(isEncoded: false, refusals: 0)
        }
    }

    /// How we present ourselves, for messages.
    var description: String {
        let user = settings.username.map { "as '\($0)'" } ?? ""
        switch settings.credentials {
        case .password: return user
        case .accessKey: return user.isEmpty ? "with an access key" : "\(user) with an access key"
        }
    }

    /// What must be sent before anything else; `nil` when nothing must.
    var login: RemoteRequest? {
        guard state == .closed, case .password(let password) = settings.credentials else { return nil }
        let attributes: [JSONMember] = [
            JSONMember("username", .text(Text(settings.username ?? ""))),
            JSONMember("password", .text(Text(password.reveal()))), JSONMember("plane", .text("control")),
        ]
        var body: [UInt8] = []
        JSONValue.object([
            JSONMember(
                "data",
                .object([
                    JSONMember("type", .text("session")), JSONMember("attributes", .object(attributes)),
                    JSONMember("relationships", .object([])),
                ]))
        ]).append(to: &body)
        return RemoteRequest(
            .post, url: "\(base)/sessions", headers: [RemoteHeader("Content-Type", "application/json")], body: body,
            purpose: "session")
    }

    /// The headers of every other request.
    var headers: [RemoteHeader] {
        switch state {
        case .closed: return []
        case .open(let cookie, _): return [RemoteHeader("Cookie", "session=\(cookie)")]
        case .key(let isEncoded, _):
            guard case .accessKey(let secret) = settings.credentials else { return [] }
            let key = secret.reveal()
            let plain = "j:{\"sid\": \"\(String(decoding: key, as: UTF8.self))\"}"
            var headers = [RemoteHeader("Cookie", "session=\(isEncoded ? percentEncoded(plain.utf8) : plain)")]
            if let username = settings.username {
                headers.append(RemoteHeader("Authorization", basicAuthorization(user: username, password: key)))
            }
            return headers
        }
    }

    /// The answer to ``login`` came.
    ///
    /// - Returns: why there is no session; `nil` when there is one.
    mutating func loginAnswered(_ response: RemoteResponse) -> RemoteFailure? {
        switch response.status {
        case 200..<300:
            guard let cookie = Self.cookie(of: response) else {
                return RemoteFailure(
                    .unreadable,
                    "Iguazio opened no session: its answer has no cookie 'session'; check that 'url' is the "
                        + "dashboard's. The answer begins: \(response.excerpt)")
            }
            state = .open(cookie: cookie, isProven: false)
            return nil
        case 400, 401, 403, 422:
            return RemoteFailure(
                .credentials,
                "Iguazio refuses 'username' '\(settings.username ?? "")' or its 'password' (\(response.status)); "
                    + "correct them. \(IguazioPage.said(response))")
        default: return IguazioPage.failure(of: response, asking: "a session at '\(base)/sessions'")
        }
    }

    /// A request was answered: the session is good, and may have been renewed by the answer.
    mutating func accepted(_ response: RemoteResponse) {
        switch state {
        case .closed: break
        case .open(let cookie, _): state = .open(cookie: Self.cookie(of: response) ?? cookie, isProven: true)
        case .key(let isEncoded, _): state = .key(isEncoded: isEncoded, refusals: 0)
        }
    }

    /// A request was answered 401.
    ///
    /// - Returns: why it is no use to try again at once; `nil` when it is.
    mutating func refused(_ response: RemoteResponse) -> RemoteFailure? {
        switch state {
        case .closed: return nil
        case .open(_, let isProven):
            state = .closed
            guard !isProven else { return nil }  // It has expired.
            return RemoteFailure(
                .credentials,
                "Iguazio does not accept the session that it has just opened for '\(settings.username ?? "")' (401); "
                    + "the account must be one of the control plane. \(IguazioPage.said(response))")
        case .key(let isEncoded, let refusals):
            state = .key(isEncoded: !isEncoded, refusals: refusals + 1)
            guard refusals > 0 else { return nil }
            return RemoteFailure(
                .credentials,
                "Iguazio refuses 'access-key' (401); make a new key of the control plane for "
                    + "'\(settings.username ?? "the account")'. \(IguazioPage.said(response))")
        }
    }

    /// The value of the cookie `session` that an answer sets, as it stands there.
    private static func cookie(of response: RemoteResponse) -> String? {
        for header in response.headers where header.name.lowercased() == "set-cookie" {
            let pair = header.value.prefix { $0 != ";" }
            guard pair.hasPrefix("session=") else { continue }
            let value = pair.dropFirst("session=".count)
            return value.isEmpty ? nil : String(value)
        }
        return nil
    }
}
