import NIOHTTP1
import RemoteServers
import Synchronization

@testable import RemoteEvents

/// Carries requests to a simulator without a network, for tests with many of them.
final class SimulatedTransport: RemoteTransport {
    private let answer: @Sendable (SimulatedRequest) -> SimulatedResponse
    private let faults = Mutex([RemoteFailure?]())
    private let sent = Mutex([SimulatedRequest]())

    init(_ answer: @escaping @Sendable (SimulatedRequest) -> SimulatedResponse) {
        self.answer = answer
    }

    /// The requests so far.
    var requests: [SimulatedRequest] { sent.withLock { $0 } }

    /// Lets the next requests fail without an answer; `nil` lets one pass.
    func fail(with failures: [RemoteFailure?]) { faults.withLock { $0 += failures } }

    func send(_ request: RemoteRequest) async throws -> RemoteAnswer {
        try Task.checkCancellation()
        let failure = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let failure { throw failure }
        var headers = HTTPHeaders(request.headers.map { ($0.name, $0.value) })
        headers.add(name: "User-Agent", value: "tributary/test")
        guard let url = RemoteURL(request.url) else { throw RemoteFailure(.address, "no URL") }
        let simulated = SimulatedRequest(
            method: request.method.rawValue, uri: url.path, headers: headers, body: request.body)
        sent.withLock { $0.append(simulated) }
        let response = answer(simulated)
        guard response.body.count <= HTTPTransport.maximumByteCount else {
            return .tooLarge(limit: HTTPTransport.maximumByteCount)
        }
        return .response(
            RemoteResponse(
                status: response.status, headers: response.headers.map { RemoteHeader($0.0, $0.1) },
                body: response.body))
    }

    func close() async {}
}
