import Testing

@testable import Daemon
@testable import Pipeline

@Suite struct ProgressCheckTests {
    private let start = ContinuousClock.now
    private var check = ProgressCheck()

    @Test mutating func `a part that works without a sign of life hangs`() {
        #expect(look(.working, after: .seconds(60)) == [])
        #expect(
            look(.working, after: .seconds(61))
                == [.init(title: "sink 's'", reason: "shows no sign of life for 61 s", isStuck: true)])
    }

    @Test mutating func `a part that waits for something outside does not hang, however long it waits`() {
        #expect(look(.waiting, after: .seconds(100_000), hasWork: true) == [])
    }

    @Test mutating func `trouble is told after five minutes, and is no reason to start anew`() {
        let trouble = Vitals.Trouble(reason: "refused", since: start)
        #expect(look(.waiting, trouble, after: .seconds(300)) == [])
        #expect(
            look(.waiting, trouble, after: .seconds(301))
                == [.init(title: "sink 's'", reason: "in trouble for 301 s: refused", isStuck: false)])
    }

    @Test mutating func `a part that rests for long and then gets something to do has time to wake up`() {
        #expect(look(.idle, after: .seconds(5000)) == [])
        #expect(look(.idle, after: .seconds(5001), hasWork: true) == [])
        #expect(look(.idle, after: .seconds(5061), hasWork: true) == [])
        #expect(
            look(.idle, after: .seconds(5062), hasWork: true)
                == [.init(title: "sink 's'", reason: "rests for 61 s although events wait for it", isStuck: true)])
    }

    @Test mutating func `a part that woke up between two looks does not hang`() {
        #expect(look(.idle, after: .seconds(1), hasWork: true) == [])
        #expect(look(.idle, beat: .seconds(50), after: .seconds(62), hasWork: true) == [])
        #expect(look(.idle, beat: .seconds(50), after: .seconds(122), hasWork: true) == [])
    }

    /// Looks at one part.
    private mutating func look(
        _ activity: Vitals.Activity, _ trouble: Vitals.Trouble? = nil, beat: Duration = .zero, after time: Duration,
        hasWork: Bool = false
    ) -> [ProgressCheck.Finding] {
        var state = Vitals(now: { [start] in start + beat }).state
        state.activity = activity
        state.trouble = trouble
        return check.findings(
            [ProgressCheck.Part(title: "sink 's'", state: state, hasWork: hasWork)], now: start + time)
    }
}
