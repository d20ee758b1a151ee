internal import Pipeline
internal import Platform

/// A view of the spool from some durable end on, which no segment is kept for.
struct SpoolTap: EventTap {
    let directory: String
    let fileSystem: any FileSystem
    /// Where the view begins, and the number of the event there.
    let beginning: (position: SpoolPosition, nextEvent: UInt64)
    let durable: Watermark<SpoolPosition>

    func makeReader() -> any FrameReader {
        let durable = durable
        return SpoolReader(
            directory: directory, fileSystem: fileSystem, position: beginning.position, nextEvent: beginning.nextEvent,
            durable: { durable.value })
    }

    func waitForMore(at position: SpoolPosition) async throws -> Bool {
        try await durable.waitForMore(at: position)
    }
}

extension Watermark<SpoolPosition> {
    /// Suspends until a frame at or behind `position` is durable.
    ///
    /// - Returns: `false` when there will be none any more.
    func waitForMore(at position: SpoolPosition) async throws -> Bool {
        // A frame behind `position` ends at a greater one: in this segment, or in a later.
        try await wait(for: SpoolPosition(segment: position.segment, offset: position.offset, event: UInt32.max))
    }
}
