import Pipeline
import Testing

@testable import Daemon

@Suite struct QuarantineTallyTests {
    private let start = ContinuousClock.now

    private func record(
        _ part: QuarantinedRecord.Part, _ cause: QuarantinedRecord.Cause, _ reason: String
    ) -> QuarantinedRecord {
        QuarantinedRecord(part: part, cause: cause, reason: reason, content: .nothing)
    }

    private func record(_ reason: String) -> QuarantinedRecord { record(.sink("siem"), .tooLarge, reason) }

    @Test func `the first record is told at once, those after it once a minute with their number`() {
        var tally = QuarantineTally()
        tally.added([record("one")], now: start)
        let first = tally.takeReports(now: start)
        #expect(first.map(\.count) == [1] && first.map(\.reason) == ["one"])
        #expect(tally.due == nil)
        tally.added([record("two"), record("three")], now: start + .seconds(5))
        tally.added([record("four")], now: start + .seconds(59))
        #expect(tally.takeReports(now: start + .seconds(59)).isEmpty)
        #expect(tally.due == start + .seconds(60))
        let second = tally.takeReports(now: start + .seconds(60))
        #expect(second.map(\.count) == [3] && second.map(\.reason) == ["two"])
        #expect(tally.due == nil)
        tally.added([record("five")], now: start + .seconds(300))
        #expect(tally.takeReports(now: start + .seconds(300)).map(\.count) == [1])
    }

    @Test func `each part and each cause is told by itself`() {
        var tally = QuarantineTally()
        tally.added(
            [record("a"), record("b"), record(.source("siem"), .tooLarge, "c"), record(.sink("siem"), .refused, "d")],
            now: start)
        let reports = tally.takeReports(now: start)
        #expect(reports.map(\.count).sorted() == [1, 1, 2])
        #expect(Set(reports.map(\.key)).count == 3)
    }

    @Test func `a damaged stretch, which has a report of its own, is not told again`() {
        var tally = QuarantineTally()
        tally.added([record(.sink("siem"), .damaged, "x")], now: start)
        #expect(tally.takeReports(now: start).isEmpty && tally.due == nil)
    }

    @Test func `at the end everything is told`() {
        var tally = QuarantineTally()
        tally.added([record("a")], now: start)
        _ = tally.takeReports(now: start)
        tally.added([record("b")], now: start)
        #expect(tally.takeReports(now: start).isEmpty)
        #expect(tally.takeReports(now: start, all: true).map(\.reason) == ["b"])
    }
}
