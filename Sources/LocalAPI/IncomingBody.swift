internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore

/// The body of a request while it arrives.
struct IncomingBody {
    /// Why a body was not read.
    enum Failure: Error, Equatable {
        /// It is, or says it is, longer than allowed.
        case tooLarge
        /// The connection ended in the middle of it.
        case cutOff
    }

    /// What its sender says it has, in bytes; `nil` when it comes in chunks.
    let declaredByteCount: Int?
    /// The type its sender says it has.
    let contentType: String?
    /// Whether nothing of it is left in the connection.
    private(set) var isRead: Bool

    private let channel: any Channel
    private var parts: RequestBody.AsyncIterator

    init(request: Request, channel: any Channel) {
        let isChunked = request.headers[.transferEncoding] != nil
        // NIO has refused a request with a length that is no number, or with both headers.
        let length = request.headers[.contentLength].flatMap { Int($0) }
        declaredByteCount = isChunked ? nil : length ?? 0
        contentType = request.headers[.contentType]
        isRead = declaredByteCount == 0
        self.channel = channel
        parts = request.body.makeAsyncIterator()
    }

    /// Reads all of it.
    ///
    /// - Parameters:
    ///   - limit: largest size in bytes.
    ///   - time: after this the connection is closed.
    mutating func read(limit: Int, within time: Duration) async throws -> [UInt8] {
        if let declaredByteCount, declaredByteCount > limit { throw Failure.tooLarge }
        let deadline = channel.close(after: time)
        defer { deadline.cancel() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(declaredByteCount ?? 0)
        while let part = try await parts.next() {
            guard part.readableBytes <= limit - bytes.count else { throw Failure.tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        // A connection that ends early looks like the end of the body.
        guard channel.isActive, bytes.count == declaredByteCount ?? bytes.count else { throw Failure.cutOff }
        isRead = true
        return bytes
    }

    /// Throws away what is left of it, at most `limit` bytes.
    mutating func discard(upTo limit: Int, within time: Duration) async throws {
        let deadline = channel.close(after: time)
        defer { deadline.cancel() }
        var byteCount = 0
        while byteCount < limit, let part = try await parts.next() { byteCount += part.readableBytes }
    }
}

extension Channel {
    /// Closes the channel after a while, unless the task is cancelled before.
    fileprivate func close(after time: Duration) -> Scheduled<Void> {
        eventLoop.scheduleTask(in: TimeAmount(time)) { self.close(promise: nil) }
    }
}
