internal import EventModel
internal import Pipeline

/// Asks a remote API once, as `tributary check --connect` does: logs in, and reads until it has seen an event or the
/// end of a round. Hands nothing over.
package struct RemoteProbe: Sendable {
    /// What was found.
    package enum Result: Equatable, Sendable {
        /// It works, and this is there.
        case well(String)
        /// It does not, and this is to be done.
        case failed(String)
    }

    /// Most requests of one probe.
    private static let maximumRequestCount = 40
    /// Difference of the clocks, in seconds, that is worth a word.
    private static let remarkableSkew: Int64 = 60

    private let source: String
    private let transport: any RemoteTransport
    private let clock: RemoteClock

    package init(source: String, transport: any RemoteTransport, clock: RemoteClock = .machine) {
        self.source = source
        self.transport = transport
        self.clock = clock
    }

    /// Probes an API, which begins without a cursor.
    ///
    /// - Throws: `CancellationError`.
    package func run(_ api: some RemoteAPI) async throws -> Result {
        do {
            let result = try await ask(api)
            await transport.close()
            return result
        } catch {
            await transport.close()
            throw error
        }
    }

    private func ask(_ api: some RemoteAPI) async throws -> Result {
        var api = api
        var skew: Int64 = 0
        for _ in 0..<Self.maximumRequestCount {
            guard case .send(let request) = api.next(now: clock.now()) else { break }
            let answer: RemoteAnswer
            do {
                answer = try await transport.send(request)
            } catch let failure as RemoteFailure {
                return .failed(failure.reason)
            }
            let now = clock.now()
            if case .response(let response) = answer, let date = response.header("Date").flatMap(HTTPDate.parse) {
                skew = (date.microseconds - now.microseconds) / 1_000_000
            }
            var page = RemotePage(source: source, observedTime: now)
            switch api.received(answer, now: now, into: &page) {
            case .proceed, .goOn: if page.counts.read > 0 { return .well(api.finding + Self.remark(on: skew)) }
            case .retry(let failure):
                // Some failures say it themselves.
                let remark = failure.reason.contains("clock") ? "" : Self.remark(on: skew)
                return .failed(failure.reason + remark)
            }
        }
        return .well(api.finding + Self.remark(on: skew))
    }

    private static func remark(on skew: Int64) -> String {
        guard abs(skew) > remarkableSkew else { return "" }
        return " (the server's clock is \(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") this machine's; set both)"
    }
}
