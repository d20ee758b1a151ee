internal import EventModel
internal import EventText
internal import Settings

/// Being logged in to OpenStack: a token, and where Panko is. Decides; performs no I/O.
///
/// A token is asked for when there is none, when 80 % of its life is over, and once when Panko refuses one that it took
/// before. Token requests are Keystone's API v3, `POST /auth/tokens`; the token is a header of the answer.
struct KeystoneSession: Sendable {
    /// What to do to be logged in.
    enum Step: Equatable {
        case ready(Access)
        case send(RemoteRequest)
    }

    /// What a request to Panko needs.
    struct Access: Equatable {
        let token: Secret
        /// Without a version and without a slash at the end.
        let url: String
    }

    private enum State {
        /// Not logged in. Next: `active`.
        case none
        /// Logged in. Next: `none`, `active`.
        case active(KeystoneToken, Access, isProven: Bool)
    }

    /// A fresh token that Panko refuses is used for so long before another is asked for: the fault is then Panko's, and
    /// asking Keystone each time would look like an attack.
    static let refusedTokenLife = Duration.seconds(600)

    private let settings: PankoSettings
    private var state = State.none

    init(settings: PankoSettings) {
        self.settings = settings
    }

    /// What is known of the account; `nil` before the first token.
    var token: KeystoneToken? {
        guard case .active(let token, _, _) = state else { return nil }
        return token
    }

    mutating func step(now: Timestamp) -> Step {
        guard case .active(let token, let access, _) = state, now < token.renewal else { return .send(tokenRequest) }
        return .ready(access)
    }

    /// Panko took the token.
    mutating func accepted() {
        guard case .active(let token, let access, isProven: false) = state else { return }
        state = .active(token, access, isProven: true)
    }

    /// Panko refused the token.
    ///
    /// - Returns: whether another one is worth asking for at once.
    mutating func refused(now: Timestamp) -> Bool {
        guard case .active(let token, _, let isProven) = state else { return true }
        guard isProven || now >= token.received.advanced(by: Self.refusedTokenLife) else { return false }
        state = .none
        return true
    }

    /// Takes the answer to a token request.
    ///
    /// - Returns: why we are not logged in; `nil` when we are.
    mutating func received(_ response: RemoteResponse, now: Timestamp) -> RemoteFailure? {
        guard (200...201).contains(response.status) else { return failure(PankoFault(response)) }
        guard let value = response.header("X-Subject-Token"), !value.isEmpty else {
            return unreadable("it has no header X-Subject-Token")
        }
        do throws(KeystoneToken.Problem) {
            let token = try KeystoneToken(parsing: response.body.span, received: now)
            guard token.projectID != nil else {
                return RemoteFailure(
                    .permission,
                    "Keystone's token is not for a project, and Panko gives events only within one. "
                        + "Set auth.project to a project in which the account has a role.")
            }
            switch panko(of: token) {
            case .success(let url):
                state = .active(token, Access(token: Secret(Array(value.utf8)), url: url), isProven: false)
                return nil
            case .failure(let failure): return failure
            }
        } catch {
            return unreadable(error.description)
        }
    }
}

extension KeystoneSession {
    private var tokenRequest: RemoteRequest {
        RemoteRequest(
            .post, url: settings.identityURL + "/auth/tokens",
            headers: [RemoteHeader("Content-Type", "application/json"), RemoteHeader("Accept", "application/json")],
            body: settings.credential.tokenRequestBody, purpose: "token")
    }

    /// Where Panko is: what the settings say, else the catalog.
    private func panko(of token: KeystoneToken) -> Result<String, RemoteFailure> {
        guard settings.remote.url.isEmpty else { return .success(settings.remote.url) }
        let word = settings.interface.rawValue
        let offered = token.endpoints.filter { $0.interface == word }
        guard let endpoint = offered.first(where: { settings.region.map($0.regions.contains) ?? true })
        else {
            return .failure(RemoteFailure(.address, notInCatalog(token.endpoints)))
        }
        let text = PankoSettings.withoutVersion(endpoint.url)
        guard let url = RemoteURL(text), !url.hasQuery, !url.hasUserInformation else {
            return .failure(
                RemoteFailure(
                    .address,
                    "Keystone's catalog has an address for Panko that cannot be used, '\(text.prefix(200))'. "
                        + "Have it corrected, or set url."))
        }
        guard settings.remote.allowsPlaintext || !url.isExposed else {
            return .failure(
                RemoteFailure(
                    .address,
                    "Keystone's catalog has Panko at \(url.text), where the token would be readable on the network. "
                        + "Set url to an https:// address, interface to another one, or allow-plaintext: true."))
        }
        return .success(url.text)
    }

    private func notInCatalog(_ endpoints: [KeystoneToken.Endpoint]) -> String {
        guard !endpoints.isEmpty else {
            return "Keystone's catalog has no service of type 'event', so that Panko's address is not known. Set url."
        }
        let known = Set(endpoints.map { "\($0.interface) in \($0.regions.first ?? "no region")" }).sorted()
        let wanted = settings.region.map { " in region '\($0)'" } ?? ""
        return "Keystone's catalog has no \(settings.interface.rawValue) endpoint of Panko\(wanted), but: "
            + "\(known.prefix(10).joined(separator: ", ")). Set region or interface to one of these, or set url."
    }

    private func failure(_ fault: PankoFault) -> RemoteFailure {
        let url = settings.identityURL
        switch fault.status {
        case 401:
            let keys: String
            switch settings.credential {
            case .password: keys = "auth.username, auth.user-domain, auth.password and auth.project"
            case .applicationCredential: keys = "auth.application-credential-id and auth.application-credential-secret"
            }
            return RemoteFailure(
                .credentials,
                "Keystone at \(url) refuses the login (\(fault.description)). Check \(keys); "
                    + "it is tried again slowly, as clouds lock accounts.")
        case 403:
            return RemoteFailure(
                .permission, "Keystone at \(url) forbids the login (\(fault.description)). Check the account's roles.")
        case 300, 404, 405:
            return RemoteFailure(
                .address, "There is no Keystone v3 at \(url) (\(fault.description)). Check auth.url.")
        case 429, 503:
            return RemoteFailure(.throttled, "Keystone at \(url) asks for patience (\(fault.description)).")
        case 500...: return RemoteFailure(.server, "Keystone at \(url) is in trouble (\(fault.description)).")
        default:
            return RemoteFailure(
                .unreadable, "Keystone at \(url) does not take the login (\(fault.description)). Check auth.")
        }
    }

    private func unreadable(_ problem: String) -> RemoteFailure {
        RemoteFailure(
            .unreadable,
            "What \(settings.identityURL) answers to a login is no token of Keystone v3: \(problem). Check auth.url.")
    }
}

extension Timestamp {
    /// The moment so much later.
    func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
