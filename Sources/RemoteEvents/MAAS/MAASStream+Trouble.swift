internal import EventModel

extension MAASStream {
    /// Why an answer cannot be used.
    enum Trouble: Equatable, Sendable {
        /// Status 500, with what the region says: one event's text can make its whole page fail.
        case failed(String)
        /// It is no page.
        case unreadable
        /// It is larger than is read.
        case tooLarge

        var failure: RemoteFailure {
            switch self {
            case .failed(let excerpt): RemoteFailure(.server, "MAAS failed (500: \(excerpt)); see the region's log.")
            case .unreadable:
                RemoteFailure(.unreadable, "The answer is no page of MAAS events; check what is at 'url'.")
            case .tooLarge: RemoteFailure(.unreadable, "One event is larger than what is read; it is left out.")
            }
        }
    }

    /// Steps of one over events that cannot be given, before steps double.
    private static let singleSteps: Int64 = 32
    private static let maximumStep: Int64 = 1 << 40

    /// An answer could not be used. Once is not believed; then the page is made smaller until one event is left, which
    /// is found and left out.
    mutating func troubled(_ trouble: Trouble, into page: inout RemotePage) -> RemoteVerdict {
        switch phase {
        case .resting: return .proceed
        case .starting(let inOther):
            phase = .starting(inOther: !inOther)
            return .retry(trouble.failure)
        case .seeking(let low, _):
            position = position.map { MAASPosition(settled: low, keeping: $0) }
            startReading(now: page.observedTime)
            return .retry(trouble.failure)
        case .checking:
            startReading(now: page.observedTime)
            return .retry(trouble.failure)
        case .reading(var reading):
            guard reading.failures > 0 || trouble == .tooLarge else {
                reading.failures = 1
                phase = .reading(reading)
                return .retry(trouble.failure)
            }
            if trouble == .tooLarge { narrow(reading) } else { phase = .examining(reading, .page) }
            return .goOn
        case .examining(var reading, let suspect):
            reading.isRegionDown = true
            phase = .examining(reading, suspect)
            return .retry(trouble.failure)
        case .locating(let reading, var locator):
            guard trouble == .tooLarge else {
                phase = .examining(reading, .search(locator, trouble))
                return .goOn
            }
            return located(locator.failed(), locator, reading, trouble, into: &page)
        case .stepping(let reading, let step):
            phase = .examining(reading, .step(step))
            return .goOn
        }
    }

    /// The region answers: the trouble is in what was asked for, unless the whole region was in trouble until now.
    mutating func examined(_ reading: Reading, _ suspect: Suspect, into page: inout RemotePage) -> RemoteVerdict {
        guard !reading.isRegionDown else {
            var next = reading
            next.isRegionDown = false
            next.failures = 0
            phase = .reading(next)
            return .proceed
        }
        switch suspect {
        case .page: narrow(reading)
        case .search(var locator, let trouble):
            return located(locator.failed(), locator, reading, trouble, into: &page)
        case .step(let step):
            guard step <= Self.maximumStep else {
                phase = .reading(reading)
                return .retry(Trouble.unreadable.failure)
            }
            phase = .stepping(reading, by: step < Self.singleSteps ? step + 1 : step * 2)
        }
        return .goOn
    }

    private mutating func narrow(_ reading: Reading) {
        var next = reading
        next.failures = 1
        guard reading.limit > 1 else { return phase = .locating(next, MAASLocator(after: reading.after)) }
        if reading.narrowedCount <= 0 { next.narrowedCount = reading.limit }
        next.limit = reading.limit / 2
        phase = .reading(next)
    }

    /// Does what the search for an event says.
    mutating func located(
        _ step: MAASLocator.Step, _ locator: MAASLocator, _ reading: Reading, _ trouble: Trouble?,
        into page: inout RemotePage
    ) -> RemoteVerdict {
        switch step {
        case .ask: phase = .locating(reading, locator)
        case .found(let id):
            page.reject("Event \(id) (\(title)) cannot be given by the region and is left out.", bytes: nil)
            stepOver(upTo: id, reading)
        case .passed: restart(reading, after: reading.after)
        case .blind: phase = .stepping(reading, by: 1)
        case .nothing:
            restart(reading, after: reading.after)
            return .retry((trouble ?? .unreadable).failure)
        }
        return trouble == nil ? .proceed : .goOn
    }

    /// Events can be had again behind some that cannot.
    mutating func stepped(_ reading: Reading, by step: Int64, into page: inout RemotePage) {
        let end = reading.after + step
        if step == 1 {
            page.reject("Event \(end) (\(title)) cannot be given by the region and is left out.", bytes: nil)
        } else {
            page.appendGap(
                stream: title, from: "event \(reading.after)", to: "event \(end)",
                reason: "MAAS cannot give events that follow each other; what lies between is left out")
        }
        stepOver(upTo: end, reading)
    }

    /// What is left out is settled, as reading it again would fail again.
    private mutating func stepOver(upTo id: Int64, _ reading: Reading) {
        position?.settle(id)
        restart(reading, after: id)
    }

    private mutating func restart(_ reading: Reading, after: Int64) {
        phase = .reading(
            Reading(after: after, limit: pageSize, readsAgain: reading.readsAgain, began: reading.began))
    }
}

extension MAASPosition {
    /// Another place with what is to be left out there.
    init(settled: Int64, keeping other: MAASPosition) {
        self.init(settled: settled, newestDate: other.newestDate)
        leaveOut(before: other.firstDate, upTo: other.lastOldID)
    }
}
