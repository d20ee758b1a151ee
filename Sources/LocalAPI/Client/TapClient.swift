internal import AsyncHTTPClient
package import EventModel
internal import EventText
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Looks at what a running daemon accepts, over its socket.
package struct TapClient: Sendable {
    /// The daemon sends something every 15 s; after this without a byte it is gone.
    private static let patience = TimeAmount.seconds(60)
    /// Largest refusal that is read, in bytes.
    private static let maximumRefusalByteCount = 64 << 10

    private let socket: String

    /// - Parameter socket: path of the daemon's socket.
    package init(socket: String) {
        self.socket = socket
    }

    /// Hands over what the daemon sends, in whole lines without their line feeds, until the daemon goes away.
    ///
    /// - Parameters:
    ///   - filter: which events are wanted.
    ///   - take: called with each line that is not blank; `nil` once before all of them, when the daemon has answered.
    /// - Throws: ``TapError``; what `take` throws.
    package func run(_ filter: EventFilter, _ take: ([UInt8]?) async throws -> Void) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(10), read: Self.patience)
        // A missing socket does not appear by trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
        let result: Result<Void, any Error>
        do {
            result = .success(try await run(filter, with: client, take))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        try result.get()
    }

    private func run(
        _ filter: EventFilter, with client: HTTPClient, _ take: ([UInt8]?) async throws -> Void
    ) async throws {
        let query = filter == .all ? "" : "?where=" + percentEncoded(filter.canonicalText.utf8)
        var request = HTTPClientRequest(url: socketURL(socket, "/v1/tap\(query)"))
        request.headers.add(name: "Host", value: "localhost")
        request.headers.add(name: "Connection", value: "close")
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw TapError(connecting: error, to: socket)
        }
        guard response.status == .ok else { throw await Self.refusal(response) }
        try await take(nil)
        var lines = LineSplitter()
        var parts = response.body.makeAsyncIterator()
        while let part = try await Self.next(&parts) {
            for line in lines.append(part.readableBytesView) where !line.isEmpty { try await take(line) }
        }
        throw TapError.ended("it has stopped, or was given new settings")
    }

    private static func next(_ parts: inout HTTPClientResponse.Body.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await parts.next()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw TapError.ended("\(error)")
        }
    }

    private static func refusal(_ response: HTTPClientResponse) async -> TapError {
        let body = try? await response.body.collect(upTo: maximumRefusalByteCount)
        let reason = EventsAnswer(body.map { Array($0.readableBytesView) } ?? []).error
        return switch response.status {
        case .badRequest: .refused(reason)
        case .serviceUnavailable: .busy(reason)
        default: .failed(status: Int(response.status.code), reason)
        }
    }
}

/// Cuts a stream into lines.
struct LineSplitter {
    private var pending: [UInt8] = []

    /// Takes bytes of the stream.
    ///
    /// - Returns: lines that are whole now, without their line feeds.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == 0x0A {
                lines.append(pending)
                pending = []
            } else {
                pending.append(byte)
            }
        }
        return lines
    }
}
