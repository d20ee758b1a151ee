internal import EventModel
internal import Pipeline

/// Takes events of a request in any form, all or none.
struct EventsEndpoint: Sendable {
    let acceptor: any BatchAcceptor
    let decoder: BodyDecoder
    let maximumBody: Int
    let limits: LocalAPI.Limits
    let clock: any Clock<Duration>
    /// Bytes that requests may take in memory beyond their small bodies, from reading them to their answer.
    private let memory: Budget

    init(
        acceptor: any BatchAcceptor, decoder: BodyDecoder, maximumBody: Int, limits: LocalAPI.Limits,
        clock: any Clock<Duration>
    ) {
        self.acceptor = acceptor
        self.decoder = decoder
        self.maximumBody = maximumBody
        self.limits = limits
        self.clock = clock
        memory = Budget(maximumBody)
    }

    /// Answers a request; 201 comes after the events are on stable storage.
    ///
    /// - Parameter beforeReading: called when the body is about to be read.
    /// - Throws: when the connection broke, so that no answer can go out.
    func answer(
        _ body: inout IncomingBody, form: EventForm, sender: Sender, beforeReading: () async throws -> Void
    ) async throws -> Answer {
        guard holdsEvents(contentType: body.contentType) else {
            let type = body.contentType ?? ""
            return form.refused(
                415, "Content-Type is '\(type)', and must be application/json or application/x-ndjson")
        }
        guard let byteCount = body.declaredByteCount, byteCount <= limits.smallBody else {
            guard body.declaredByteCount ?? 0 <= maximumBody else { return tooLarge(form) }
            // Alone, as what becomes of it can take several times its size.
            return try await holding(maximumBody, form) {
                try await beforeReading()
                return try await read(&body, form) { await take($0, form, sender) }
            }
        }
        try await beforeReading()
        return try await read(&body, form) { bytes in
            let share = Self.byteCountInMemory(of: bytes)
            guard share > limits.smallBody else { return await take(bytes, form, sender) }
            return try await holding(min(share, maximumBody), form) { await take(bytes, form, sender) }
        }
    }

    /// What a body's events take at most, in bytes: an event of nothing has 75 in the spool's form, its id 16, and
    /// 35 in the answer, and arrays grow by doubling.
    private static func byteCountInMemory(of bytes: [UInt8]) -> Int {
        bytes.count { $0 == UInt8(ascii: "{") } * 256
    }

    /// Runs `body` when there is room for `byteCount` bytes; when there is none in time, the answer says so.
    private func holding(
        _ byteCount: Int, _ form: EventForm, _ body: () async throws -> Answer
    ) async throws -> Answer {
        let memory = memory
        guard try await inTime({ try await memory.take(byteCount) }) != nil else { return busy(form) }
        defer { memory.giveBack(byteCount) }
        return try await body()
    }

    private func read(
        _ body: inout IncomingBody, _ form: EventForm, _ take: ([UInt8]) async throws -> Answer
    ) async throws -> Answer {
        let bytes: [UInt8]
        do {
            bytes = try await body.read(limit: maximumBody, within: limits.transmission)
        } catch IncomingBody.Failure.tooLarge {
            return tooLarge(form)
        }
        return try await take(bytes)
    }

    /// Takes the events of a body and waits until they are on stable storage.
    private func take(_ bytes: [UInt8], _ form: EventForm, _ sender: Sender) async -> Answer {
        let events: DecodedEvents
        switch decoder.decode(bytes, as: form, from: sender) {
        case .events(let decoded): events = decoded
        case .refused(let answer): return answer
        }
        let count = UInt64(events.ids.count)
        let batch = Batch(
            source: LocalAPI.sourceName, cursor: nil, counts: SourceCounts(read: count, accepted: count),
            payload: events.payload)
        let (ids, created) = (events.ids, events.created)
        let acceptor = acceptor
        do {
            guard let position = try await inTime({ try await acceptor.accept(batch) }) else { return busy(form) }
            guard await isDurable(position) else { return uncertain(form) }
            return created ?? .created(ids)
        } catch {
            return refusal(for: error, form)
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

    private func isDurable(_ position: AcceptanceTicket) async -> Bool {
        do {
            try await acceptor.waitUntilDurable(position)
            return true
        } catch {
            return false
        }
    }

    private func uncertain(_ form: EventForm) -> Answer {
        form.refused(
            503, "Tributary stops; the events may have been written or not. Look for their ids before sending again.")
    }

    private func refusal(for error: any Error, _ form: EventForm) -> Answer {
        switch error as? AcceptanceError {
        case .tooLarge(let byteCount, let limit):
            form.refused(
                413, "the events take \(byteCount) bytes of the spool, over its \(limit): send fewer at a time")
        case .stopped: stopping(form)
        case nil: form.refused(503, "the spool does not take events: \(error)", fields: [("retry-after", "30")])
        }
    }

    private func tooLarge(_ form: EventForm) -> Answer {
        form.refused(413, "the body is over \(maximumBody) bytes (api.maximum-body): send fewer events at a time")
    }

    private func busy(_ form: EventForm) -> Answer {
        guard !Task.isCancelled else { return stopping(form) }
        let seconds = limits.acceptance.components.seconds
        return form.refused(
            503, "there was no room for the events within \(seconds) s (spool.max-size); nothing was written",
            fields: [("retry-after", "30")])
    }

    private func stopping(_ form: EventForm) -> Answer {
        form.refused(503, "Tributary stops; nothing was written", fields: [("retry-after", "5")])
    }
}
