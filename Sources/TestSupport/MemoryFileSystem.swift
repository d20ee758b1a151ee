package import Platform
internal import Synchronization

/// Files in memory that can crash: every call that changes something is counted, and the one with the chosen number
/// and all after it fail, the chosen one half done.
///
/// After a crash, ``afterProcessDeath()`` gives the files as a killed process leaves them: everything that was
/// written. ``afterPowerCut(seed:)`` gives them as a power cut may leave them: what was synchronized, and of the rest
/// any writes, whole or torn at sectors, and any first part of the changes to directories.
package final class MemoryFileSystem: FileSystem {
    private static let sectorByteCount = 512

    fileprivate final class Node {
        let number: UInt64
        var content: [UInt8] = []
        var durable: [UInt8] = []
        var changes: [Change] = []
        var isLocked = false

        init(number: UInt64) {
            self.number = number
        }
    }

    /// A change of a file that is not yet durable.
    fileprivate enum Change {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)
    }

    fileprivate enum EntryChange {
        case link(String, Node)
        case unlink(String)
        case rename(String, String, Node)
    }

    fileprivate struct State {
        var entries: [String: Node] = [:]
        var durableEntries: [String: Node] = [:]
        var entryChanges: [EntryChange] = []
        var directories: Set<String> = []
        var nextNumber: UInt64 = 1
        var callCount = 0
        var crashAt: Int?
        var failures: [String: Int32] = [:]
        /// Bytes that all files together may have.
        var capacity = Int.max
    }

    // Sendable: nodes are reached only with the lock held.
    fileprivate struct Box: @unchecked Sendable {
        var state = State()
    }

    fileprivate let box: Mutex<Box>

    package init() {
        box = Mutex(Box())
    }

    private init(_ state: State) {
        box = Mutex(Box(state: state))
    }

    /// Number of calls so far that change something.
    package var callCount: Int { box.withLock { $0.state.callCount } }

    /// Lets the call with this number, counted from 1, crash; `nil` for none.
    package func crash(at call: Int?) {
        box.withLock { $0.state.crashAt = call }
    }

    /// Whether a crash has happened.
    package var hasCrashed: Bool { box.withLock { $0.state.hasCrashed } }

    /// Lets every operation of a name (`write`, `synchronize`, …) fail with an error number; `nil` lets it succeed.
    package func fail(_ operation: String, with code: Int32?) {
        box.withLock { $0.state.failures[operation] = code }
    }

    /// Limits the bytes of all files together, as a full disk does.
    package func limit(byteCount: Int) {
        box.withLock { $0.state.capacity = byteCount }
    }

    /// Changes the content of a file as decay does: durable, and nobody notices.
    package func corrupt(_ path: String, _ change: (inout [UInt8]) -> Void) {
        box.withLock { box in
            guard let node = box.state.entries[path] else { return }
            change(&node.content)
            node.durable = node.content
            node.changes = []
        }
    }

    /// The files after the process was killed.
    package func afterProcessDeath() -> MemoryFileSystem {
        box.withLock { box in
            var state = box.state
            var copies: [UInt64: Node] = [:]
            for node in state.allNodes {
                let copy = Node(number: node.number)
                copy.content = node.content
                copy.durable = node.durable
                copy.changes = node.changes
                copies[node.number] = copy
            }
            state.replaceNodes(by: copies)
            state.reset()
            return MemoryFileSystem(state)
        }
    }

    /// The files after the machine lost power; `seed` chooses what else but the synchronized survived.
    package func afterPowerCut(seed: Int) -> MemoryFileSystem {
        box.withLock { box in
            var random = SeededGenerator(seed: seed)
            var state = box.state
            var copies: [UInt64: Node] = [:]
            for node in state.allNodes.sorted(by: { $0.number < $1.number }) {
                let copy = Node(number: node.number)
                copy.content = node.survivors(using: &random)
                copy.durable = copy.content
                copies[node.number] = copy
            }
            var entries = state.durableEntries
            for change in state.entryChanges.prefix(Int.random(in: 0...state.entryChanges.count, using: &random)) {
                switch change {
                case .link(let path, let node): entries[path] = node
                case .unlink(let path): entries[path] = nil
                case .rename(let path, let newPath, let node):
                    entries[path] = nil
                    entries[newPath] = node
                }
            }
            state.entries = entries
            state.durableEntries = entries
            state.entryChanges = []
            state.replaceNodes(by: copies)
            state.reset()
            return MemoryFileSystem(state)
        }
    }

    package func open(_ path: String, _ mode: OpenMode, permissions: UInt32) throws(FileError) -> any OpenFile {
        try box.withLock { box throws(FileError) in
            if let node = box.state.entries[path] {
                if mode == .createNew { throw FileError("open", path, code: 17) }
                return MemoryFile(node: node, path: path, system: self)
            }
            guard mode == .createNew || mode == .createOrUpdate else { throw FileError("open", path, code: 2) }
            guard box.state.directories.contains(parentDirectory(of: path)) else {
                throw FileError("open", path, code: 2)
            }
            _ = try box.state.begin("open", path)
            let node = Node(number: box.state.nextNumber)
            box.state.nextNumber += 1
            box.state.entries[path] = node
            box.state.entryChanges.append(.link(path, node))
            return MemoryFile(node: node, path: path, system: self)
        }
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        try box.withLock { box throws(FileError) in
            guard let node = box.state.entries[path] else { throw FileError("rename", path, code: 2) }
            guard try box.state.begin("rename", path) else { throw .crash("rename", path) }
            box.state.entries[path] = nil
            box.state.entries[newPath] = node
            box.state.entryChanges.append(.rename(path, newPath, node))
        }
    }

    package func remove(_ path: String) throws(FileError) {
        try box.withLock { box throws(FileError) in
            guard box.state.entries[path] != nil else { throw FileError("remove", path, code: 2) }
            guard try box.state.begin("remove", path) else { throw .crash("remove", path) }
            box.state.entries[path] = nil
            box.state.entryChanges.append(.unlink(path))
        }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        try box.withLock { box throws(FileError) in
            guard box.state.directories.contains(directory) else { throw FileError("list", directory, code: 2) }
            return box.state.entries.keys.filter { parentDirectory(of: $0) == directory }.map(lastComponent)
        }
    }

    package func makeDirectory(_ path: String, permissions: UInt32) throws(FileError) {
        box.withLock { box in
            var path = path
            while box.state.directories.insert(path).inserted, parentDirectory(of: path) != path {
                path = parentDirectory(of: path)
            }
        }
    }

    package func synchronizeDirectory(_ path: String) throws(FileError) {
        try box.withLock { box throws(FileError) in
            guard try box.state.begin("synchronize", path) else { throw .crash("synchronize", path) }
            // A journaling file system writes all earlier changes of directories with this one's.
            box.state.durableEntries = box.state.entries
            box.state.entryChanges = []
        }
    }

    package func status(of path: String) throws(FileError) -> FileStatus? {
        box.withLock { box in
            if box.state.directories.contains(path) {
                return FileStatus(
                    identity: FileIdentity(device: 1, inode: 0, birth: 0), byteCount: 0, modified: 0, isDirectory: true)
            }
            return box.state.entries[path].map(\.status)
        }
    }

    package func setOwner(of path: String, user: UInt32?, group: UInt32?) throws(FileError) {}
}

extension MemoryFileSystem.State {
    var hasCrashed: Bool { crashAt.map { callCount >= $0 } ?? false }

    /// Counts a call that changes something.
    ///
    /// - Returns: `false` when it is the one that crashes: the caller does half of it, and throws.
    mutating func begin(_ operation: String, _ path: String) throws(FileError) -> Bool {
        if hasCrashed { throw .crash(operation, path) }
        if let code = failures[operation] { throw FileError(operation, path, code: code) }
        callCount += 1
        return !hasCrashed
    }

    var allNodes: [MemoryFileSystem.Node] {
        var nodes: [UInt64: MemoryFileSystem.Node] = [:]
        for node in entries.values { nodes[node.number] = node }
        for node in durableEntries.values { nodes[node.number] = node }
        for change in entryChanges {
            switch change {
            case .link(_, let node), .rename(_, _, let node): nodes[node.number] = node
            case .unlink: break
            }
        }
        return Array(nodes.values)
    }

    mutating func replaceNodes(by copies: [UInt64: MemoryFileSystem.Node]) {
        entries = entries.mapValues { copies[$0.number] ?? $0 }
        durableEntries = durableEntries.mapValues { copies[$0.number] ?? $0 }
        entryChanges = entryChanges.map { change in
            switch change {
            case .link(let path, let node): .link(path, copies[node.number] ?? node)
            case .rename(let path, let newPath, let node): .rename(path, newPath, copies[node.number] ?? node)
            case .unlink: change
            }
        }
    }

    mutating func reset() {
        callCount = 0
        crashAt = nil
        failures = [:]
    }
}

extension MemoryFileSystem.Node {
    var status: FileStatus {
        FileStatus(
            identity: FileIdentity(device: 1, inode: number, birth: number), byteCount: content.count, modified: 0)
    }

    func apply(_ change: MemoryFileSystem.Change, to bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let written):
            if bytes.count < offset + written.count {
                bytes.append(contentsOf: repeatElement(0, count: offset + written.count - bytes.count))
            }
            bytes.replaceSubrange(offset..<offset + written.count, with: written)
        case .resize(let count):
            if count < bytes.count {
                bytes.removeLast(bytes.count - count)
            } else {
                bytes.append(contentsOf: repeatElement(0, count: count - bytes.count))
            }
        }
    }

    /// A content that a power cut may leave: each sector of each change made it to the disk, or did not.
    func survivors(using random: inout SeededGenerator) -> [UInt8] {
        var bytes = durable
        for change in changes {
            guard case .write(let offset, let written) = change else {
                if Bool.random(using: &random) { apply(change, to: &bytes) }
                continue
            }
            var start = 0
            while start < written.count {
                let sectorEnd = (offset + start) / 512 * 512 + 512 - offset
                let end = min(written.count, sectorEnd)
                if Int.random(in: 0..<3, using: &random) > 0 {
                    apply(.write(offset: offset + start, bytes: Array(written[start..<end])), to: &bytes)
                }
                start = end
            }
        }
        return bytes
    }
}

extension FileError {
    fileprivate static func crash(_ operation: String, _ path: String) -> FileError {
        FileError(operation, path, code: 5)
    }
}

/// An open file of a ``MemoryFileSystem``.
private final class MemoryFile: OpenFile, @unchecked Sendable {
    // Sendable: the node is reached only with the system's lock held.
    private let node: MemoryFileSystem.Node
    private let path: String
    private let system: MemoryFileSystem

    init(node: MemoryFileSystem.Node, path: String, system: MemoryFileSystem) {
        self.node = node
        self.path = path
        self.system = system
    }

    func read(at offset: Int, count: Int, appendingTo buffer: inout [UInt8]) throws(FileError) -> Int {
        let bytes = system.box.withLock { _ in
            offset < node.content.count ? Array(node.content[offset..<min(node.content.count, offset + count)]) : []
        }
        buffer.append(contentsOf: bytes)
        return bytes.count
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) throws(FileError) {
        let copy = (0..<bytes.count).map { bytes[$0] }
        try change { state throws(FileError) in
            let isWhole = try state.begin("write", path)
            let room = state.capacity - state.allNodes.reduce(0) { $0 + $1.content.count }
            let growth = max(0, offset + copy.count - node.content.count)
            let written =
                isWhole ? Array(copy.prefix(copy.count - max(0, growth - room))) : Array(copy.prefix(copy.count / 2))
            record(.write(offset: offset, bytes: written))
            if !isWhole { throw .crash("write", path) }
            if written.count < copy.count { throw FileError("write", path, code: 28) }
        }
    }

    func synchronize() throws(FileError) {
        try change { state throws(FileError) in
            guard try state.begin("synchronize", path) else { throw .crash("synchronize", path) }
            node.durable = node.content
            node.changes = []
        }
    }

    func truncate(to byteCount: Int) throws(FileError) {
        try change { state throws(FileError) in
            guard try state.begin("truncate", path) else { throw .crash("truncate", path) }
            record(.resize(byteCount))
        }
    }

    func allocate(byteCount: Int) throws(FileError) {
        try change { state throws(FileError) in
            guard try state.begin("allocate", path) else { throw .crash("allocate", path) }
            let room = state.capacity - state.allNodes.reduce(0) { $0 + $1.content.count }
            if byteCount - node.content.count > room { throw FileError("allocate", path, code: 28) }
            if byteCount > node.content.count { record(.resize(byteCount)) }
        }
    }

    func status() throws(FileError) -> FileStatus {
        system.box.withLock { _ in node.status }
    }

    func lock() throws(FileError) -> Bool { true }

    func close() {}

    private func record(_ change: MemoryFileSystem.Change) {
        node.apply(change, to: &node.content)
        node.changes.append(change)
    }

    private func change(_ body: (inout MemoryFileSystem.State) throws(FileError) -> Void) throws(FileError) {
        try system.box.withLock { box throws(FileError) in try body(&box.state) }
    }
}
