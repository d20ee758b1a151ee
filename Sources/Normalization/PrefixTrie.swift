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

    private var nodes: [Node] = []
    private var edgeBytes: [UInt8] = []
    private var edgeTargets: [Int32] = []
    /// Children of the root by byte; -1 for none.
    private var rootTargets = [Int32](repeating: -1, count: 256)
    /// Lists of entries: those of a node and of all nodes above it, in their order.
    private var lists: [Int32] = []

    /// - Parameter prefixes: not empty, each with its entry.
    init(_ prefixes: [(bytes: [UInt8], entry: Int)]) {
        var children: [[UInt8: Int]] = [[:]]
        var parents = [0]
        var own: [[Int32]] = [[]]
        for (bytes, entry) in prefixes {
            var node = 0
            for byte in bytes {
                if let child = children[node][byte] {
                    node = child
                } else {
                    children[node][byte] = children.count
                    parents.append(node)
                    node = children.count
                    children.append([:])
                    own.append([])
                }
            }
            if own[node].last != Int32(entry) { own[node].append(Int32(entry)) }
        }
        // A parent comes before its children, so that its list is whole.
        for index in children.indices {
            var node = Node()
            node.firstEdge = Int32(edgeBytes.count)
            node.edgeCount = Int32(children[index].count)
            for (byte, child) in children[index].sorted(by: { $0.key < $1.key }) {
                edgeBytes.append(byte)
                edgeTargets.append(Int32(child))
                if index == 0 { rootTargets[Int(byte)] = Int32(child) }
            }
            if index > 0 {
                let parent = nodes[parents[index]]
                (node.listStart, node.listCount) = (parent.listStart, parent.listCount)
            }
            if !own[index].isEmpty {
                let above = lists[Int(node.listStart)..<Int(node.listStart + node.listCount)]
                let merged = Set(above).union(own[index]).sorted()
                (node.listStart, node.listCount) = (Int32(lists.count), Int32(merged.count))
                lists += merged
            }
            nodes.append(node)
        }
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
}
