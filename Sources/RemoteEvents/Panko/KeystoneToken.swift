internal import EventModel
internal import EventText
internal import Settings

/// What Keystone says about a token, API v3: the body of the answer to `POST /auth/tokens`.
struct KeystoneToken: Equatable, Sendable {
    /// A way to Panko.
    struct Endpoint: Equatable {
        /// `public`, `internal` or `admin`.
        let interface: String
        /// Id and name of its region.
        let regions: [String]
        let url: String
    }

    /// Why a body says nothing about a token.
    enum Problem: Error, CustomStringConvertible {
        case noJSON(JSONError)
        case missing(String)

        var description: String {
            switch self {
            case .noJSON(let error): "it is no JSON (\(error))"
            case .missing(let member): "it has no '\(member)'"
            }
        }
    }

    /// Least life of a token that is reckoned with: with a shorter one every request would need its own.
    private static let leastLife: Int64 = 10_000_000
    /// Life of a token that does not say how long it lives, in microseconds.
    private static let assumedLife: Int64 = 300_000_000

    /// When the answer came.
    let received: Timestamp
    /// When to ask for another one: after 80 % of its life, by our clock, however wrong that is.
    let renewal: Timestamp
    let projectID: String?
    let projectName: String?
    let userName: String?
    let roles: [String]
    /// Where the catalog has Panko.
    let endpoints: [Endpoint]

    init(parsing text: Span<UInt8>, received: Timestamp) throws(Problem) {
        let body: JSONValue
        do throws(JSONError) {
            body = try JSONParser().parse(text)
        } catch {
            throw .noJSON(error)
        }
        guard let token = body["token"], case .object = token else { throw .missing("token") }
        self.received = received
        renewal = Timestamp(microseconds: received.microseconds + Self.life(of: token, received) * 8 / 10)
        projectID = token["project"]?["id"]?.text
        projectName = token["project"]?["name"]?.text
        userName = token["user"]?["name"]?.text ?? token["user"]?["id"]?.text
        roles = token["roles"]?.items.compactMap { $0["name"]?.text } ?? []
        endpoints =
            token["catalog"]?.items.filter(Self.isPanko).flatMap { $0["endpoints"]?.items ?? [] }
            .compactMap(Endpoint.init) ?? []
    }

    /// In microseconds.
    private static func life(of token: JSONValue, _ received: Timestamp) -> Int64 {
        guard let end = token["expires_at"]?.text.flatMap({ Timestamp(panko: Text($0)) }) else { return assumedLife }
        let start = token["issued_at"]?.text.flatMap { Timestamp(panko: Text($0)) } ?? received
        return max(leastLife, end.microseconds - start.microseconds)
    }

    private static func isPanko(_ service: JSONValue) -> Bool {
        service["type"]?.text == "event" || service["name"]?.text == "panko"
    }
}

extension KeystoneToken.Endpoint {
    init?(_ value: JSONValue) {
        guard let interface = value["interface"]?.text, let url = value["url"]?.text, !url.isEmpty else { return nil }
        self.init(
            interface: interface, regions: ["region", "region_id"].compactMap { value[Text($0)]?.text }, url: url)
    }
}

extension PankoSettings.Credential {
    /// The body of a token request.
    var tokenRequestBody: [UInt8] {
        var body: [UInt8] = []
        switch self {
        case .password(let user, let userDomain, let password, let project, let projectDomain):
            body += Array(#"{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"#.utf8)
            body.append(quoted: user)
            body += Array(#","domain":{"name":"#.utf8)
            body.append(quoted: userDomain)
            body += Array(#"},"password":"#.utf8)
            body.append(quoted: password.reveal())
            body += Array(#"}}},"scope":{"project":{"name":"#.utf8)
            body.append(quoted: project)
            body += Array(#","domain":{"name":"#.utf8)
            body.append(quoted: projectDomain)
            body += Array("}}}}}".utf8)
        case .applicationCredential(let id, let secret):
            body += Array(
                #"{"auth":{"identity":{"methods":["application_credential"],"application_credential":{"id":"#.utf8)
            body.append(quoted: id)
            body += Array(#","secret":"#.utf8)
            body.append(quoted: secret.reveal())
            body += Array("}}}}".utf8)
        }
        return body
    }
}

extension [UInt8] {
    fileprivate mutating func append(quoted text: String) {
        append(quoted: Array(text.utf8))
    }

    /// Appends a JSON string, RFC 8259, section 7.
    fileprivate mutating func append(quoted text: [UInt8]) {
        append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): self += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                self += Array(#"\u00"#.utf8)
                append(hexadecimal: UInt64(byte), digitCount: 2)
            default: append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}

extension JSONValue {
    fileprivate var text: String? {
        guard case .text(let text) = self else { return nil }
        return text.string
    }
}
