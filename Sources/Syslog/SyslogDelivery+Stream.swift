internal import NIOCore
internal import NIOPosix
internal import Pipeline

extension SyslogDelivery {
    /// Why a wait was over.
    enum Wakeup {
        case more, feedEnded, other
    }

    /// Sends over a stream until something ends it.
    func stream(to connection: SyslogConnection, firstIsBack: Watermark<Int>) async throws -> End {
        var delay = Self.shortestPoll
        var progressed = ContinuousClock.now
        var feedHasEnded = false
        while true {
            try Task.checkCancellation()
            let before = queue.arrivedByteCount
            arrived(through: connection.acknowledgedByteCount())
            if queue.arrivedByteCount > before {
                delay = Self.shortestPoll
                progressed = .now
            }
            if queue.inFlightByteCount > source.bytes.count, let problem = stall(since: progressed, connection) {
                return .lost(problem)
            }
            if let problem = connection.problem() { return .lost(problem) }
            if firstIsBack.value > 0 { return .firstReturned }
            try recordIfDue()
            var isDrained = false
            if queue.inFlightByteCount - source.bytes.count < limits.inFlightByteCount, source.hasRoom(in: queue) {
                let hasMore = try source.fill(to: limits.chunkByteCount, &queue)
                if !source.bytes.isEmpty {
                    if queue.inFlightByteCount == source.bytes.count { progressed = .now }
                    connection.send(source.takeBytes())
                    continue
                }
                if hasMore { continue }
                isDrained = true
            }
            if queue.isEmpty {
                if feedHasEnded { return .finished }
                try record()
                vitals.succeeded()
            } else if mode == .once, .now - progressed > limits.stallLimitOnce {
                throw SinkFailure(
                    sink: name, reason: "the receiver has not acknowledged anything for \(limits.stallLimitOnce)")
            }
            let wakeup = try await wait(
                forMore: isDrained && !feedHasEnded, connection, firstIsBack, atMost: queue.isEmpty ? nil : delay)
            switch wakeup {
            case .more: break
            case .feedEnded: feedHasEnded = true
            case .other: delay = min(delay * 2, Self.longestPoll)
            }
        }
    }

    /// Says when a receiver acknowledges nothing for long.
    ///
    /// - Returns: the reason to leave it for another address, where there is one.
    private func stall(since progressed: ContinuousClock.Instant, _ connection: SyslogConnection) -> ConnectionProblem?
    {
        let time = ContinuousClock.now - progressed
        guard time > limits.stallNotice else { return nil }
        let problem = ConnectionProblem(
            .stalled, "the receiver has acknowledged nothing for \(limits.stallNotice)",
            remedy: "See whether it is overloaded, or stopped.")
        note(problem, at: connection.address)
        guard time > limits.stallLimit, hasOtherAddress else { return nil }
        hasStalled = true
        return problem
    }

    /// How often acknowledgements are looked for while some are outstanding; Linux does not tell of them. Doubles
    /// while none come.
    private static let shortestPoll = Duration.milliseconds(1)
    private static let longestPoll = Duration.milliseconds(50)

    private func wait(
        forMore: Bool, _ connection: SyslogConnection, _ firstIsBack: Watermark<Int>, atMost delay: Duration?
    ) async throws -> Wakeup {
        let feed = feed
        let position = source.position
        return try await withThrowingTaskGroup(of: Wakeup.self) { tasks in
            if forMore { tasks.addTask { try await feed.waitForMore(at: position) ? .more : .feedEnded } }
            if let delay {
                tasks.addTask {
                    try await pause(delay)
                    return .other
                }
            }
            tasks.addTask {
                _ = try await connection.ended.wait(for: 1)
                return .other
            }
            tasks.addTask {
                _ = try await firstIsBack.wait(for: 1)
                return .other
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? .other
        }
    }

    /// Waits for what is still on its way when nothing more is sent, also when the task is cancelled.
    func settle(_ connection: SyslogConnection, within grace: Duration) async throws {
        let end = ContinuousClock.now + grace
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        while true {
            arrived(through: connection.acknowledgedByteCount())
            // What is in `source` was not handed over, and of what was, an ended stream has sent a part only.
            let handedOver = queue.sentByteCount - UInt64(source.bytes.count)
            let sent = min(handedOver, connection.finalByteCount ?? handedOver)
            guard queue.arrivedByteCount < sent, !connection.isClosed, .now < end else { return }
            try await loop.scheduleTask(in: .milliseconds(2)) {}.futureResult.get()
        }
    }
}
