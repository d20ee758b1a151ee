internal import EventFiles
internal import EventModel
internal import Journal
internal import Logging
internal import Normalization
internal import Pipeline
internal import Platform
internal import RemoteEvents
internal import Spool
internal import Syslog

/// Makes sources and sinks from their settings: the one place that knows every type.
struct Components: Sendable {
    let notices: Notices
    let setAside: QuarantineNotices
    let quarantine: Quarantine
    let logger: Logger

    /// - Parameter rules: say what the source's events are.
    func source(_ settings: SourceSettings, _ rules: RuleSet, _ vitals: Vitals = Vitals()) -> any EventSource {
        switch settings.kind {
        case .journald(let journal):
            return JournalSource(
                name: settings.name, settings: journal, rules: rules, vitals: vitals, quarantine: quarantine,
                logger: logger)
        case .maas(let maas):
            return remote(settings.name, maas.remote, vitals, Normalizer(rules, for: .maas)) { MAASAPI(maas, from: $0) }
        case .panko(let panko):
            return remote(settings.name, panko.remote, vitals, Normalizer(rules, for: .panko)) {
                PankoAPI(settings: panko, cursor: $0)
            }
        case .mws(let mws):
            return remote(settings.name, mws.remote, vitals, Normalizer(rules, for: .mws)) { MWSAPI(mws, from: $0) }
        case .iguazio(let iguazio):
            return remote(settings.name, iguazio.remote, vitals, Normalizer(rules, for: .iguazio)) {
                IguazioAPI(iguazio, from: $0)
            }
        }
    }

    private func remote<API: RemoteAPI>(
        _ name: String, _ settings: RemoteSettings, _ vitals: Vitals, _ normalizer: Normalizer,
        _ makeAPI: @escaping @Sendable (Cursor?) -> API
    ) -> any EventSource {
        RemoteSource(
            name: name, settings: settings, transport: HTTPTransport(settings, version: programVersion),
            normalizer: normalizer, vitals: vitals, quarantine: quarantine, logger: logger, makeAPI: makeAPI)
    }

    func sink(_ settings: SinkSettings, feed: any SinkFeed, _ vitals: Vitals = Vitals()) -> any EventSink {
        let (notices, quarantine) = (notices, quarantine)
        let onIncident = { @Sendable (incident: SpoolIncident) in
            if case .damaged(let damage, let events) = incident {
                quarantine.keep(damage, events: events, sink: settings.name)
            }
            notices.note(incident, sink: settings.name)
        }
        switch settings.kind {
        case .file(let file):
            return FileSink(
                name: settings.name, settings: file, filter: settings.filter, feed: feed, vitals: vitals,
                logger: logger, quarantine: quarantine, onIncident: onIncident)
        case .syslog(let syslog):
            return SyslogSink(
                name: settings.name, settings: syslog, filter: settings.filter, feed: feed, vitals: vitals,
                logger: logger, quarantine: quarantine, onIncident: onIncident)
        }
    }
}
