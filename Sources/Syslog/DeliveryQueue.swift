internal import Pipeline

/// What was sent and not yet acknowledged, and how far a sink is. A value that decides and performs no I/O.
struct DeliveryQueue {
    /// A message, and where the sink is once that has arrived.
    private struct Mark {
        /// Just past its last byte, in bytes sent on this connection.
        let end: UInt64
        let record: SinkRecord
    }

    /// Everything before it is done with: what may be made durable.
    private(set) var done: SinkRecord
    /// Behind all that was read from the spool, as if everything had arrived.
    private(set) var read: SinkRecord
    /// Bytes sent on this connection.
    private(set) var sentByteCount: UInt64 = 0
    /// Of those, bytes that have arrived.
    private(set) var arrivedByteCount: UInt64 = 0

    /// Most marks that are done with and kept, so that removing them is seldom; some 70 bytes each.
    private static let keptCount = 4096

    private var marks: [Mark] = []
    /// Of `marks` that are done with.
    private var first = 0

    init(at record: SinkRecord) {
        done = record
        read = record
    }

    var inFlightByteCount: Int { Int(sentByteCount - arrivedByteCount) }
    var isEmpty: Bool { first == marks.count }
    /// Messages that have not arrived.
    var count: Int { marks.count - first }

    /// Takes a message of so many bytes, its frame included.
    ///
    /// - Parameter record: where the sink is once it has arrived.
    mutating func sent(_ byteCount: Int, _ record: SinkRecord) {
        sentByteCount += UInt64(byteCount)
        marks.append(Mark(end: sentByteCount, record: record))
        read = record
    }

    /// Steps over events of which nothing is sent.
    mutating func passed(_ record: SinkRecord) {
        read = record
        if isEmpty { done = record }
    }

    /// Says how many of the bytes sent on this connection have arrived. A message of which a part is missing has not.
    mutating func arrived(through byteCount: UInt64) {
        precondition(byteCount <= sentByteCount, "more arrived than was sent")
        arrivedByteCount = max(arrivedByteCount, byteCount)
        while first < marks.count, marks[first].end <= arrivedByteCount {
            done = marks[first].record
            first += 1
        }
        if isEmpty {
            marks.removeAll(keepingCapacity: true)
            first = 0
            done = read
        } else if first > Self.keptCount {
            marks.removeFirst(first)
            first = 0
        }
    }

    /// Sets the oldest message aside as one that can never arrive.
    mutating func refusedFirst() {
        guard !isEmpty else { return }
        var moved = Array(marks[first...])
        moved = moved.map { mark in
            var record = mark.record
            record.counts.delivered -= 1
            record.counts.quarantined += 1
            return Mark(end: mark.end, record: record)
        }
        read.counts.delivered -= 1
        read.counts.quarantined += 1
        marks = moved
        first = 0
        arrived(through: marks[0].end)
    }

    /// Forgets the connection: what has not arrived is read again from ``done``.
    mutating func rewind() {
        marks.removeAll(keepingCapacity: true)
        first = 0
        read = done
        sentByteCount = 0
        arrivedByteCount = 0
    }
}
