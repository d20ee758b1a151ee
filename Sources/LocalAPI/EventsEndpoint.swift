internal import EventModel
internal import Pipeline

/// `POST /v1/events`: takes events, all or none.
struct EventsEndpoint: Sendable {
    let acceptor: any BatchAcceptor
    let mapping: ManualMapping
    let maximumBody: Int
    let limits: LocalAPI.Limits
    let clock: any Clock<Duration>
    let newID: @Sendable () -> EventID
    let now: @Sendable () -> Timestamp
    /// Bytes of large bodies that are in memory: one of the largest size, or several smaller ones.
    private let largeBodies: Budget

    init(
        acceptor: any BatchAcceptor, mapping: ManualMapping, maximumBody: Int, limits: LocalAPI.Limits,
        clock: any Clock<Duration>, newID: @escaping @Sendable () -> EventID, now: @escaping @Sendable () -> Timestamp
    ) {
        self.acceptor = acceptor
        self.mapping = mapping
        self.maximumBody = maximumBody
        self.limits = limits
        self.clock = clock
        self.newID = newID
        self.now = now
        largeBodies = Budget(maximumBody)
    }

    /// Answers a request; 201 comes after the events are on stable storage.
    ///
    /// - Parameter beforeReading: called when the body is about to be read.
    /// - Throws: when the connection broke, so that no answer can go out.
    func answer(
        _ body: inout IncomingBody, sender: Sender, beforeReading: () async throws -> Void
    ) async throws -> Answer {
        guard holdsEvents(contentType: body.contentType) else {
            let type = body.contentType ?? ""
            return .refused(415, "Content-Type is '\(type)', and must be application/json or application/x-ndjson")
        }
        switch try await take(&body, sender: sender, beforeReading: beforeReading) {
        case .refused(let answer): return answer
        case .taken(let ids, let position): return await answer(ids, whenDurable: position)
        }
    }

    /// What became of a request's events.
    private enum Outcome {
        case refused(Answer)
        case taken([EventID], AcceptanceTicket)
    }

    /// Reads the body and hands its events over; a large one only when there is room in memory.
    private func take(
        _ body: inout IncomingBody, sender: Sender, beforeReading: () async throws -> Void
    ) async throws -> Outcome {
        let byteCount = body.declaredByteCount ?? maximumBody
        guard byteCount <= maximumBody else { return .refused(tooLarge) }
        let share = byteCount > limits.smallBody ? byteCount : 0
        if share > 0 { try await largeBodies.take(share) }
        defer { if share > 0 { largeBodies.giveBack(share) } }
        try await beforeReading()
        let bytes: [UInt8]
        do {
            bytes = try await body.read(limit: maximumBody, within: limits.transmission)
        } catch IncomingBody.Failure.tooLarge {
            return .refused(tooLarge)
        }
        return try await take(bytes, sender: sender)
    }

    private func take(_ bytes: consuming [UInt8], sender: Sender) async throws -> Outcome {
        var decoder = EventsDecoder(
            mapping: mapping, sender: sender, maximumEventCount: limits.events, now: now(), newID: newID)
        decoder.decode(bytes)
        if let refusal = decoder.refusal { return .refused(refusal) }
        let ids = decoder.ids
        let count = UInt64(ids.count)
        let batch = Batch(
            source: LocalAPI.sourceName, cursor: nil, counts: SourceCounts(read: count, accepted: count),
            payload: decoder.takePayload())
        do {
            guard let position = try await accept(batch) else { return .refused(Task.isCancelled ? stopping : busy) }
            return .taken(ids, position)
        } catch let error as AcceptanceError {
            return .refused(refusal(for: error))
        }
    }

    /// Hands a batch over.
    ///
    /// - Returns: `nil` when the spool had no room for it in time.
    private func accept(_ batch: Batch) async throws -> AcceptanceTicket? {
        try await withThrowingTaskGroup(of: AcceptanceTicket?.self) { group in
            group.addTask {
                do { return try await acceptor.accept(batch) } catch is CancellationError { return nil }
            }
            group.addTask {
                try? await clock.sleep(for: limits.acceptance)
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            // The batch may have been taken in the moment in which its time was up.
            if let first { return first }
            return try await group.next() ?? nil
        }
    }

    private func answer(_ ids: [EventID], whenDurable ticket: AcceptanceTicket) async -> Answer {
        do {
            try await acceptor.waitUntilDurable(ticket)
            return .created(ids)
        } catch {
            return .refused(
                503,
                "Tributary stops; the events may have been written or not. Look for their ids before sending again.")
        }
    }

    private func refusal(for error: AcceptanceError) -> Answer {
        switch error {
        case .tooLarge(let byteCount, let limit):
            .refused(413, "the events take \(byteCount) bytes of the spool, over its \(limit): send fewer at a time")
        case .stopped: stopping
        }
    }

    private var tooLarge: Answer {
        .refused(413, "the body is over \(maximumBody) bytes (api.maximum-body): send fewer events at a time")
    }

    private var busy: Answer {
        let seconds = limits.acceptance.components.seconds
        return .refused(
            503, "the spool had no room for the events within \(seconds) s (spool.max-size); nothing was written",
            fields: [("retry-after", "30")])
    }

    private var stopping: Answer {
        .refused(503, "Tributary stops; nothing was written", fields: [("retry-after", "5")])
    }
}
