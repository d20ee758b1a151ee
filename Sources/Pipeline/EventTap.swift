/// Where live views of accepted events come from: the spool, or a test.
package protocol TapSource: Sendable {
    /// A view of what becomes durable from now on.
    ///
    /// It keeps nothing: what the spool gives up while a reader of the view is behind, that reader has missed.
    func tap() async -> any EventTap
}

/// A live view of accepted events.
package protocol EventTap: Sendable {
    /// A reader from the beginning of the view.
    func makeReader() -> any FrameReader

    /// Suspends until a frame at or behind `position` is durable.
    ///
    /// - Returns: `false` when there will be none any more.
    func waitForMore(at position: SpoolPosition) async throws -> Bool
}
