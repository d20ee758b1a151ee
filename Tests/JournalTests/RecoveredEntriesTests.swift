import Testing

@testable import Journal

@Suite struct RecoveredEntriesTests {
    private func entry(_ number: UInt64, counter: UInt64 = 1) -> JournalCursor {
        var cursor = JournalCursor()
        cursor.sequence = JournalCursor.ID(high: 0, low: counter)
        cursor.sequenceNumber = number
        return cursor
    }

    @Test func `only what was added is one of them, each counter by itself`() {
        var recovered = RecoveredEntries()
        #expect(recovered.isEmpty)
        for number: UInt64 in [5, 6, 7, 10, 12, 13] { recovered.add(entry(number)) }
        // Of another file, which was begun before.
        for number: UInt64 in [8, 9] { recovered.add(entry(number)) }
        recovered.add(entry(.max))
        recovered.add(entry(100, counter: 2))
        #expect(!recovered.isEmpty)
        let found = (0..<20).filter { recovered.contains(entry($0)) }
        #expect(found == [5, 6, 7, 8, 9, 10, 12, 13])
        #expect(recovered.contains(entry(.max)))
        #expect(!recovered.contains(entry(100)))
        #expect(!recovered.contains(entry(5, counter: 2)))
    }

    @Test func `of many stretches the oldest are forgotten`() {
        var recovered = RecoveredEntries()
        let count = UInt64(RecoveredEntries.maximumRangeCount)
        for number in 0...count { recovered.add(entry(2 * number)) }
        #expect(!recovered.contains(entry(0)))
        #expect(recovered.contains(entry(2)))
        #expect(recovered.contains(entry(2 * count)))
    }
}
