internal import Pipeline

extension SyslogDelivery {
    /// Sends datagrams until something ends it.
    ///
    /// - Parameter firstIsBack: raised when the first address can be reached again.
    func deliverDatagrams(
        through socket: DatagramSocket, firstIsBack: Watermark<Int>
    ) async throws -> (End, wasUseful: Bool) {
        var hasArrived = false
        while true {
            try Task.checkCancellation()
            let hasMore = try send(through: socket)
            if let problem = hasMore.problem { return (.lost(problem), hasArrived) }
            if !queue.isEmpty {
                // Long enough for the refusal of a host nearby; that of one further away comes too late.
                try await pause(.milliseconds(1))
                if let problem = socket.takeProblem() {
                    return (.lost(ConnectionProblem(.ended, "the network refuses datagrams: \(problem)")), hasArrived)
                }
                arrived(through: queue.sentByteCount - UInt64(source.bytes.count))
                if hasMore.isRefused {
                    source.reportRefusal()
                    queue.refusedFirst()
                    source.removeBytes()
                }
                hasArrived = true
            }
            try recordIfDue()
            if firstIsBack.value > 0 { return (.firstReturned, hasArrived) }
            guard !hasMore.more, source.bytes.isEmpty else { continue }
            try record()
            switch try await waitForMore(firstIsBack) {
            case .feedEnded: return (.finished, hasArrived)
            case .more, .other: continue
            }
        }
    }

    private func waitForMore(_ firstIsBack: Watermark<Int>) async throws -> Wakeup {
        let feed = feed
        let position = source.position
        return try await withThrowingTaskGroup(of: Wakeup.self) { tasks in
            tasks.addTask { try await feed.waitForMore(at: position) ? .more : .feedEnded }
            tasks.addTask {
                _ = try await firstIsBack.wait(for: 1)
                return .other
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? .other
        }
    }

    /// Sends as many datagrams as may be sent at once. One that the socket did not take stays in the source.
    private func send(
        through socket: DatagramSocket
    ) throws -> (more: Bool, isRefused: Bool, problem: ConnectionProblem?) {
        while queue.inFlightByteCount < limits.datagramByteCount || !source.bytes.isEmpty {
            guard try source.fill(to: 1, &queue) else { return (false, false, nil) }
            guard !source.bytes.isEmpty else { return (true, false, nil) }
            switch socket.send(source.bytes) {
            case .sent: source.removeBytes()
            case .full: return (true, false, nil)
            case .tooLarge: return (true, true, nil)
            case .failed(let reason):
                return (true, false, ConnectionProblem(.ended, "the network refuses datagrams: \(reason)"))
            }
        }
        return (true, false, nil)
    }
}
