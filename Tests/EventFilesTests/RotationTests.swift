import TestSupport
import Testing

@testable import EventFiles

@Suite struct RotationPolicyTests {
    @Test func `a line that would overflow belongs into the next file`() {
        let policy = policy(size: 100)
        #expect(!policy.isFull(byteCount: 60, adding: 40))
        #expect(policy.isFull(byteCount: 60, adding: 41))
        #expect(policy.isFull(byteCount: 100, adding: 1))
    }

    @Test func `the first line of a file stays, however long it is`() {
        #expect(!policy(size: 100).isFull(byteCount: 0, adding: 5_000))
    }

    @Test func `without a size no file is full`() {
        #expect(!policy(size: nil).isFull(byteCount: Int.max - 10, adding: 10))
    }

    @Test(arguments: 0..<50)
    func `no file exceeds the maximum, and none is closed early`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let policy = policy(size: 1_000)
        var size = 0
        for byteCount in (0..<500).map({ _ in Int.random(in: 1...1_000, using: &random) }) {
            let isFull = policy.isFull(byteCount: size, adding: byteCount)
            #expect(isFull == (size > 0 && size + byteCount > 1_000))
            size = (isFull ? 0 : size) + byteCount
            #expect(size <= 1_000)
        }
    }

    @Test func `a period ends at its boundary, not a period after the file was begun`() {
        let policy = policy(every: .seconds(3600))
        let hour: Int64 = 3_600_000_000
        #expect(!policy.isOver(began: 10 * hour, now: 11 * hour - 1, offset: 0))
        #expect(policy.isOver(began: 11 * hour - 1, now: 11 * hour, offset: 0))
        #expect(policy.remaining(now: 11 * hour - 1, offset: 0) == 1)
        #expect(policy.remaining(now: 11 * hour, offset: 0) == hour)
    }

    @Test func `days end at midnight of the zone`() {
        let policy = policy(every: .seconds(86_400))
        let hour: Int64 = 3_600_000_000
        // 23:30 and 00:30 at two hours ahead of UTC, and half a day of it at six behind.
        #expect(policy.isOver(began: 21 * hour + hour / 2, now: 22 * hour + hour / 2, offset: 7_200))
        #expect(!policy.isOver(began: 21 * hour + hour / 2, now: 22 * hour + hour / 2, offset: 0))
        #expect(!policy.isOver(began: 8 * hour, now: 20 * hour, offset: -21_600))
        #expect(policy.isOver(began: 5 * hour, now: 7 * hour, offset: -21_600))
    }

    @Test func `a clock that steps back, also before the epoch, closes nothing`() {
        let policy = policy(every: .seconds(60))
        #expect(!policy.isOver(began: 600_000_000, now: 0, offset: 0))
        #expect(!policy.isOver(began: 0, now: -1, offset: 0))
        #expect(policy.isOver(began: -1, now: 0, offset: 0))
        #expect(!policy.isOver(began: -60_000_000, now: -1, offset: 0))
        #expect(policy.remaining(now: -1, offset: 0) == 1)
        #expect(policy.remaining(now: -60_000_000, offset: 0) == 60_000_000)
    }

    @Test(arguments: 0..<50)
    func `after what remains, and not a microsecond before, the period is over`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let policy = policy(every: .seconds(Int.random(in: 60...400_000, using: &random)))
            let now = Int64.random(in: -4_000_000_000_000_000...4_000_000_000_000_000, using: &random)
            let offset = Int.random(in: -50_400...50_400, using: &random)
            let remaining = try #require(policy.remaining(now: now, offset: offset))
            #expect(remaining > 0)
            #expect(!policy.isOver(began: now, now: now + remaining - 1, offset: offset))
            #expect(policy.isOver(began: now, now: now + remaining, offset: offset))
        }
    }

    @Test func `without a period nothing is over`() {
        #expect(!policy(size: 5).isOver(began: 0, now: .max / 2, offset: 0))
        #expect(policy(size: 5).remaining(now: 0, offset: 0) == nil)
    }

    private func policy(size: Int? = nil, every: Duration? = nil) -> RotationPolicy {
        var settings = RotationSettings.never
        settings.size = size
        settings.every = every
        return RotationPolicy(settings)
    }
}

@Suite struct RetentionPolicyTests {
    @Test func `the newest stay, by their numbers and not by their names or times`() {
        let files = [closed(9, at: 5), closed(10, at: 1), closed(100, at: 0)]
        #expect(expired(files.shuffled(), keep: 2).map(\.number) == [9])
        #expect(expired(files, keep: 0).count == 3)
        #expect(expired(files, keep: 3) == [])
        #expect(expired(files, keep: nil) == [])
    }

    @Test func `a file goes when it is older than allowed, and the older ones go with it`() {
        // The first is new by its time, as the clock was set; the order is that of the numbers.
        let files = [closed(1, at: 500), closed(2, at: 0), closed(3, at: 900)]
        #expect(Set(expired(files, keepFor: .microseconds(0), now: 900).map(\.number)) == [1, 2])
        #expect(expired(files, keepFor: .seconds(60), now: 900) == [])
        #expect(Set(expired(files, keepFor: .seconds(60), now: 60_000_001).map(\.number)) == [1, 2])
    }

    @Test func `files go from where the size is passed`() {
        let files = (1...5).map { closed(UInt64($0), byteCount: 100) }
        #expect(Set(expired(files, keepSize: 300).map(\.number)) == [1, 2])
        #expect(Set(expired(files, keepSize: 299).map(\.number)) == [1, 2, 3])
        #expect(expired(files, keepSize: 500) == [])
        #expect(expired(files, keepSize: 99).count == 5)
    }

    @Test(arguments: 0..<100)
    func `what stays obeys every limit, and is the newest that does`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let files = (0..<30).map { _ in
            closed(
                UInt64.random(in: 1...999, using: &random), byteCount: Int.random(in: 0...99, using: &random),
                at: Int64.random(in: 0...99, using: &random) * 1_000_000)
        }
        let (keep, size, age) = (Int.random(in: 0...30, using: &random), Int.random(in: 0...2_000, using: &random), 50)
        let gone = expired(files, keep: keep, keepFor: .seconds(age), keepSize: size, now: 100_000_000)
        let stay = files.count - gone.count
        let sorted = files.sorted { $0.number > $1.number }
        #expect(Array(sorted.prefix(stay).map(\.number)) + gone.map(\.number) == sorted.map(\.number))
        #expect(stay <= keep)
        #expect(sorted.prefix(stay).reduce(0) { $0 + $1.byteCount } <= size)
        #expect(sorted.prefix(stay).allSatisfy { 100_000_000 - $0.closed <= Int64(age) * 1_000_000 })
        if stay < files.count {
            let next = sorted[stay]
            let total = sorted.prefix(stay + 1).reduce(0) { $0 + $1.byteCount }
            #expect(stay == keep || total > size || 100_000_000 - next.closed > Int64(age) * 1_000_000)
        }
    }

    private func closed(_ number: UInt64, byteCount: Int = 1, at closed: Int64 = 0) -> ClosedFile {
        ClosedFile(name: "f-\(number)", number: number, byteCount: byteCount, closed: closed)
    }

    private func expired(
        _ files: [ClosedFile], keep: Int? = nil, keepFor: Duration? = nil, keepSize: Int? = nil, now: Int64 = 0
    ) -> [ClosedFile] {
        var settings = RotationSettings.never
        settings.keep = keep
        settings.keepFor = keepFor
        settings.keepSize = keepSize
        return RetentionPolicy(settings).expired(files, now: now)
    }
}

@Suite struct RotatedNameTests {
    @Test func `a name holds the number and when the file was closed`() {
        let name = RotatedName.make(base: "events.log", number: 42, closed: 1_700_000_000_123_456)
        #expect(name == "events.log-000042-20231114T221320Z")
        #expect(RotatedName(name, base: "events.log")?.number == 42)
        #expect(RotatedName(name, base: "events.log")?.isCompressed == false)
        #expect(RotatedName(name + ".gz", base: "events.log")?.isCompressed == true)
    }

    @Test(arguments: 0..<20)
    func `names come back and sort in the order of their numbers`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let numbers = (0..<50).map { _ in UInt64.random(in: 1...999_999, using: &random) }.sorted()
        let names = numbers.map {
            RotatedName.make(base: "e-1.log", number: $0, closed: Int64.random(in: 0...(1 << 50), using: &random))
        }
        #expect(names.map { RotatedName($0, base: "e-1.log")?.number } == numbers)
        #expect(zip(numbers, names).sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0) == numbers)
        let large = RotatedName.make(base: "e", number: .max, closed: .max)
        #expect(RotatedName(large, base: "e")?.number == .max)
    }

    @Test(arguments: [
        "", "events.log", "events.log-", "events.log-1-20231114T221320Z", "events.log-00004x-20231114T221320Z",
        "events.log-000042", "events.log-000042-20231114T221320", "events.log-000042-20231114T221320Z.gz.partial",
        "events.log-000042-20231114T221320Z.bz2", "events.log-000042-20231114T221320Z-1", "events.log.1",
        "x-000042-20231114T221320Z",
        "events.log-audit-000042-20231114T221320Z", "events.log-99999999999999999999-20231114T221320Z",
        "events.log-20231114", "events.log-000042-20231114-221320Z",
    ])
    func `a name that we do not give is none`(name: String) {
        #expect(RotatedName(name, base: "events.log") == nil)
    }
}
