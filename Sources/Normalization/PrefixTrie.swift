/// Finds the entries of which the literal prefix begins a text, in one walk over it.
///
/// Prefixes and text are compared with runs of spaces as one.
struct PrefixTrie: Sendable {
    private struct Node: Sendable {
        var firstEdge: Int32 = 0
        var edgeCount: Int32 = 0
        var listStart: Int32 = 0
        var listCount: Int32 = 0
    }

    private let nodes: [Node]
    private let edgeBytes: [UInt8]
    private let edgeTargets: [Int32]
    /// Children of the root by byte; -1 for none.
    private let rootTargets: [Int32]
    /// Lists of entries: those of a node and of all nodes above it, in their order.
    private let lists: [Int32]

    /// - Parameter prefixes: not empty, each with its entry.
    init(_ prefixes: [(bytes: [UInt8], entry: Int)]) {
        let layout = Layout(prefixes.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
        nodes = layout.nodes
        edgeBytes = layout.edgeBytes
        edgeTargets = layout.edgeTargets
        rootTargets = layout.rootTargets
        lists = layout.lists
    }

    /// The places of the entries whose prefix begins the text, for ``entry(at:)``: ascending.
    func candidates<Meter: StepMeter>(
        _ bytes: Span<UInt8>, in range: Range<Int>, meter: inout Meter
    ) -> Range<Int> {
        var node = 0
        var place = range.lowerBound
        while place < range.upperBound {
            meter.step()
            let byte = bytes[place]
            place += 1
            if byte == 0x20, place - 1 > range.lowerBound, bytes[place - 2] == 0x20 { continue }
            guard let next = child(of: node, byte) else { break }
            node = next
        }
        let start = Int(nodes[node].listStart)
        return start..<start + Int(nodes[node].listCount)
    }

    func entry(at place: Int) -> Int { Int(lists[place]) }

    @inline(__always) private func child(of node: Int, _ byte: UInt8) -> Int? {
        if node == 0 {
            let target = rootTargets[Int(byte)]
            return target < 0 ? nil : Int(target)
        }
        let first = Int(nodes[node].firstEdge)
        for edge in first..<first + Int(nodes[node].edgeCount) where edgeBytes[edge] == byte {
            return Int(edgeTargets[edge])
        }
        return nil
    }

    /// A trie while it is made.
    private struct Layout {
        var nodes = [Node()]
        var edgeBytes: [UInt8] = []
        var edgeTargets: [Int32] = []
        var rootTargets = [Int32](repeating: -1, count: 256)
        var lists: [Int32] = []

        init(_ sorted: [(bytes: [UInt8], entry: Int)]) {
            // Nodes of which the edges are missing: those of the prefixes of a range, which are equal up to a depth.
            var pending = [(node: 0, range: sorted.indices, depth: 0)]
            while let (node, range, depth) = pending.popLast() {
                var first = range.lowerBound
                while first < range.upperBound, sorted[first].bytes.count == depth { first += 1 }
                if first > range.lowerBound {
                    addList(sorted[range.lowerBound..<first].map { Int32($0.entry) }, to: node)
                }
                nodes[node].firstEdge = Int32(edgeBytes.count)
                while first < range.upperBound {
                    let byte = sorted[first].bytes[depth]
                    var end = first + 1
                    while end < range.upperBound, sorted[end].bytes[depth] == byte { end += 1 }
                    edgeBytes.append(byte)
                    edgeTargets.append(Int32(nodes.count))
                    if node == 0 { rootTargets[Int(byte)] = Int32(nodes.count) }
                    pending.append((nodes.count, first..<end, depth + 1))
                    nodes[node].edgeCount += 1
                    // A node has the list of the one above until it gets its own.
                    nodes.append(Node(listStart: nodes[node].listStart, listCount: nodes[node].listCount))
                    first = end
                }
            }
        }

        /// Gives a node a list of its own: that of the node above, and the entries whose prefix ends here.
        private mutating func addList(_ own: [Int32], to node: Int) {
            let above = lists[Int(nodes[node].listStart)..<Int(nodes[node].listStart + nodes[node].listCount)]
            let start = lists.count
            for entry in (above + own).sorted() where lists.count == start || lists.last != entry {
                lists.append(entry)
            }
            nodes[node].listStart = Int32(start)
            nodes[node].listCount = Int32(lists.count - start)
        }
    }
}
