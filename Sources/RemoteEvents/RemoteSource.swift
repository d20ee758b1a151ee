package import EventModel
package import Logging
package import Normalization
package import Pipeline
internal import Platform

/// A remote API as a source: asks what its ``RemoteAPI`` says, when its ``Poller`` says, and hands over what came.
///
/// One request at a time. A page and the cursor after it are handed over when the page before them is durable, and the
/// next page is fetched meanwhile: what is durable is always a beginning of what was read, and two pages at most are in
/// memory. Before a pause and at the end everything is durable.
package final class RemoteSource<API: RemoteAPI>: EventSource {
    package let name: String
    private let settings: RemoteSettings
    private let transport: any RemoteTransport
    private let clock: RemoteClock
    private let normalizer: Normalizer?
    private let vitals: Vitals
    private let quarantine: (any RecordQuarantine)?
    private let logger: Logger
    private let makeAPI: @Sendable (Cursor?) -> API

    /// - Parameters:
    ///   - name: the configured name.
    ///   - transport: carries the requests.
    ///   - normalizer: says what the API's events are.
    ///   - vitals: told how the source is doing.
    ///   - quarantine: keeps records that cannot be decoded.
    ///   - makeAPI: makes the API, which goes on from a cursor, or begins where its settings say without one.
    package init(
        name: String, settings: RemoteSettings, transport: any RemoteTransport, clock: RemoteClock = .machine,
        normalizer: Normalizer? = nil, vitals: Vitals = Vitals(), quarantine: (any RecordQuarantine)? = nil,
        logger: Logger,
        makeAPI: @escaping @Sendable (Cursor?) -> API
    ) {
        self.name = name
        self.settings = settings
        self.transport = transport
        self.clock = clock
        self.normalizer = normalizer
        self.vitals = vitals
        self.quarantine = quarantine
        self.logger = logger
        self.makeAPI = makeAPI
    }

    package func run(from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor) async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(try await poll(from: cursor, mode: mode, into: acceptor))
        } catch {
            result = .failure(error)
        }
        await transport.close()
        try result.get()
    }

    private func poll(from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor) async throws {
        try await withThrowingTaskGroup(of: Void.self) { storing in
            try await poll(from: cursor, mode: mode, into: acceptor, &storing)
        }
    }

    /// - Parameter storing: holds the one page that is being made durable.
    private func poll(
        from cursor: Cursor?, mode: RunMode, into acceptor: any BatchAcceptor,
        _ storing: inout ThrowingTaskGroup<Void, any Error>
    ) async throws {
        var api = makeAPI(cursor)
        var poller = Poller(pollInterval: settings.pollInterval, mode: mode)
        var handedOver = cursor
        var random = SystemRandomNumberGenerator()
        while true {
            try Task.checkCancellation()
            switch api.next(now: clock.now()) {
            case .wait:
                try await storing.next()
                guard let interval = poller.caughtUp() else { return }
                vitals.caughtUp()
                try await clock.pause(interval)
            case .send(let request):
                let (page, verdict, retryAfter) = try await exchange(request, with: &api)
                try await handOver(page, api.cursor, after: &handedOver, to: acceptor, &storing)
                switch verdict {
                case .proceed:
                    vitals.succeeded()
                    report(poller.answered())
                case .goOn: break
                case .retry(let failure):
                    try await storing.next()
                    vitals.failed(failure.reason)
                    switch poller.failed(failure, retryAfter: retryAfter, using: &random) {
                    case .giveUp: throw RemoteSourceError.cannotRead(source: name, reason: failure.reason)
                    case .retry(let delay, let change):
                        report(change, failure, request, delay)
                        try await clock.pause(delay)
                    }
                }
            }
        }
    }

    /// Sends a request and lets the API decide what its answer means.
    private func exchange(
        _ request: RemoteRequest, with api: inout API
    ) async throws -> (RemotePage, RemoteVerdict, retryAfter: Duration?) {
        do {
            vitals.waits()
            let answer = try await transport.send(request)
            vitals.works()
            let now = clock.now()
            var page = RemotePage(source: name, observedTime: now, normalizer: normalizer)
            let verdict = api.received(answer, now: now, into: &page)
            guard case .response(let response) = answer else { return (page, verdict, nil) }
            return (page, verdict, response.retryAfter(now: now))
        } catch let failure as RemoteFailure {
            return (RemotePage(source: name, observedTime: clock.now()), .retry(failure), nil)
        }
    }

    /// Hands over a page with the cursor after it, unless it moves nothing.
    private func handOver(
        _ page: RemotePage, _ cursor: Cursor, after last: inout Cursor?, to acceptor: any BatchAcceptor,
        _ storing: inout ThrowingTaskGroup<Void, any Error>
    ) async throws {
        for note in page.notes { logger.warning("\(note)", metadata: ["source": "\(name)"]) }
        guard page.counts != SourceCounts() || cursor != last else { return }
        last = cursor
        try await storing.next()
        storing.addTask { [name, quarantine] in
            if !page.rejected.isEmpty, let quarantine {
                // It blocks: not on a thread that other tasks wait for.
                await withTaskExecutorPreference(ThreadExecutor(name: "keep \(name)")) {
                    _ = quarantine.keep(page.rejected)
                }
            }
            let batch = Batch(source: name, cursor: cursor, counts: page.counts, payload: page.payload)
            try await acceptor.accept(batch)
        }
    }

    private func report(_ change: Poller.Report) {
        guard case .recovered(let attempts) = change else { return }
        logger.notice("The server is reachable again after \(attempts) attempts", metadata: ["source": "\(name)"])
    }

    private func report(_ change: Poller.Report, _ failure: RemoteFailure, _ request: RemoteRequest, _ delay: Duration)
    {
        // Nothing of these passes by itself: somebody must act.
        let mustAct = [.credentials, .permission, .address].contains(failure.kind)
        let level: Logger.Level = change == .failing ? (mustAct ? .error : .warning) : .debug
        logger.log(
            level: level, "The server does not give its \(request.purpose) and is asked again: \(failure.reason)",
            metadata: ["source": "\(name)", "delay": "\(delay)"])
    }
}

/// Why a remote source ended.
package enum RemoteSourceError: Error, Equatable, CustomStringConvertible {
    /// A run that should end by itself did not get to the end, however often the server was asked.
    case cannotRead(source: String, reason: String)

    package var description: String {
        switch self {
        case .cannotRead(let source, let reason):
            """
            Cannot read all there is (sources.\(source)): \(reason) The server was asked \
            \(Poller.attemptsOfOneRun) times; what was read until then is in the spool.
            """
        }
    }
}
