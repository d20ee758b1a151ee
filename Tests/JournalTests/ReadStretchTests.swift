import Testing

@testable import Journal

@Suite struct ReadStretchTests {
    private func cursor(_ number: UInt64, of sequence: UInt64 = 1, at realtime: UInt64? = nil) -> JournalCursor {
        var cursor = JournalCursor()
        cursor.sequence = JournalCursor.ID(high: 0, low: sequence)
        cursor.sequenceNumber = number
        cursor.realtime = realtime ?? 1000 + number
        return cursor
    }

    @Test func `what was read without a gap is known, and nothing else`() {
        var stretch = ReadStretch()
        #expect(!stretch.holds(cursor(0)))
        stretch.add(cursor(10))
        stretch.add(cursor(11))
        stretch.add(cursor(15), count: 4)
        for number in UInt64(10)...15 { #expect(stretch.holds(cursor(number))) }
        #expect(!stretch.holds(cursor(9)) && !stretch.holds(cursor(16)) && !stretch.holds(cursor(12, of: 2)))
        // journald gave the number anew, after it had lost its last entries in a crash.
        #expect(!stretch.holds(cursor(12, at: 2000)))
    }

    @Test func `a gap or another counter begins anew`() {
        var stretch = ReadStretch()
        stretch.add(cursor(10))
        stretch.add(cursor(12))
        #expect(!stretch.holds(cursor(10)) && !stretch.holds(cursor(11)) && stretch.holds(cursor(12)))
        stretch.add(cursor(3, of: 2), count: 3)
        #expect(!stretch.holds(cursor(12)) && stretch.holds(cursor(1, of: 2)))
        stretch.add(cursor(1), count: 5)
        #expect(stretch.holds(cursor(0)) && stretch.holds(cursor(1)) && !stretch.holds(cursor(2)))
    }
}
