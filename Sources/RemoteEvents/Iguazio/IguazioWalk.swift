/// One round through a collection whose pages come newest first: which page to ask for next, so that its records can
/// be handed over oldest first in bounded memory.
///
/// Pages are walked downwards, from new to old, until one reaches what was read before. What arrives meanwhile moves
/// records to later pages: they come twice, and none is left out. When more pages than are kept at once lie between the
/// top and what was read before, the walk looks for that place by doubling and halving steps, hands over the pages
/// above it, and then those above them, and so on up to the newest: a chunk at a time, and each again downwards.
struct IguazioWalk: Equatable {
    /// Most pages that are kept until they are handed over.
    static let maximumPageCount = 50
    /// So many bytes of kept records end a chunk too.
    static let maximumByteCount = 4 << 20

    /// What a page brings about.
    enum Move: Equatable {
        /// Keep its records and ask for page ``IguazioWalk/index``.
        case keep
        /// Forget all that was kept and ask for page ``IguazioWalk/index``.
        case forget
        /// Keep its records and hand over all that was kept; then call ``IguazioWalk/handedOver()``.
        case handOver
    }

    /// The page to ask for; 0 has the newest records.
    private(set) var index = 0
    /// The first page of this chunk.
    private(set) var top = 0
    /// The newest chunk was handed over.
    private(set) var isFinished = false
    /// Whether it looks for the place of what was read before.
    private(set) var isSeeking = false

    private var hasSought = false
    /// How many pages a chunk begins above what was read before.
    private var chunkPageCount = maximumPageCount / 2
    /// While seeking: a page with new records only, and one beyond.
    private var low = 0
    private var high: Int?

    /// Takes the page that was asked for.
    ///
    /// - Parameters:
    ///   - reachesKnown: it has records from before what is still to be read, or is the end.
    ///   - keptByteCount: bytes of the records kept, those of this page included.
    mutating func received(reachesKnown: Bool, keptByteCount: Int) -> Move {
        if isSeeking {
            seek(isBeyond: reachesKnown)
            return .forget
        }
        if reachesKnown { return .handOver }
        let isTooMuch = keptByteCount > Self.maximumByteCount && index > top
        guard isTooMuch || index - top + 1 >= Self.maximumPageCount else {
            index += 1
            return .keep
        }
        if hasSought {
            let pageCount = index - top + 1
            chunkPageCount = max(1, min(chunkPageCount, pageCount / 2))
            top += max(1, pageCount / 2)
            index = top
        } else {
            isSeeking = true
            hasSought = true
            low = index
            index *= 2
        }
        return .forget
    }

    /// The chunk was handed over: goes on above it.
    mutating func handedOver() {
        isFinished = top == 0
        top = max(0, top - chunkPageCount)
        index = top
    }

    private mutating func seek(isBeyond: Bool) {
        if isBeyond { high = index } else { low = index }
        guard let high else {
            index = low * 2
            return
        }
        guard high - low <= max(1, chunkPageCount / 4) else {
            index = low + (high - low) / 2
            return
        }
        isSeeking = false
        self.high = nil
        top = max(0, high - chunkPageCount)
        index = top
    }
}
