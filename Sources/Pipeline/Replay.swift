/// Events that are delivered again to one sink: frames of a source that no settings can name.
package enum Replay {
    private static let prefix = "replay/"

    /// The source of events that only this sink delivers.
    package static func source(for sink: String) -> String { prefix + sink }

    /// Whether a source is one of events that are delivered again.
    package static func isSource(_ name: String) -> Bool { name.hasPrefix(prefix) }

    /// Whether a frame of this source is for another sink, which counts its events as filtered without reading them.
    package static func isForOther(source: String, than sink: String) -> Bool {
        isSource(source) && !source.utf8.dropFirst(prefix.utf8.count).elementsEqual(sink.utf8)
    }
}
