internal import EventModel
internal import Pipeline
internal import Platform
internal import Synchronization

/// The sinks that the spool keeps segments for.
final class FeedRegistry: Sendable {
    private struct State {
        var feeds: [SpoolFeed] = []
        /// Segments before it may be gone.
        var oldestSegment: UInt64
    }

    /// Grows with every record of any sink, and when one goes: a writer that waits for room looks again.
    let records = Watermark<UInt64>(0)

    private let state: Mutex<State>

    init(oldestSegment: UInt64) {
        state = Mutex(State(oldestSegment: oldestSegment))
    }

    var all: [SpoolFeed] { state.withLock { $0.feeds } }

    /// Adds the feed that `make` gives; from then on what it holds is kept.
    ///
    /// - Parameter make: is told the first segment that is still kept, where a new sink begins.
    func add(_ make: (UInt64) throws(FileError) -> SpoolFeed) throws(FileError) {
        try state.withLock { state throws(FileError) in
            let feed = try make(state.oldestSegment)
            state.feeds.removeAll { $0.name == feed.name }
            state.feeds.append(feed)
        }
    }

    func remove(_ name: String) {
        state.withLock { state in state.feeds.removeAll { $0.name == name } }
        records.advance(to: records.value + 1)
    }

    /// The first segment that any sink needs; those before it may be given back, and no sink that is added later
    /// begins there. `nil` without any sink: everything is kept.
    func giveUpUnneeded() -> UInt64? {
        state.withLock { state in
            guard let needed = state.feeds.map(\.heldSegment).min() else { return nil }
            state.oldestSegment = max(state.oldestSegment, needed)
            return needed
        }
    }
}

/// One sink's way into the spool.
final class SpoolFeed: SinkFeed {
    let name: String
    var whenFull: WhenFull {
        get { state.withLock { $0.whenFull } }
        set { state.withLock { $0.whenFull = newValue } }
    }

    private struct State {
        /// Segment that the sink's durable position is in: it and later ones are kept for the sink.
        var heldSegment: UInt64
        var record: SinkRecord
        var whenFull: WhenFull
    }

    /// Number of the event that the sink began with.
    let firstEvent: UInt64

    private let state: Mutex<State>
    private let file: Mutex<SinkPositionFile>
    private let directory: String
    private let fileSystem: any FileSystem
    private let durable: Watermark<SpoolPosition>
    /// Grows with every record of any sink: a writer that waits for room looks again.
    private let records: Watermark<UInt64>

    init(
        name: String, whenFull: WhenFull, file: SinkPositionFile, first: SinkRecord, directory: String,
        fileSystem: any FileSystem, durable: Watermark<SpoolPosition>, records: Watermark<UInt64>
    ) {
        self.name = name
        let record = file.record ?? first
        var file = file
        if file.record == nil { file.begin(with: first.nextEvent) }
        firstEvent = file.firstEvent
        state = Mutex(State(heldSegment: record.position.segment, record: record, whenFull: whenFull))
        self.file = Mutex(file)
        self.directory = directory
        self.fileSystem = fileSystem
        self.durable = durable
        self.records = records
    }

    /// The first segment that the sink still needs.
    var heldSegment: UInt64 { state.withLock { $0.heldSegment } }

    /// Gives up the sink's claim to segments before `segment`.
    func drop(before segment: UInt64) {
        state.withLock { $0.heldSegment = max($0.heldSegment, segment) }
    }

    func recorded() -> SinkRecord { state.withLock { $0.record } }

    func makeReader(at position: SpoolPosition, nextEvent: UInt64) -> any FrameReader {
        let durable = durable
        return SpoolReader(
            directory: directory, fileSystem: fileSystem, position: position, nextEvent: nextEvent,
            durable: { durable.value })
    }

    func waitForMore(at position: SpoolPosition) async throws -> Bool {
        try await durable.waitForMore(at: position)
    }

    func record(_ record: SinkRecord) throws {
        try file.withLock { file in try file.write(record) }
        state.withLock { state in
            state.record = record
            state.heldSegment = max(state.heldSegment, record.position.segment)
        }
        records.advance(to: records.value + 1)
    }
}
