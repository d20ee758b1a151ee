internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore

/// One request and its answer.
struct Exchange: Sendable {
    /// Thrown to end a connection whose request was answered without being read.
    private struct Unread: Error {}

    /// Most bytes of an unread body that are thrown away, so that its sender gets to read the answer.
    private static let maximumDiscardedByteCount = 32 << 20

    let request: Request
    let sender: Sender
    let channel: any Channel
    let events: EventsEndpoint
    let status: StatusEndpoint
    let sinks: SinkEndpoint
    let limits: LocalAPI.Limits

    /// Answers the request.
    ///
    /// - Throws: when the connection must end.
    func respond(_ writer: consuming ResponseWriter) async throws {
        var body = IncomingBody(request: request, channel: channel)
        let answer = try await answer(&body, writer)
        let isRead = body.isRead
        try await writer.write(response: head(of: answer, endsConnection: !isRead), body: content(of: answer))
        guard !isRead else { return }
        try await body.discard(upTo: Self.maximumDiscardedByteCount, within: limits.transmission)
        throw Unread()
    }

    private func answer(_ body: inout IncomingBody, _ writer: borrowing ResponseWriter) async throws -> Answer {
        switch Route(method: request.method.rawValue, target: request.head.path ?? "") {
        case .createEvents:
            try await events.answer(&body, sender: sender) { try await invite(writer) }
        case .skip(let sink): await sinks.skip(sink, sender: sender)
        case .replay(let sink):
            try await sinks.replay(sink, &body, sender: sender) { try await invite(writer) }
        case .health: await status.health()
        case .status: await status.status()
        case .metrics: await status.metrics()
        case .unknown: .refused(404, "there is no such path; events go to POST /v1/events")
        case .wrongMethod(let allow):
            .refused(405, "this path takes only \(allow)", fields: [("allow", allow)])
        }
    }

    /// Says that the body may come, to a client that waits for that.
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
