internal import EventFiles
internal import EventModel
internal import Journal
internal import Logging
internal import Pipeline
internal import Platform
internal import Spool

/// Makes sources and sinks from their settings: the one place that knows every type.
struct Components: Sendable {
    let notices: Notices
    let logger: Logger

    func source(_ settings: SourceSettings) -> any EventSource {
        switch settings.kind {
        case .journald(let journal): JournalSource(name: settings.name, settings: journal, logger: logger)
        }
    }

    func sink(_ settings: SinkSettings, feed: any SinkFeed) -> any EventSink {
        let notices = notices
        switch settings.kind {
        case .file(let file):
            return FileSink(
                name: settings.name, settings: file, filter: settings.filter, feed: feed, logger: logger,
                onIncident: { notices.note($0, sink: settings.name) })
        }
    }
}
