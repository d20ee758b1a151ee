internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Carries requests over HTTP/1.1 with TLS: one connection, kept alive between the polls.
///
/// A proxy named in the environment is not used: a daemon goes where its settings say. Redirections are followed
/// within the same server only, as a credential must not leave it.
package actor HTTPTransport: RemoteTransport {
    /// Largest answer that is read, in bytes.
    package static let maximumByteCount = 8 << 20
    /// Most redirections of one request that are followed.
    private static let maximumRedirections = 3

    private let settings: RemoteSettings
    private let userAgent: String
    /// Made at the first request, and anew after trouble with TLS, so that new certificate files are read.
    private var client: HTTPClient?

    /// - Parameter version: of the program, for servers' logs.
    package init(_ settings: RemoteSettings, version: String) {
        self.settings = settings
        userAgent = "tributary/\(version)"
    }

    deinit {
        // A client that is let go without this ends the process.
        client?.shutdown { _ in }
    }

    package func send(_ request: RemoteRequest) async throws -> RemoteAnswer {
        guard let url = RemoteURL(request.url) else {
            throw RemoteFailure(.address, "The server's address is no URL that can be used; correct 'url'.")
        }
        guard settings.allowsPlaintext || !url.isExposed else {
            throw RemoteFailure(
                .address,
                "Credentials would go readable over the network to '\(url.host)'; "
                    + "have it served by https, or set allow-plaintext: true if that is acceptable there.")
        }
        do {
            return try await follow(request, to: url, with: try connectedClient())
        } catch let failure as RemoteFailure {
            throw failure
        } catch {
            try Task.checkCancellation()
            if error is CancellationError { throw error }
            let failure = await HTTPFailure(error, to: url, settings: settings).described()
            if failure.concernsTLS { await close() }
            throw failure.failure
        }
    }

    package func close() async {
        let old = client
        client = nil
        try? await old?.shutdown()
    }

    /// Answers that lead elsewhere on the same server are followed.
    private func follow(
        _ request: RemoteRequest, to url: RemoteURL, with client: HTTPClient
    ) async throws -> RemoteAnswer {
        var target = request.url
        for _ in 0...Self.maximumRedirections {
            let answer = try await exchange(request, url: target, with: client)
            guard case .response(let response) = answer,
                let next = Self.redirection(of: response, request, from: target)
            else { return answer }
            guard let nextURL = RemoteURL(next), nextURL.hasSameOrigin(as: url) else {
                throw RemoteFailure(
                    .address,
                    "'\(url.host)' sends us on to '\(Self.shown(next))', where credentials do not follow; "
                        + "if that is the right server, put its address into 'url'.")
            }
            target = next
        }
        throw RemoteFailure(.address, "'\(url.host)' redirects us in a circle; correct 'url'.")
    }

    private func exchange(_ request: RemoteRequest, url: String, with client: HTTPClient) async throws -> RemoteAnswer {
        var sent = HTTPClientRequest(url: url)
        sent.method = HTTPMethod(rawValue: request.method.rawValue)
        for header in request.headers { sent.headers.add(name: header.name, value: header.value) }
        sent.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        if request.method == .post { sent.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response = try await client.execute(sent, timeout: Self.amount(settings.timeout * 4))
        let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        var body: [UInt8] = []
        guard announced <= Self.maximumByteCount else { return .tooLarge(limit: Self.maximumByteCount) }
        body.reserveCapacity(announced)
        for try await chunk in response.body {
            guard body.count + chunk.readableBytes <= Self.maximumByteCount else {
                return .tooLarge(limit: Self.maximumByteCount)
            }
            body.append(contentsOf: chunk.readableBytesView)
        }
        return .response(
            RemoteResponse(
                status: Int(response.status.code), headers: response.headers.map { RemoteHeader($0.name, $0.value) },
                body: body))
    }

    private func connectedClient() throws -> HTTPClient {
        if let client { return client }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try settings.tlsConfiguration(), redirectConfiguration: .disallow,
            timeout: .init(connect: Self.amount(settings.timeout / 3), read: Self.amount(settings.timeout)), proxy: nil)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        // The poller tries again; the first reason is the one that helps.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = max(.seconds(60), Self.amount(settings.pollInterval + .seconds(5)))
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
        self.client = client
        return client
    }

    /// Where an answer sends us; `nil` when it is to be taken as it is.
    private static func redirection(of response: RemoteResponse, _ request: RemoteRequest, from url: String) -> String?
    {
        // A body is sent again only where the standard says so (RFC 9110, section 15.4).
        let followed = request.method == .get ? [301, 302, 303, 307, 308] : [307, 308]
        guard followed.contains(response.status), let location = response.header("Location"), !location.isEmpty,
            let base = RemoteURL(url)
        else { return nil }
        if location.contains("://") { return location }
        if location.hasPrefix("//") { return base.scheme.rawValue + ":" + location }
        let root = String(base.text.dropLast(base.path.utf8.count))
        if location.hasPrefix("/") { return root + location }
        let folder = base.path.prefix { $0 != "?" }
        return root + (folder.lastIndex(of: "/").map { folder[...$0] } ?? "/") + location
    }

    /// A server's text for a message: at most 200 characters of ASCII without a query, which may hold secrets.
    private static func shown(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix { $0 != "?" && $0 != "#" }.prefix(200).map {
                0x20..<0x7F ~= $0.value ? Character($0) : "?"
            })
    }

    private static func amount(_ duration: Duration) -> TimeAmount {
        let (seconds, attoseconds) = duration.components
        return .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
