import EventModel
import TestSupport
import Testing

@testable import RemoteEvents

@Suite struct IguazioWalkTests {
    @Test(arguments: 0..<100)
    func `whatever lies between, every page is handed over, the deepest first`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let pageCount = Int.random(in: 1...[3, 60, 900][seed % 3], using: &random)
        let pageSize = Int.random(in: 1...(3 << 20), using: &random)
        var walk = IguazioWalk()
        var kept: [Int] = []
        var handedOver: [Int] = []
        var requestCount = 0
        while !walk.isFinished {
            requestCount += 1
            guard requestCount < 100_000 else {
                Issue.record("it does not end")
                return
            }
            let index = walk.index
            if !walk.isSeeking { kept.append(index) }
            let isEnd = index >= (handedOver.last ?? pageCount) - 1
            switch walk.received(reachesKnown: isEnd, keptByteCount: kept.count * pageSize) {
            case .keep: break
            case .forget: kept = []
            case .handOver:
                // Each chunk connects to the one before.
                #expect(kept.last ?? 0 >= (handedOver.last ?? pageCount) - 1)
                #expect(kept == Array((kept.first ?? 0)...(kept.last ?? 0)))
                #expect(kept.count <= IguazioWalk.maximumPageCount)
                handedOver += kept.reversed()
                kept = []
                walk.handedOver()
            }
        }
        #expect(Set(handedOver).isSuperset(of: 0..<pageCount))
    }

    @Test func `records without a time are known while they are shown and a day longer`() throws {
        var records = UndatedRecords()
        let start = try #require(Timestamp("2026-03-01T12:00:00Z"))
        func later(_ hours: Int64) -> Timestamp { Timestamp(microseconds: start.microseconds + hours * 3_600_000_000) }
        var isNew = records.insert(1, now: start)
        #expect(isNew)
        for hour in 1...100 {
            isNew = records.insert(1, now: later(Int64(hour)))
            #expect(!isNew)
            records.forget(now: later(Int64(hour)))
        }
        var bytes: [UInt8] = []
        records.append(to: &bytes)
        var index = 0
        #expect(UndatedRecords(reading: bytes.span, at: &index) == records)
        records.forget(now: later(126))
        isNew = records.insert(1, now: later(126))
        #expect(isNew)
    }
}
