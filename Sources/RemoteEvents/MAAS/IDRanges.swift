internal import EventModel

/// A set of ids that grow, kept as runs: what a tail has taken above the id up to which it has taken all.
///
/// In a cursor: varint number of runs, then for each varint ids left out before it, varint ids in it.
struct IDRanges: Equatable, Sendable {
    /// Most runs that are remembered; beyond it the oldest are given up. They take 2 to 4 bytes each in a cursor,
    /// and never more than 12 on average, as their gaps share 63 bits.
    static let maximumCount = 30_000

    /// Every id up to it counts as taken, in the set or not.
    private(set) var floor: Int64
    /// Ascending, apart from each other, above `floor`.
    private var runs: [ClosedRange<Int64>] = []

    init(above floor: Int64) {
        self.floor = floor
    }

    /// The greatest id that was taken.
    var maximum: Int64 { runs.last?.upperBound ?? floor }
    /// Number of runs above ``floor``.
    var count: Int { runs.count }
    /// Number of ids above ``floor``.
    var idCount: Int { runs.reduce(0) { $0 + $1.count } }

    func contains(_ id: Int64) -> Bool {
        if id <= floor { return true }
        if id > maximum { return false }
        return runs[place(of: id)].contains(id)
    }

    /// Takes an id.
    ///
    /// - Returns: whether it is new.
    mutating func insert(_ id: Int64) -> Bool {
        if id <= floor { return false }
        guard let last = runs.last, id <= last.upperBound else {
            if let last = runs.last, last.upperBound == id - 1 {
                runs[runs.count - 1] = last.lowerBound...id
            } else {
                runs.append(id...id)
            }
            return true
        }
        let place = place(of: id)
        let after = runs[place]
        guard !after.contains(id) else { return false }
        let joinsBefore = place > 0 && runs[place - 1].upperBound == id - 1
        let joinsAfter = after.lowerBound == id + 1
        switch (joinsBefore, joinsAfter) {
        case (true, true):
            runs[place - 1] = runs[place - 1].lowerBound...after.upperBound
            runs.remove(at: place)
        case (true, false): runs[place - 1] = runs[place - 1].lowerBound...id
        case (false, true): runs[place] = id...after.upperBound
        case (false, false): runs.insert(id...id, at: place)
        }
        return true
    }

    /// Counts every id up to `id` as taken.
    mutating func settle(_ id: Int64) {
        guard id > floor else { return }
        floor = id
        guard let first = runs.first, first.lowerBound <= id else { return }
        let kept = runs.firstIndex { $0.upperBound > id } ?? runs.count
        runs.removeFirst(kept)
        if let first = runs.first, first.lowerBound <= id { runs[0] = id + 1...first.upperBound }
    }

    /// Gives up the oldest runs until at most ``maximumCount`` are left: what is between them counts as taken.
    mutating func shrink() {
        guard runs.count > Self.maximumCount else { return }
        settle(runs[runs.count - Self.maximumCount - 1].upperBound)
    }

    /// The first run that does not end before `id`, which is at most ``maximum``.
    private func place(of id: Int64) -> Int {
        var low = 0
        var high = runs.count - 1
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].upperBound < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension IDRanges {
    /// Appends the runs as a cursor has them; ``floor`` is the caller's.
    func append(to buffer: inout [UInt8]) {
        buffer.append(varint: UInt64(runs.count))
        var last = floor
        for run in runs {
            buffer.append(varint: UInt64(run.lowerBound - last - 1))
            buffer.append(varint: UInt64(run.upperBound - run.lowerBound))
            last = run.upperBound
        }
    }

    /// Reads what ``append(to:)`` wrote and moves behind it; `nil` for anything else.
    init?(above floor: Int64, reading bytes: Span<UInt8>, at index: inout Int) {
        self.init(above: floor)
        guard let count = bytes.varint(at: &index), count <= UInt64(bytes.count - index) / 2 else { return nil }
        var last = floor
        for _ in 0..<count {
            guard let gap = bytes.varint(at: &index), let length = bytes.varint(at: &index),
                let start = Self.sum(last, gap, 1), let end = Self.sum(start, length, 0)
            else { return nil }
            if let before = runs.last, before.upperBound == start - 1 { return nil }
            runs.append(start...end)
            last = end
        }
    }

    private static func sum(_ id: Int64, _ distance: UInt64, _ more: Int64) -> Int64? {
        guard distance < UInt64(Int64.max) else { return nil }
        let (sum, overflow) = id.addingReportingOverflow(Int64(distance) + more)
        return overflow ? nil : sum
    }
}
