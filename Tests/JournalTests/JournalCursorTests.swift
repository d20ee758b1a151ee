import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite struct JournalCursorTests {
    private static let text =
        "s=03e06f8007fd4838bb06518f8ad85c06;i=493e0;b=0123456789abcdef0123456789abcdef;m=11f0e158;t=60a2429ffdf18;x=58215b99f460ce24"

    @Test func `a cursor's text comes back as it was`() throws {
        let cursor = try #require(JournalCursor(Self.text))
        #expect(cursor.sequenceNumber == 300_000)
        #expect(cursor.realtime == 0x60A2_429F_FDF18)
        #expect(cursor.text == Self.text)
    }

    @Test(arguments: [
        "", "s=1", "s=1;i=1;b=1;m=1;t=1", "s=1;i=1;b=1;m=1;t=1;x=", "s=1;i=1;b=1;m=1;t=1;x=g",
        "s=1;s=1;i=1;b=1;m=1;t=1;x=1",
        "s=1;i=11111111111111111;b=1;m=1;t=1;x=1", "s=1;i=1;b=1;m=1;t=1;x=1;y=1", "nonsense",
    ])
    func `what is no cursor is refused`(text: String) {
        #expect(JournalCursor(text) == nil)
    }

    @Test(arguments: 0..<200)
    func `cursors that are read one after the other are read as alone`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var parser = CursorParser()
        var cursor = TestFrame.cursor(1)
        for _ in 0..<20 {
            if Int.random(in: 0..<4, using: &random) == 0 { cursor.sequence.low = random.next() }
            if Int.random(in: 0..<4, using: &random) == 0 { cursor.boot.high = random.next() }
            cursor.sequenceNumber = random.next() >> UInt64.random(in: 0...63, using: &random)
            cursor.realtime = random.next()
            cursor.digest = random.next()
            var text = Array(cursor.text.utf8)
            if Bool.random(using: &random) {
                text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let alone = JournalCursor(parsing: text.span)
            let following = parser.parse(text.span)
            #expect(following == alone)
        }
    }

    @Test func `an entry beside the one that was looked for is judged by its number`() throws {
        let last = TestFrame.cursor(10)
        #expect(last.landing(at: TestFrame.cursor(10)) == .alreadyRead)
        #expect(last.landing(at: TestFrame.cursor(3)) == .alreadyRead)
        #expect(last.landing(at: TestFrame.cursor(11)) == .next)
        #expect(last.landing(at: TestFrame.cursor(15)) == .gap(missing: 4))
        var other = TestFrame.cursor(11)
        other.sequence.low += 1
        #expect(last.landing(at: other) == .gap(missing: nil))
    }
}

@Suite struct JournalPositionTests {
    @Test func `a position's text comes back as it was`() {
        var position = JournalPosition()
        position.cursor = TestFrame.cursor(5).text
        position.remember(TestFrame.cursor(5))
        let isNew = [0x1F, 0x1F].map { position.report($0) }
        #expect(isNew == [true, false])
        #expect(JournalPosition(parsing: position.text) == position)
        #expect(JournalPosition(parsing: "").isEmpty)
        #expect(JournalPosition(parsing: JournalPosition.before(77).text).startTime == 77)
    }

    @Test func `entries up to the last one of their counter were read`() {
        var position = JournalPosition()
        position.remember(TestFrame.cursor(5))
        #expect(position.hasRead(TestFrame.cursor(5)))
        #expect(!position.hasRead(TestFrame.cursor(6)))
        var other = TestFrame.cursor(1)
        other.sequence.high = 9
        #expect(!position.hasRead(other))
    }

    @Test func `it stays small however many counters and notes there are`() {
        var position = JournalPosition()
        for number in 0..<1000 {
            var cursor = TestFrame.cursor(1)
            cursor.sequence.high = UInt64(number)
            position.remember(cursor)
            _ = position.report(UInt64(number))
        }
        #expect(position.counters.count == JournalPosition.maximumCounterCount)
        #expect(position.reports.count == JournalPosition.maximumReportCount)
        #expect(position.reports.last == 999)
    }
}

@Suite struct ReaderSupervisionTests {
    @Test(arguments: 0..<50) func `delays grow, are random and have a limit`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var supervision = ReaderSupervision()
        for failure in 1...20 {
            let ceiling = min(Duration.milliseconds(250) * (1 << min(failure - 1, 10)), .seconds(30))
            switch supervision.ended(using: &random) {
            case .restart(let delay):
                #expect(failure % 3 != 0)
                #expect(delay >= .zero && delay <= ceiling)
            case .examineFiles(let delay):
                #expect(failure % 3 == 0)
                #expect(delay >= .zero && delay <= ceiling)
            }
        }
        supervision.progressed()
        #expect(supervision.failureCount == 0)
    }

    @Test func `a silent reader is asked and then given up`() {
        let start = SuspendingClock.Instant.now
        var clock = StallClock(timeout: .seconds(60), now: start)
        #expect(clock.timeout(at: start + .seconds(14)) == 1000)
        let early = [14, 15, 16].map { clock.passed(at: start + .seconds($0)) }
        #expect(early == [.none, .ping, .none])
        clock.heard(at: start + .seconds(50))
        let late = [109, 110].map { clock.passed(at: start + .seconds($0)) }
        #expect(late == [.ping, .stall])
    }
}
