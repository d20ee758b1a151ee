internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import NIOSSL

/// One request and its answer.
struct Exchange: Sendable {
    /// Thrown to end a connection whose request was answered without being read.
    private struct Unread: Error {}

    /// Most bytes of an unread body that are thrown away, so that its sender gets to read the answer.
    private static let maximumDiscardedByteCount = 32 << 20

    /// What becomes of a request.
    private enum Reply {
        case answer(Answer)
        case stream(TapStream)
    }

    let request: Request
    let sender: Sender
    let channel: any Channel
    let events: EventsEndpoint
    let tap: TapEndpoint
    let status: StatusEndpoint
    let sinks: SinkEndpoint
    /// Who is let in; `nil` on the Unix socket, whose mode says that.
    let doorkeeper: Doorkeeper?
    let limits: LocalAPI.Limits

    /// Answers the request.
    ///
    /// - Throws: when the connection must end.
    func respond(_ writer: consuming ResponseWriter) async throws {
        var body = IncomingBody(request: request, channel: channel)
        let answer: Answer
        switch try await reply(&body, writer) {
        case .stream(let tap): return try await tap.run(writer)
        case .answer(let complete): answer = complete
        }
        let isRead = body.isRead
        try await writer.write(response: head(of: answer, endsConnection: !isRead), body: content(of: answer))
        guard !isRead else { return }
        try await body.discard(upTo: Self.maximumDiscardedByteCount, within: limits.transmission)
        throw Unread()
    }

    private func reply(_ body: inout IncomingBody, _ writer: borrowing ResponseWriter) async throws -> Reply {
        let target = request.head.path ?? ""
        let form = EventForm(target: target)
        let route = Route(method: request.method.rawValue, target: target)
        let credentials = Credentials(
            authorization: request.headers[.authorization], cookie: request.headers[.cookie])
        guard await isAdmitted(credentials) || route == .openIguazioSession else { return .answer(refused(form)) }
        if route == .tap {
            switch await tap.open(target) {
            case .stream(let stream): return .stream(stream)
            case .refused(let answer): return .answer(answer)
            }
        }
        return .answer(try await answer(route, form, credentials, &body, writer))
    }

    private func answer(
        _ route: Route, _ form: EventForm, _ credentials: Credentials, _ body: inout IncomingBody,
        _ writer: borrowing ResponseWriter
    ) async throws -> Answer {
        switch route {
        case .createEvents, .createMoabEvent, .createIguazioEvent:
            var sender = sender
            sender.claimedName = credentials.name
            return try await events.answer(&body, form: form, sender: sender) { try await invite(writer) }
        case .skip(let sink): return await sinks.skip(sink, sender: sender)
        case .replay(let sink):
            return try await sinks.replay(sink, &body, sender: sender) { try await invite(writer) }
        case .health: return await status.health()
        case .status: return await status.status()
        case .metrics: return await status.metrics()
        case .openIguazioSession: return try await openSession(credentials, &body, writer)
        case .verifyIguazioSession: return IguazioSession.verified(credentials.name)
        case .iguazioVersion: return IguazioSession.version
        case .wrongMoabVersion:
            return form.refused(400, "api-version=3 is required: POST /mws/rest/events?api-version=3")
        case .tap, .unknown:  // Taps were opened before.
            return form.refused(404, "there is no such path; events go to POST /v1/events")
        case .wrongMethod(let allow):
            let problem = allow.isEmpty ? "events cannot be changed" : "this path takes only \(allow)"
            return form.refused(405, problem, fields: [("allow", allow)])
        }
    }

    /// Whether the request is let in: over the Unix socket each is.
    private func isAdmitted(_ credentials: Credentials) async -> Bool {
        guard let doorkeeper else { return true }
        if doorkeeper.admits(credentials) { return true }
        // TLS has refused certificates of other authorities.
        return (try? await channel.nioSSL_peerCertificate().get()) != nil
    }

    private func refused(_ form: EventForm) -> Answer {
        if case .address(let address) = sender.origin { doorkeeper?.refused(address) }
        return form.refused(
            401,
            "show the token: 'Authorization: Bearer TOKEN', the access key of an Iguazio client, or the password of "
                + "Basic authentication", fields: [Doorkeeper.challenge])
    }

    /// Logs in as Iguazio's client does.
    private func openSession(
        _ credentials: Credentials, _ body: inout IncomingBody, _ writer: borrowing ResponseWriter
    ) async throws -> Answer {
        let bytes: [UInt8]
        do {
            try await invite(writer)
            bytes = try await body.read(limit: IguazioSession.maximumByteCount, within: limits.transmission)
        } catch IncomingBody.Failure.tooLarge {
            return EventForm.iguazio.refused(413, "a login has at most \(IguazioSession.maximumByteCount) bytes")
        }
        guard let login = IguazioSession.Login(bytes) else {
            return EventForm.iguazio.refused(400, "a login must have data.attributes with username and password")
        }
        if let doorkeeper, !doorkeeper.admits(login), await !isAdmitted(credentials) {
            return refused(.iguazio)
        }
        return IguazioSession.opened(login)
    }

    /// Asks for the body, where the client waits for that.
    private func invite(_ writer: borrowing ResponseWriter) async throws {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return }
        try await writer.writeInformationalHead(HTTPResponse(status: .continue))
    }

    private func head(of answer: Answer, endsConnection: Bool) -> HTTPResponse {
        var response = HTTPResponse(status: HTTPResponse.Status(code: answer.status))
        response.headerFields[.contentType] = answer.contentType
        response.headerFields[.contentLength] = "\(answer.body.count)"
        for field in answer.fields {
            if let name = HTTPField.Name(field.name) { response.headerFields[name] = field.value }
        }
        if endsConnection { response.headerFields[.connection] = "close" }
        return response
    }

    private func content(of answer: Answer) -> ResponseBody {
        request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
    }
}
