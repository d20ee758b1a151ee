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
    /// Bytes that requests may take in memory beyond their small bodies, from reading them to their answer.
    private let memory: Budget

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
        memory = Budget(maximumBody)
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
        guard let byteCount = body.declaredByteCount, byteCount <= limits.smallBody else {
            guard body.declaredByteCount ?? 0 <= maximumBody else { return tooLarge }
            // Alone, as what becomes of it can take several times its size.
            return try await holding(maximumBody) {
                try await beforeReading()
                return try await read(&body) { await take($0, sender: sender) }
            }
        }
        try await beforeReading()
        return try await read(&body) { bytes in
            let share = Self.byteCountInMemory(of: bytes)
            guard share > limits.smallBody else { return await take(bytes, sender: sender) }
            return try await holding(min(share, maximumBody)) { await take(bytes, sender: sender) }
        }
    }

    /// What a body's events take at most, in bytes: an event of nothing has 75 in the spool's form, its id 16, and
    /// 35 in the answer, and arrays grow by doubling.
    private static func byteCountInMemory(of bytes: [UInt8]) -> Int {
        bytes.count { $0 == UInt8(ascii: "{") } * 256
    }

    /// Runs `body` when there is room for `byteCount` bytes; when there is none in time, the answer says so.
    private func holding(_ byteCount: Int, _ body: () async throws -> Answer) async throws -> Answer {
        let memory = memory
        guard try await inTime({ try await memory.take(byteCount) }) != nil else { return busy }
        defer { memory.giveBack(byteCount) }
        return try await body()
    }

    private func read(
        _ body: inout IncomingBody, _ take: ([UInt8]) async throws -> Answer
    ) async throws -> Answer {
        let bytes: [UInt8]
        do {
            bytes = try await body.read(limit: maximumBody, within: limits.transmission)
        } catch IncomingBody.Failure.tooLarge {
            return tooLarge
        }
        return try await take(bytes)
    }

    /// Takes the events of a body and waits until they are on stable storage.
    private func take(_ bytes: [UInt8], sender: Sender) async -> Answer {
        var decoder = EventsDecoder(
            mapping: mapping, sender: sender, maximumEventCount: limits.events, now: now(), newID: newID)
        decoder.decode(bytes)
        if let refusal = decoder.refusal { return refusal }
        let ids = decoder.ids
        let count = UInt64(ids.count)
        let batch = Batch(
            source: LocalAPI.sourceName, cursor: nil, counts: SourceCounts(read: count, accepted: count),
            payload: decoder.takePayload())
        let acceptor = acceptor
        do {
            guard let position = try await inTime({ try await acceptor.accept(batch) }) else { return busy }
            return await answer(ids, whenDurable: position)
        } catch {
            return refusal(for: error)
        }
    }

    /// Does something that may wait, for at most ``LocalAPI/Limits/acceptance``.
    ///
    /// - Returns: `nil` when the time was up or the task is cancelled, and nothing was done.
    private func inTime<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result?
    {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                do { return try await body() } catch is CancellationError { return nil }
            }
            group.addTask {
                try? await clock.sleep(for: limits.acceptance)
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            // It may have been done in the moment in which its time was up.
            if let first { return first }
            return try await group.next() ?? nil
        }
    }

    private func answer(_ ids: [EventID], whenDurable position: AcceptanceTicket) async -> Answer {
        do {
            try await acceptor.waitUntilDurable(position)
            return .created(ids)
        } catch {
            return .refused(
                503,
                "Tributary stops; the events may have been written or not. Look for their ids before sending again.")
        }
    }

    private func refusal(for error: any Error) -> Answer {
        switch error as? AcceptanceError {
        case .tooLarge(let byteCount, let limit):
            .refused(413, "the events take \(byteCount) bytes of the spool, over its \(limit): send fewer at a time")
        case .stopped: stopping
        case nil: .refused(503, "the spool does not take events: \(error)", fields: [("retry-after", "30")])
        }
    }

    private var tooLarge: Answer {
        .refused(413, "the body is over \(maximumBody) bytes (api.maximum-body): send fewer events at a time")
    }

    private var busy: Answer {
        guard !Task.isCancelled else { return stopping }
        let seconds = limits.acceptance.components.seconds
        return .refused(
            503, "there was no room for the events within \(seconds) s (spool.max-size); nothing was written",
            fields: [("retry-after", "30")])
    }

    private var stopping: Answer {
        .refused(503, "Tributary stops; nothing was written", fields: [("retry-after", "5")])
    }
}
