/// What a peer's kernel has acknowledged of a stream, told in bytes of what we sent.
///
/// Without TLS the two are the same. With TLS the kernel acknowledges ciphertext; a stretch of ours counts when the
/// ciphertext written up to its end is acknowledged. A value that decides and performs no I/O.
struct StreamAccount {
    /// A stretch that went into TLS as one record.
    private struct Stretch {
        /// Just past its last byte, in bytes of ours.
        let end: UInt64
        /// Bytes on the wire when it was written there; `nil` while it may be held back.
        var wireEnd: UInt64?
    }

    private let isEncrypted: Bool
    /// Bytes of ours that were handed over.
    private(set) var sent: UInt64 = 0
    /// Bytes of ours that the peer's kernel has.
    private(set) var acknowledged: UInt64 = 0
    private var stretches: [Stretch] = []
    /// Of `stretches` that are done with.
    private var first = 0

    init(isEncrypted: Bool) {
        self.isEncrypted = isEncrypted
    }

    /// Says that so many bytes more were handed over.
    ///
    /// - Parameter wireEnd: bytes on the wire after them; `nil` while TLS may hold some of them back.
    mutating func didSend(_ byteCount: Int, wireEnd: UInt64?) {
        sent += UInt64(byteCount)
        if isEncrypted { stretches.append(Stretch(end: sent, wireEnd: wireEnd)) }
    }

    /// Says that everything up to `end` was on the wire when that had so many bytes.
    mutating func didWrite(through end: UInt64, wireEnd: UInt64) {
        var index = first
        while index < stretches.count, stretches[index].end <= end {
            stretches[index].wireEnd = stretches[index].wireEnd ?? wireEnd
            index += 1
        }
    }

    /// Says how many bytes on the wire, those of the handshake included, the peer's kernel has acknowledged.
    mutating func didAcknowledge(wire: UInt64) {
        guard isEncrypted else {
            acknowledged = max(acknowledged, min(wire, sent))
            return
        }
        while first < stretches.count, let end = stretches[first].wireEnd, end <= wire {
            acknowledged = stretches[first].end
            first += 1
        }
        if first > 256 {
            stretches.removeFirst(first)
            first = 0
        }
    }
}
