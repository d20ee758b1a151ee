internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
package import Pipeline

/// Sends events to a running daemon over its socket.
///
/// A request that was sent is never repeated: the daemon could have written it already.
package struct EventsClient: Sendable {
    /// How long an answer may take. The daemon itself gives up after 30 s when its spool has no room.
    private static let patience = TimeAmount.seconds(120)
    /// Largest answer, in bytes: the ids of 100,000 events take 3.5 MB.
    private static let maximumAnswerByteCount = 16 << 20

    private let socket: String

    /// - Parameter socket: path of the daemon's socket.
    package init(socket: String) {
        self.socket = socket
    }

    /// Sends a body of events and waits until they are on stable storage.
    ///
    /// - Returns: the events' ids, in their order.
    package func post(_ body: [UInt8], contentType: String = "application/json") async throws(EmitError) -> [String] {
        let (status, answer) = try await exchange(body, path: "/v1/events", contentType: contentType)
        let reading = EventsAnswer(answer)
        switch status {
        case 201:
            guard let ids = reading.ids else { throw .noAnswer("the daemon's answer was not understood") }
            return ids
        case 400, 413, 415: throw .refused(reading.error, problems: reading.problems)
        case 503: throw .busy(reading.error)
        default: throw .failed(status: status, reading.error)
        }
    }

    /// Asks the daemon how it is doing.
    package func status() async throws(EmitError) -> StatusReport {
        let (status, answer) = try await exchange { HTTPClientRequest(url: "\($0)/v1/status") }
        guard status == 200 else { throw .failed(status: status, EventsAnswer(answer).error) }
        do {
            return try StatusReport(json: answer)
        } catch {
            throw .noAnswer("the daemon's answer was not understood: \(error)")
        }
    }

    /// Posts a body.
    ///
    /// - Returns: status and body of the answer.
    func exchange(_ body: [UInt8], path: String, contentType: String) async throws(EmitError) -> (Int, [UInt8]) {
        try await exchange { address in
            var request = HTTPClientRequest(url: address + path)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
            return request
        }
    }

    /// - Parameter request: makes the request, from the address of the daemon.
    private func exchange(_ request: (String) -> HTTPClientRequest) async throws(EmitError) -> (Int, [UInt8]) {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(10)
        // A missing socket does not appear by trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
        let result: Result<(Int, [UInt8]), any Error>
        do {
            result = .success(try await send(request(socketURL(socket, "")), with: client))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        do {
            return try result.get()
        } catch {
            throw emitError(for: error)
        }
    }

    private func send(_ request: HTTPClientRequest, with client: HTTPClient) async throws -> (Int, [UInt8]) {
        var request = request
        request.headers.add(name: "Host", value: "localhost")
        request.headers.add(name: "Connection", value: "close")
        let response = try await client.execute(request, deadline: .now() + Self.patience)
        let answer = try await response.body.collect(upTo: Self.maximumAnswerByteCount)
        return (Int(response.status.code), Array(answer.readableBytesView))
    }

    private func emitError(for error: any Error) -> EmitError {
        switch error {
        case let error as IOError:
            switch error.errnoCode {
            case ENOENT, ENOTDIR: .noSocket(socket)
            case ECONNREFUSED: .nobodyListens(socket)
            case EACCES, EPERM: .notPermitted(socket)
            case EAGAIN: .busy("the daemon has too many clients; nothing was written")
            default: .noAnswer("\(error)")
            }
        case is SocketAddressError: .noSocket(socket)
        default: .noAnswer("\(error)")
        }
    }
}
