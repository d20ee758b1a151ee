internal import EventModel
internal import Pipeline
internal import Platform

/// Looks whether a remote API can be used: logs in and reads, and keeps nothing.
package struct RemoteProbe {
    /// Most requests: some to log in, and one for each stream.
    private static let maximumRequestCount = 12

    /// Asks until there is an event or nothing more to ask for.
    ///
    /// - Returns: what was found, in a sentence without secrets.
    /// - Throws: ``RemoteFailure``; `CancellationError`.
    package static func run(_ api: some RemoteAPI, name: String, over transport: any RemoteTransport) async throws
        -> String
    {
        var api = api
        for _ in 0..<maximumRequestCount {
            let now = Timestamp(microseconds: LocalTime.now())
            guard case .send(let request) = api.next(now: now) else { break }
            let answer = try await transport.send(request)
            var page = RemotePage(source: name, observedTime: now)
            if case .retry(let failure) = api.received(answer, now: now, into: &page) {
                await transport.close()
                throw failure
            }
            if page.counts.accepted > 0 { break }
        }
        await transport.close()
        return api.finding
    }
}
