import EventModel
import TestSupport
import Testing

@testable import RemoteEvents

private func moment(_ microseconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds) }

/// A window that can be asked within an expectation.
private final class Tail {
    var window: LatenessWindow

    init(from start: Timestamp) {
        window = LatenessWindow(from: start)
    }

    func sees(_ key: Int, _ microseconds: Int) -> Bool {
        window.insert(UInt64(key), at: moment(Int64(microseconds)))
    }

    func shrink() -> Int { window.shrink() }
}

@Suite struct LatenessWindowTests {
    @Test func `a record is new once, also when it comes late`() {
        let tail = Tail(from: moment(1_000_000))
        #expect(tail.sees(7, 9_000_000))
        tail.window.advance(width: Duration.seconds(5), now: moment(20_000_000))
        #expect(tail.window.high == moment(9_000_000))
        #expect(!tail.sees(7, 9_000_000))
        #expect(tail.sees(8, 4_000_000))
        #expect(!tail.sees(9, 3_999_999))
    }

    @Test func `a record from the future does not hide what comes after it`() {
        let tail = Tail(from: moment(0))
        #expect(tail.sees(1, 90_000_000))
        tail.window.advance(width: Duration.seconds(5), now: moment(20_000_000))
        #expect(tail.window.high == moment(20_000_000))
        #expect(tail.sees(2, 21_000_000))
        #expect(!tail.sees(1, 90_000_000))
    }

    @Test func `it keeps its limit and repeats nothing`() {
        let tail = Tail(from: moment(0))
        let count = LatenessWindow.limit + 1000
        for key in 0..<count { #expect(tail.sees(key, key / 3)) }
        #expect(tail.shrink() >= 1000)
        #expect(tail.window.count <= LatenessWindow.limit)
        for key in 0..<count { #expect(!tail.sees(key, key / 3)) }
    }

    @Test(arguments: 0..<50)
    func `reading undoes writing`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var window = LatenessWindow(from: moment(-5_000_000))
        for _ in 0..<Int.random(in: 0...300, using: &random) {
            let time = moment(Int64.random(in: -5_000_000...10_000_000_000, using: &random))
            _ = window.insert(UInt64.random(in: .min ... .max, using: &random), at: time)
        }
        window.advance(width: Duration.seconds(3000), now: moment(9_000_000_000))
        var bytes: [UInt8] = [1]
        window.append(to: &bytes)
        var index = 1
        #expect(LatenessWindow(reading: bytes.span, at: &index) == window)
        #expect(index == bytes.count)
        for end in 1..<bytes.count {
            var index = 1
            #expect(LatenessWindow(reading: bytes.span.extracting(0..<end), at: &index) == nil)
        }
        for _ in 0..<100 {
            var broken = bytes
            broken[Int.random(in: 1..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            var index = 1
            _ = LatenessWindow(reading: broken.span, at: &index)
        }
    }
}
