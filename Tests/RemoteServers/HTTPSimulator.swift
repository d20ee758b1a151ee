package import NIOCore
package import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
package import Pipeline
internal import Synchronization

/// A request as a simulator sees it.
package struct SimulatedRequest: Sendable {
    package let method: String
    /// Path, percent-decoded.
    package let path: String
    /// The query's parameters in their order, percent-decoded.
    package let query: [(name: String, value: String)]
    package let headers: HTTPHeaders
    package let body: [UInt8]

    /// The values of a parameter.
    package func values(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
    /// The last value of a parameter.
    package func value(_ name: String) -> String? { values(name).last }
}

/// What a simulator answers.
package struct SimulatedResponse: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    package var body: [UInt8]

    /// A good answer.
    package init(_ body: String) { self.init(200, "application/json; charset=utf-8", body) }

    package init(_ status: Int, _ contentType: String, _ body: String) {
        self.status = status
        headers = [("Content-Type", contentType)]
        self.body = Array(body.utf8)
    }
}

/// Trouble that a simulator makes instead of, or with, its answer.
package enum Fault: Sendable {
    /// This answer in place of the right one, which is not even computed.
    case answer(SimulatedResponse)
    /// The connection ends before an answer.
    case reset
    /// The head and half of the body, then the connection ends.
    case resetInBody
    /// The right answer, its body changed: cut, with wrong types.
    case changed(@Sendable ([UInt8]) -> [UInt8])
    /// No answer at all, until the client gives up.
    case silence
    /// The right answer after a while.
    case delay(TimeAmount)

    /// 429 or 503 with `Retry-After`.
    package static func busy(_ status: Int, retryAfter: String) -> Fault {
        var response = SimulatedResponse(status, "text/plain", "busy")
        response.headers.append(("Retry-After", retryAfter))
        return .answer(response)
    }

    /// An error without more.
    package static func error(_ status: Int, _ text: String = "trouble") -> Fault {
        .answer(SimulatedResponse(status, "text/plain", text))
    }

    /// A whole HTTP answer whose JSON is cut in the middle.
    package static var truncated: Fault { .changed { Array($0.prefix($0.count / 2)) } }
}

/// An HTTP server on a port of this machine that the system chooses, for tests. Answers are computed by a closure.
///
/// Call ``stop()`` at the end.
package final class HTTPSimulator: Sendable {
    private struct State {
        var faults: [Fault] = []
        var requests: [SimulatedRequest] = []
    }

    /// Counts the requests, so that a test can wait for one.
    package let requestCount = Watermark(0)
    private let state = Mutex(State())
    private let answer: @Sendable (SimulatedRequest) -> SimulatedResponse
    private let channel: any Channel
    private let scheme: String

    /// - Parameters:
    ///   - tls: how it shows who it is; `nil` for plain HTTP.
    ///   - answer: computes the right answer; called for one request at a time per connection.
    package init(
        tls: ServerTLS? = nil, _ answer: @escaping @Sendable (SimulatedRequest) -> SimulatedResponse
    ) async throws {
        self.answer = answer
        scheme = tls == nil ? "http" : "https"
        let holder = Holder()
        let context = try tls.map { try NIOSSLContext(configuration: $0.configuration()) }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(holder))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        holder.simulator.withLock { $0 = self }
    }

    /// `http://127.0.0.1:PORT`, or the same with `https`.
    package var url: String { "\(scheme)://127.0.0.1:\(port)" }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// The requests that came, in order.
    package var requests: [SimulatedRequest] { state.withLock { $0.requests } }

    /// Makes trouble with the next requests, one fault each, after those that were ordered before.
    package func fail(with faults: [Fault]) { state.withLock { $0.faults += faults } }

    /// Forgets the faults that did not happen yet.
    package func recover() { state.withLock { $0.faults = [] } }

    /// Stops listening.
    package func stop() async { try? await channel.close() }

    fileprivate func received(_ request: SimulatedRequest) -> Fault? {
        let (fault, count) = state.withLock { state in
            state.requests.append(request)
            return (state.faults.isEmpty ? nil : state.faults.removeFirst(), state.requests.count)
        }
        requestCount.advance(to: count)
        return fault
    }

    fileprivate func response(to request: SimulatedRequest) -> SimulatedResponse { answer(request) }

    /// Lets connections find their server, which is made after the socket.
    private final class Holder: Sendable {
        let simulator = Mutex<HTTPSimulator?>(nil)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let holder: Holder
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ holder: Holder) {
            self.holder = holder
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
            case .end:
                guard let head, let simulator = holder.simulator.withLock({ $0 }) else {
                    return context.close(promise: nil)
                }
                respond(to: SimulatedRequest(head, body), simulator, context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func respond(
            to request: SimulatedRequest, _ simulator: HTTPSimulator, _ context: ChannelHandlerContext
        ) {
            switch simulator.received(request) {
            case .none: write(simulator.response(to: request), context)
            case .answer(let response): write(response, context)
            case .reset: context.close(promise: nil)
            case .resetInBody:
                let response = simulator.response(to: request)
                writeHead(response, context)
                writeBody(Array(response.body.prefix(response.body.count / 2)), context)
                context.flush()
                context.close(promise: nil)
            case .changed(let change):
                var response = simulator.response(to: request)
                response.body = change(response.body)
                write(response, context)
            case .silence: break
            case .delay(let amount):
                let response = simulator.response(to: request)
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: amount) { bound.value.0.write(response, bound.value.1) }
            }
        }

        private func write(_ response: SimulatedResponse, _ context: ChannelHandlerContext) {
            writeHead(response, context)
            writeBody(response.body, context)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }

        private func writeHead(_ response: SimulatedResponse, _ context: ChannelHandlerContext) {
            var headers = HTTPHeaders(response.headers)
            headers.add(name: "Content-Length", value: "\(response.body.count)")
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
        }

        private func writeBody(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            guard !bytes.isEmpty else { return }
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }
    }
}

extension SimulatedRequest {
    fileprivate init(_ head: HTTPRequestHead, _ body: [UInt8]) {
        self.init(method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body)
    }

    /// - Parameter uri: path and query, as they are sent.
    package init(method: String, uri: String, headers: HTTPHeaders, body: [UInt8]) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        path = Self.decoded(parts[0], plus: false)
        query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(sides[0], plus: true), sides.count > 1 ? Self.decoded(sides[1], plus: true) : "")
        }
        self.headers = headers
        self.body = body
    }

    private static func decoded(_ text: Substring, plus: Bool) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plus && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
