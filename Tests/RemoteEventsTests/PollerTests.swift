import EventModel
import Pipeline
import TestSupport
import Testing

@testable import RemoteEvents

@Suite struct PollerTests {
    private let trouble = RemoteFailure(.server, "down")

    private func delay(_ action: Poller.Action) -> Duration? {
        guard case .retry(let delay, _) = action else { return nil }
        return delay
    }

    @Test func `an idle source waits its interval, and a catching up one not at all`() {
        let poller = Poller(pollInterval: .seconds(10), mode: .forever)
        #expect(poller.caughtUp() == .seconds(10))
    }

    @Test func `a run that ends by itself ends when nothing more is there`() {
        #expect(Poller(pollInterval: .seconds(10), mode: .once).caughtUp() == nil)
    }

    @Test(arguments: 0..<100)
    func `delays have full jitter below a doubling bound, and end at five minutes exactly`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var poller = Poller(pollInterval: .seconds(10), mode: .forever)
        for attempt in 1...9 {
            let bound = Duration.seconds(1 << (attempt - 1))
            let waited = delay(poller.failed(trouble, retryAfter: nil, using: &random)) ?? .zero
            #expect(waited >= .zero && waited <= bound)
        }
        for _ in 0..<20 {
            #expect(delay(poller.failed(trouble, retryAfter: nil, using: &random)) == .seconds(300))
        }
    }

    @Test func `jitter reaches down to nothing and up to the bound`() {
        var random = SeededGenerator(seed: 1)
        let delays = (0..<300).compactMap { _ in
            var poller = Poller(pollInterval: .seconds(10), mode: .forever)
            return delay(poller.failed(trouble, retryAfter: nil, using: &random))
        }
        #expect(delays.count == 300)
        #expect(delays.contains { $0 < .milliseconds(100) } && delays.contains { $0 > .milliseconds(900) })
    }

    @Test(arguments: [1, 7, 10, 3600])
    func `what the server asks for is obeyed to the second, however often it failed before`(seconds: Int) {
        var random = SeededGenerator(seed: 2)
        var poller = Poller(pollInterval: .seconds(10), mode: .forever)
        let throttled = RemoteFailure(.throttled, "busy")
        for _ in 0..<12 {
            #expect(
                delay(poller.failed(throttled, retryAfter: .seconds(seconds), using: &random)) == .seconds(seconds))
        }
    }

    @Test func `refused credentials are tried at most once a minute`() {
        var random = SeededGenerator(seed: 3)
        var poller = Poller(pollInterval: .seconds(10), mode: .forever)
        let refused = RemoteFailure(.credentials, "no")
        for _ in 0..<20 {
            let waited = delay(poller.failed(refused, retryAfter: nil, using: &random)) ?? .zero
            #expect(waited >= .seconds(60) && waited <= .seconds(300))
        }
        #expect(delay(poller.failed(refused, retryAfter: .seconds(5), using: &random)) == .seconds(60))
    }

    @Test func `a failure is reported once, again when its kind changes, and its end with the attempts it took`() {
        var random = SeededGenerator(seed: 4)
        var poller = Poller(pollInterval: .seconds(10), mode: .forever)
        #expect(poller.answered() == .none)
        var reports: [Poller.Report] = []
        for kind in [RemoteFailure.Kind.server, .server, .server, .credentials, .credentials] {
            guard case .retry(_, let report) = poller.failed(RemoteFailure(kind, ""), retryAfter: nil, using: &random)
            else { return #expect(Bool(false), "it gave up") }
            reports.append(report)
        }
        #expect(reports == [.failing, .none, .none, .failing, .none])
        #expect(poller.answered() == .recovered(attempts: 5))
        #expect(poller.answered() == .none)
        // Growth begins anew.
        let after = delay(poller.failed(trouble, retryAfter: nil, using: &random)) ?? .seconds(9)
        #expect(after <= .seconds(1))
    }

    @Test func `a run that ends by itself gives up at the third failure in a row`() {
        var random = SeededGenerator(seed: 5)
        var poller = Poller(pollInterval: .seconds(10), mode: .once)
        #expect(poller.failed(trouble, retryAfter: nil, using: &random) != .giveUp)
        #expect(poller.failed(trouble, retryAfter: nil, using: &random) != .giveUp)
        _ = poller.answered()
        #expect(poller.failed(trouble, retryAfter: nil, using: &random) != .giveUp)
        #expect(poller.failed(trouble, retryAfter: nil, using: &random) != .giveUp)
        #expect(poller.failed(trouble, retryAfter: nil, using: &random) == .giveUp)
    }
}

@Suite struct RetryAfterTests {
    private let now = Timestamp("2015-10-21T07:28:00Z") ?? .earliest

    private func delay(_ headers: [(String, String)]) -> Duration? {
        RemoteResponse(status: 503, headers: headers.map { RemoteHeader($0.0, $0.1) }).retryAfter(now: now)
    }

    @Test func `seconds and dates are read`() {
        #expect(delay([("Retry-After", "120")]) == .seconds(120))
        #expect(delay([("retry-after", " 7 ")]) == .seconds(7))
        #expect(delay([("Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT")]) == .seconds(30))
        #expect(delay([("Retry-After", "Wednesday, 21-Oct-15 07:28:30 GMT")]) == .seconds(30))
        #expect(delay([("Retry-After", "Wed Oct 21 07:28:30 2015")]) == .seconds(30))
    }

    @Test func `a date counts from the server's own clock`() {
        let headers = [
            ("Date", "Wed, 21 Oct 2015 09:00:00 GMT"), ("Retry-After", "Wed, 21 Oct 2015 09:00:05 GMT"),
        ]
        #expect(delay(headers) == .seconds(5))
    }

    @Test func `what says nothing is no wish, and a day is the longest`() {
        #expect(delay([]) == nil)
        for text in ["", "0", "soon", "-5", "1.5", "Wed, 21 Oct 2015 07:00:00 GMT", "Wed, 32 Oct 2015 07:00:00 GMT"] {
            #expect(delay([("Retry-After", text)]) == nil)
        }
        #expect(delay([("Retry-After", "99999999999999999999999")]) == .seconds(86_400))
    }
}
