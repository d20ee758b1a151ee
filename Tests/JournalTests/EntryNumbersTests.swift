import TestSupport
import Testing

@testable import Journal

@Suite struct EntryNumbersTests {
    private func entry(_ number: UInt64, counter: UInt64 = 1) -> JournalCursor {
        var cursor = JournalCursor()
        cursor.sequence = JournalCursor.ID(high: 0, low: counter)
        cursor.sequenceNumber = number
        return cursor
    }

    private var counter: JournalCursor.ID { entry(0).sequence }

    @Test func `only what was added is one of them, each counter by itself`() {
        var numbers = EntryNumbers()
        for number: UInt64 in [5, 6, 7, 10, 12, 13] { numbers.add(entry(number)) }
        // Of another file, which was begun before.
        for number: UInt64 in [8, 9] { numbers.add(entry(number)) }
        numbers.add(entry(.max))
        numbers.add(entry(.max))
        numbers.add(entry(100, counter: 2))
        let found = (0..<20).filter { numbers.contains(entry($0)) }
        #expect(found == [5, 6, 7, 8, 9, 10, 12, 13])
        #expect(numbers.contains(entry(.max)))
        #expect(!numbers.contains(entry(100)))
        #expect(!numbers.contains(entry(5, counter: 2)))
    }

    @Test func `what comes before all that was read is passed, a hole is not`() {
        var numbers = EntryNumbers()
        #expect(numbers.hasPassed(5, of: counter) == nil)
        numbers.add(10...20, of: counter)
        numbers.add(30...40, of: counter)
        let passed = (0..<50).filter { numbers.hasPassed($0, of: counter) == true }
        #expect(passed == Array(0...20) + Array(30...40))
        numbers.beginsAtHead = true
        #expect((0..<50).filter { numbers.hasPassed($0, of: counter) == true } == Array(10...20) + Array(30...40))
        #expect(numbers.hasPassed(5, of: entry(0, counter: 2).sequence) == nil)
    }

    @Test func `in whatever order they come, they are what was added`() {
        var random = SeededGenerator(seed: 3)
        func range() -> ClosedRange<UInt64> {
            let first = UInt64.random(in: 0..<200, using: &random)
            return first...first + UInt64.random(in: 0..<6, using: &random)
        }
        for _ in 0..<100 {
            var numbers = EntryNumbers()
            var expected: Set<UInt64> = []
            for _ in 0..<Int.random(in: 1...100, using: &random) {
                let range = range()
                numbers.add(range, of: counter)
                expected.formUnion(range)
            }
            #expect((0..<210).filter { numbers.contains(entry($0)) } == expected.sorted())
            for _ in 0..<50 {
                let range = range()
                #expect(numbers.hasAll(range, of: counter) == expected.isSuperset(of: range))
            }
        }
        var numbers = EntryNumbers()
        numbers.add(UInt64.max - 3...(.max), of: counter)
        numbers.add(0...UInt64.max - 4, of: counter)
        #expect(numbers.hasAll(0...(.max), of: counter))
    }

    @Test func `of many holes the lowest are taken for read`() {
        var numbers = EntryNumbers()
        let count = UInt64(EntryNumbers.maximumRangeCount)
        for number in 0...count { numbers.add(entry(2 * number)) }
        #expect(numbers.hasAll(0...2, of: counter))
        #expect(!numbers.contains(entry(3)))
        #expect(numbers.contains(entry(2 * count)))
    }
}
