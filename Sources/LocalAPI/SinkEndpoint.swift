internal import EventModel
internal import Glibc
internal import Pipeline

/// `POST /v1/sinks/NAME/skip` and `POST /v1/sinks/NAME/replay`, for root and the daemon's own user.
struct SinkEndpoint: Sendable {
    let control: (any SinkControl)?
    let acceptor: any BatchAcceptor
    let maximumBody: Int
    let limits: LocalAPI.Limits
    let clock: any Clock<Duration>
    let now: @Sendable () -> Timestamp
    /// Numeric id of the user that this process runs as.
    let ownUser = geteuid()
    /// One request at a time has its body in memory.
    private let memory = Budget(1)

    init(
        control: (any SinkControl)?, acceptor: any BatchAcceptor, maximumBody: Int, limits: LocalAPI.Limits,
        clock: any Clock<Duration>, now: @escaping @Sendable () -> Timestamp
    ) {
        self.control = control
        self.acceptor = acceptor
        self.maximumBody = maximumBody
        self.limits = limits
        self.clock = clock
        self.now = now
    }

    /// Steps over the next event of a sink.
    func skip(_ sink: String, sender: Sender) async -> Answer {
        if let refusal = refusal(of: sender) { return refusal }
        guard let control else { return Self.unable }
        let user = sender.userName.isEmpty ? sender.userNumber : sender.userName.string
        switch await control.skip(sink: sink, by: user) {
        case .skipped(let event, let number, let filtered):
            let place = number.map { "\($0)" } ?? "null"
            let body = Array(#"{"skipped":"#.utf8) + event + #","quarantine":\#(place),"filtered":\#(filtered)}"#.utf8
            return Answer(status: 200, contentType: "application/json", body: body + [0x0A])
        case .nothingWaits:
            return Answer(status: 200, contentType: "application/json", body: Array("{\"skipped\":null}\n".utf8))
        case .unknown: return await unknown(sink, control)
        case .refusesNothing:
            return .refused(409, "sink '\(sink)' writes a file, which takes every event; nothing is to be stepped over")
        case .busy: return .refused(503, "the sinks are being changed just now; nothing was stepped over")
        case .failed(let reason): return .refused(500, "nothing was stepped over: \(reason)")
        }
    }

    /// Takes events that one sink delivers again; 200 comes after they are on stable storage.
    ///
    /// - Throws: when the connection broke, so that no answer can go out.
    func replay(
        _ sink: String, _ body: inout IncomingBody, sender: Sender, beforeReading: () async throws -> Void
    ) async throws -> Answer {
        if let refusal = refusal(of: sender) { return refusal }
        guard let control else { return Self.unable }
        guard await control.sinkNames().contains(sink) else { return await unknown(sink, control) }
        guard body.declaredByteCount ?? 0 <= maximumBody else { return tooLarge }
        try await memory.take(1)
        defer { memory.giveBack(1) }
        try await beforeReading()
        let bytes: [UInt8]
        do {
            bytes = try await body.read(limit: maximumBody, within: limits.transmission)
        } catch IncomingBody.Failure.tooLarge {
            return tooLarge
        }
        var decoder = ReplayDecoder(maximumEventCount: limits.events, now: now())
        decoder.decode(bytes)
        if let refusal = decoder.refusal { return refusal }
        return await take(decoder.payload, count: decoder.eventCount, for: sink)
    }

    private func take(_ payload: [UInt8], count: Int, for sink: String) async -> Answer {
        let batch = Batch(
            source: Replay.source(for: sink), cursor: nil,
            counts: SourceCounts(read: UInt64(count), accepted: UInt64(count)), payload: payload)
        let (acceptor, clock, limit) = (acceptor, clock, limits.acceptance)
        let ticket: AcceptanceTicket?
        do {
            ticket = try await withThrowingTaskGroup(of: AcceptanceTicket?.self) { group in
                group.addTask {
                    do { return try await acceptor.accept(batch) } catch is CancellationError { return nil }
                }
                group.addTask {
                    try? await clock.sleep(for: limit)
                    return nil
                }
                let first = try await group.next() ?? nil
                group.cancelAll()
                // It may have been taken in the moment in which its time was up.
                if let first { return first }
                return try await group.next() ?? nil
            }
            guard let ticket else {
                return .refused(
                    503, "there was no room for the events (spool.max-size); nothing was written",
                    fields: [("retry-after", "30")])
            }
            try await acceptor.waitUntilDurable(ticket)
        } catch AcceptanceError.tooLarge(let byteCount, let limit) {
            return .refused(413, "the events take \(byteCount) bytes of the spool, over its \(limit): send fewer")
        } catch {
            return .refused(503, "Tributary stops; the events may have been written or not")
        }
        return Answer(status: 200, contentType: "application/json", body: Array("{\"accepted\":\(count)}\n".utf8))
    }

    /// Why whoever sent a request may not do this; `nil` when he may.
    private func refusal(of sender: Sender) -> Answer? {
        // Somebody at an IP address is neither, whatever he has shown.
        if case .process(let user, _, _) = sender.origin, user == 0 || user == ownUser { return nil }
        return .refused(403, "only root and the daemon's own user may do this")
    }

    private func unknown(_ sink: String, _ control: any SinkControl) async -> Answer {
        let names = await control.sinkNames().sorted().joined(separator: ", ")
        return .refused(404, "there is no sink '\(sink)' that runs; there are: \(names)")
    }

    private static let unable = Answer.refused(404, "there are no sinks here")

    private var tooLarge: Answer {
        .refused(413, "the body is over \(maximumBody) bytes (api.maximum-body): send fewer events at a time")
    }
}
