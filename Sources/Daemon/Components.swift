internal import EventFiles
internal import EventModel
internal import Journal
internal import Logging
internal import Pipeline
internal import Platform
internal import RemoteEvents
internal import Spool

/// Makes sources and sinks from their settings: the one place that knows every type.
struct Components: Sendable {
    let notices: Notices
    let logger: Logger

    func source(_ settings: SourceSettings) -> any EventSource {
        switch settings.kind {
        case .journald(let journal): JournalSource(name: settings.name, settings: journal, logger: logger)
        case .maas(let maas): remote(settings.name, maas.remote) { MAASAPI(maas, from: $0) }
        case .panko(let panko): remote(settings.name, panko.remote) { PankoAPI(settings: panko, cursor: $0) }
        case .mws(let mws): remote(settings.name, mws.remote) { MWSAPI(mws, from: $0) }
        case .iguazio(let iguazio): remote(settings.name, iguazio.remote) { IguazioAPI(iguazio, from: $0) }
        }
    }

    private func remote<API: RemoteAPI>(
        _ name: String, _ settings: RemoteSettings, _ makeAPI: @escaping @Sendable (Cursor?) -> API
    ) -> any EventSource {
        RemoteSource(
            name: name, settings: settings, transport: HTTPTransport(settings, version: programVersion),
            logger: logger, makeAPI: makeAPI)
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
