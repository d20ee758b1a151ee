internal import EventModel
internal import EventText

/// Cuts blocks of bytes into lines, whatever the blocks' borders.
struct LineSplitter {
    /// Longest line, in bytes; what is longer is told by its first bytes only. Default: 64 MiB.
    let maximumByteCount: Int
    /// The beginning of a line whose end has not come.
    private var rest: [UInt8] = []

    init(maximumByteCount: Int = 64 << 20) {
        self.maximumByteCount = maximumByteCount
    }

    /// Calls `body` for each line that ends in `block`, without its line feed.
    mutating func add(_ block: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var start = 0
        while let end = block.firstIndex(of: 0x0A, from: start) {
            if rest.isEmpty {
                body(block.extracting(start..<end))
            } else {
                keep(block.extracting(start..<end))
                body(rest.span)
                rest.removeAll(keepingCapacity: rest.count <= 1 << 20)
            }
            start = end + 1
        }
        keep(block.extracting(start..<block.count))
    }

    /// Calls `body` for the last line, if it has no line feed.
    mutating func finish(_ body: (Span<UInt8>) -> Void) {
        guard !rest.isEmpty else { return }
        body(rest.span)
        rest = []
    }

    /// Keeps bytes of a line, up to one more than may be.
    private mutating func keep(_ bytes: Span<UInt8>) {
        let room = maximumByteCount + 1 - rest.count
        rest.append(copying: bytes.extracting(first: min(room, bytes.count)))
    }
}
